namespace Afterwit.Storage.Tests;

/// <summary>The hits of other policies on a trace, written plainly from their publications.</summary>
internal static class ReferencePolicies
{
    public static int Lru(IEnumerable<int> keys, int size)
    {
        var (cache, hits) = (new Order(), 0);
        foreach (var key in keys)
        {
            if (cache.Remove(key))
                hits++;
            else if (cache.Count == size)
                cache.RemoveOldest();
            cache.Add(key);
        }

        return hits;
    }

    /// <summary>Megiddo, Modha: ARC, FAST 2003.</summary>
    public static int Arc(IEnumerable<int> keys, int size)
    {
        Order t1 = new(), t2 = new(), b1 = new(), b2 = new();
        var (p, hits) = (0, 0);
        foreach (var key in keys)
        {
            if (t1.Remove(key) || t2.Remove(key))
            {
                hits++;
                t2.Add(key);
            }
            else if (b1.Contains(key) || b2.Contains(key))
            {
                p = b1.Contains(key) ? Math.Min(size, p + Math.Max(b2.Count / b1.Count, 1)) : Math.Max(0, p - Math.Max(b1.Count / b2.Count, 1));
                Replace(b2.Contains(key));
                _ = b1.Remove(key) || b2.Remove(key);
                t2.Add(key);
            }
            else
            {
                if (t1.Count + b1.Count == size)
                {
                    if (t1.Count < size)
                    {
                        b1.RemoveOldest();
                        Replace(false);
                    }
                    else
                    {
                        t1.RemoveOldest();
                    }
                }
                else if (t1.Count + b1.Count + t2.Count + b2.Count >= size)
                {
                    if (t1.Count + b1.Count + t2.Count + b2.Count == 2 * size)
                        b2.RemoveOldest();
                    Replace(false);
                }

                t1.Add(key);
            }
        }

        return hits;

        void Replace(bool inB2)
        {
            if (t1.Count > 0 && (t1.Count > p || (inB2 && t1.Count == p)))
                b1.Add(t1.RemoveOldest());
            else
                b2.Add(t2.RemoveOldest());
        }
    }

    /// <summary>Einziger, Friedman, Manes: TinyLFU, 2017, with a fixed window of 1 % and exact counts.</summary>
    public static int TinyLfu(IEnumerable<int> keys, int size)
    {
        Order window = new(), probation = new(), kept = new();
        var counts = new Dictionary<int, int>();
        var most = Math.Max(1, size / 100);
        var (main, seen, hits) = (size - most, 0, 0);
        foreach (var key in keys)
        {
            counts[key] = Math.Min(15, counts.GetValueOrDefault(key) + 1);
            if (++seen >= 10 * size)
            {
                seen /= 2;
                counts = counts.Where(c => c.Value > 1).ToDictionary(c => c.Key, c => c.Value / 2);
            }

            if (window.Remove(key))
            {
                hits++;
                window.Add(key);
            }
            else if (kept.Remove(key) || probation.Remove(key))
            {
                hits++;
                kept.Add(key);
                if (kept.Count > (int)(main * 0.8))
                    probation.Add(kept.RemoveOldest());
            }
            else
            {
                window.Add(key);
                if (window.Count <= most)
                    continue;
                var candidate = window.RemoveOldest();
                var from = probation.Count > 0 ? probation : kept;
                if (probation.Count + kept.Count >= main)
                {
                    if (counts.GetValueOrDefault(candidate) <= counts.GetValueOrDefault(from.Oldest))
                        continue;
                    from.RemoveOldest();
                }

                probation.Add(candidate);
            }
        }

        return hits;
    }

    /// <summary>Keys from the least to the most recently added.</summary>
    private sealed class Order
    {
        private readonly LinkedList<int> _keys = new();
        private readonly Dictionary<int, LinkedListNode<int>> _nodes = [];

        public int Count => _nodes.Count;

        public int Oldest => _keys.First!.Value;

        public bool Contains(int key) => _nodes.ContainsKey(key);

        public void Add(int key) => _nodes.Add(key, _keys.AddLast(key));

        public bool Remove(int key)
        {
            if (!_nodes.Remove(key, out var node))
                return false;
            _keys.Remove(node);
            return true;
        }

        public int RemoveOldest()
        {
            var key = Oldest;
            Remove(key);
            return key;
        }
    }
}
