namespace Afterwit.Storage;

/// <summary>
/// Finds the share of the window that the present accesses want. No fixed one is right: frequency keeps what scans and loops would wash out, recency follows a working set that
/// moves. So the same policy runs with several windows over a sample of the keys, in caches that are smaller by the same factor and hold hashes alone (Waldspurger, Saemundsson,
/// Ahmad, Park: Cache Modeling and Optimization using Miniature Simulations, USENIX ATC 2017); the one that hit most of late tells. A sample is at most 1,024 entries large.
/// </summary>
internal sealed class WindowAdvisor
{
    private readonly FrequencySketch _sketch;
    private readonly Miniature[] _miniatures;
    private int _shift;
    private int _accesses;
    private Miniature _best;

    public WindowAdvisor(FrequencySketch sketch)
    {
        _sketch = sketch;
        _miniatures = [.. Shares.Select(share => new Miniature(sketch, share))];
        _best = _miniatures[0];
    }

    private static double[] Shares { get; } = [0.01, 0.1, 0.3, 0.6, 1];
    private const double Period = 0.5;
    private const double Keep = 0.8;
    private const double Margin = 0.005;
    private const int Large = 1024;

    /// <summary>The share that hit most of late.</summary>
    public double WindowShare => _best.WindowShare;

    /// <summary>Begins anew from what the cache holds.</summary>
    public void Start(EvictionPolicy policy)
    {
        while (policy.Count >> _shift > Large)
            _shift++;
        while (_shift > 0 && policy.Count >> _shift < Large / 3)
            _shift--;
        foreach (var miniature in _miniatures)
        {
            miniature.Clear(Math.Max(1, policy.MaxEntries >> _shift), policy.MaxBytes >> _shift);
            foreach (var node in policy.Coldest())
            {
                if (IsSampled(node.Hash))
                    miniature.Access(node.Hash, node.Weight);
            }
        }
        _capacity = Math.Max(1, (int)(policy.Count >> _shift));
    }
    private int _capacity;
    private double _weight;

    /// <summary>Takes note of an access: a hit, or a new entry after a miss.</summary>
    public void Access(Node node)
    {
        if (!IsSampled(node.Hash))
            return;
        foreach (var miniature in _miniatures)
            miniature.Access(node.Hash, node.Weight);
        _weight++;
        if (++_accesses < _capacity * Period)
            return;
        _accesses = 0;
        foreach (var m in _miniatures)
            if (m.Hits > _best.Hits + Margin * _weight)
                _best = m;
        foreach (var m in _miniatures)
            m.Hits *= Keep;
        _weight *= Keep;
    }

    private bool IsSampled(int hash) => (((uint)hash * 0x9E37_79B9u) >> 8 & ((1u << _shift) - 1)) == 0;

    /// <summary>One small cache of hashes.</summary>
    private sealed class Miniature
    {
        private readonly Dictionary<int, Node> _nodes = [];
        private readonly EvictionPolicy _policy;
        private Node? _spare;

        public Miniature(FrequencySketch sketch, double windowShare) =>
            _policy = new(sketch, (node, _) =>
            {
                _nodes.Remove(node.Hash);
                _spare = node;
            }) { WindowShare = windowShare };

        public double WindowShare => _policy.WindowShare;

        public double Hits { get; set; }

        public void Clear(long maxEntries, long maxBytes)
        {
            foreach (var node in _nodes.Values)
                EvictionPolicy.Remove(node);
            _nodes.Clear();
            (_policy.MaxEntries, _policy.MaxBytes) = (maxEntries, maxBytes);
        }

        public void Access(int hash, int weight)
        {
            if (_nodes.TryGetValue(hash, out var node))
            {
                Hits++;
                _policy.Use(node);
                return;
            }

            (node, _spare) = (_spare ?? new(), null);
            (node.Hash, node.Weight) = (hash, weight);
            _nodes.Add(hash, node);
            _policy.Add(node);
        }
    }
}
