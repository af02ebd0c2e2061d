namespace Afterwit.Storage;

/// <summary>Why the policy gives up an entry.</summary>
internal enum Eviction
{
    /// <summary>It stood in the way of one that is used more.</summary>
    Displaced,

    /// <summary>It came new, and what it would have displaced is used more.</summary>
    Refused,
}

/// <summary>
/// W-TinyLFU: new entries wait in a window, least recently used first out; one that leaves it enters the main part only if it was seen more often than the entry that it would
/// displace. The main part is two segments, entries on probation and protected ones, which were used again there (Einziger, Friedman, Manes: TinyLFU, ACM Transactions on Storage
/// 13(4), 2017). With the whole cache as window it is plain LRU. Each operation is O(1); bounds hold on return. For one thread at a time.
/// </summary>
internal sealed class EvictionPolicy(FrequencySketch sketch, Action<Node, Eviction> evict)
{
    private const double ProtectedShare = 0.8;
    private const int MovesAtOnce = 64;
    private readonly Segment _window = new();
    private readonly Segment _probation = new();
    private readonly Segment _protected = new();

    private long _windowEntries;
    private long _windowBytes;
    private long _protectedEntries;
    private long _protectedBytes;

    public long MaxEntries { get; private set; }

    public long MaxBytes { get; private set; }

    /// <summary>What part of the cache is window, above 0 to 1.</summary>
    public double WindowShare { get; private set; }

    /// <summary>Whether an entry that was seen twice of late enters the main part, however often its victim was: for popularity that drifts, where high counts are old ones.</summary>
    public bool AdmitsSeenTwice { get; set; }

    public long Count => _window.Count + _probation.Count + _protected.Count;

    public long Bytes => _window.Bytes + _probation.Bytes + _protected.Bytes;

    private bool IsOver => Count > MaxEntries || Bytes > MaxBytes;

    /// <summary>Sets the bounds. Entries move into their new places bit by bit, with the operations that follow.</summary>
    public void Resize(long maxEntries, long maxBytes, double windowShare)
    {
        (MaxEntries, MaxBytes, WindowShare) = (maxEntries, maxBytes, windowShare);
        (_windowEntries, _windowBytes) = (Math.Max(1, (long)(windowShare * maxEntries)), (long)(windowShare * maxBytes));
        (_protectedEntries, _protectedBytes) = ((long)(ProtectedShare * (maxEntries - _windowEntries)), (long)(ProtectedShare * (maxBytes - _windowBytes)));
    }

    public void Add(Node node)
    {
        _window.Add(node);
        if (node.Weight > MaxBytes)
            Evict(node, Eviction.Refused);
        Shrink();
    }

    public void Use(Node node)
    {
        var segment = node.Segment!;
        if (segment != _window && _window.Count < _windowEntries && _window.Bytes + node.Weight <= _windowBytes)
            Move(node, _window);
        else if (segment == _probation)
            Move(node, _protected);
        else
            segment.Renew(node);
        while (_protected.Count > _protectedEntries || _protected.Bytes > _protectedBytes)
            Move(_protected.Oldest!, _probation);
    }

    /// <summary>Takes an entry out, if it is in.</summary>
    public static void Remove(Node node) => node.Segment?.Remove(node);

    /// <summary>Evicts until the bounds hold.</summary>
    public void Shrink()
    {
        var moves = 0;
        while (_window.Oldest is { } candidate && (_window.Count > _windowEntries || _window.Bytes > _windowBytes))
        {
            if (IsOver)
                Compete(candidate);
            else if (moves++ < MovesAtOnce)
                Move(candidate, _probation);
            else
                break;
        }

        while (IsOver)
            Evict(Victim() ?? _window.Oldest!, Eviction.Displaced);
    }

    /// <summary>Entries from the one that would go first to the last one.</summary>
    public IEnumerable<Node> Coldest() => _probation.FromOldest().Concat(_window.FromOldest()).Concat(_protected.FromOldest());

    private void Compete(Node candidate)
    {
        while (IsOver)
        {
            if (Victim() is not { } victim || !Admits(candidate, victim))
            {
                Evict(candidate, Eviction.Refused);
                return;
            }

            Evict(victim, Eviction.Displaced);
        }

        Move(candidate, _probation);
    }

    private bool Admits(Node candidate, Node victim) =>
        sketch.Frequency(candidate.Hash) is var frequency && (AdmitsSeenTwice ? frequency >= 2 : frequency > sketch.Frequency(victim.Hash));

    private Node? Victim() => _probation.Oldest ?? _protected.Oldest;

    private void Evict(Node node, Eviction reason)
    {
        Remove(node);
        evict(node, reason);
    }

    private static void Move(Node node, Segment segment)
    {
        Remove(node);
        segment.Add(node);
    }
}
