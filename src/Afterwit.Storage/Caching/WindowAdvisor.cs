namespace Afterwit.Storage;

/// <summary>
/// Finds the share of the window that the present accesses want. No fixed one is right: frequency keeps what scans and loops would wash out, recency follows a working set that
/// moves; and where popularity drifts, what was seen twice of late should enter however much its victim once was. So the same policy runs in several forms over a sample of the keys, in caches that are smaller by the same factor and hold hashes alone (Waldspurger, Saemundsson,
/// Ahmad, Park: Cache Modeling and Optimization using Miniature Simulations, USENIX ATC 2017); the one that hits most tells. While nothing is evicted there is nothing to
/// decide, and it costs nothing. For one thread at a time.
/// </summary>
internal sealed class WindowAdvisor
{
    /// <summary>A sample is at most so many entries large: enough for a fair comparison.</summary>
    private const int MostSampled = 1_024;

    /// <summary>Accesses between two decisions, for each sampled entry.</summary>
    private const double Period = 0.25;

    /// <summary>What a hit still weighs after a decision: decisions are made on the last 2.5 accesses for each sampled entry.</summary>
    private const double Keep = 0.9;

    /// <summary>A window has to be better by so many hits for each sampled entry to be changed to, one in a hundred accesses: below that, changing costs more than it gives.</summary>
    private const double Margin = 0.025;

    private readonly EvictionPolicy _policy;
    private readonly Miniature[] _miniatures;
    private readonly Miniature _recency;
    private Miniature _best;
    private bool _isAwake;
    private long _sinceEviction;
    private int _halvings;
    private int _sampled;
    private int _accesses;

    public WindowAdvisor(FrequencySketch sketch, EvictionPolicy policy)
    {
        _policy = policy;
        _recency = new(sketch, 1);
        _miniatures = [new(sketch, 0.01), new(sketch, 0.2), _recency, new(sketch, 0.2, admitsSeenTwice: true)];
        _best = _miniatures[0];
    }

    /// <summary>The share that hits most.</summary>
    public double WindowShare => _best.WindowShare;

    /// <summary>Whether nothing was evicted for long: for so many accesses, for each entry.</summary>
    public bool IsSettled => _sinceEviction > 16 * _policy.Count;

    /// <summary>There were so many accesses.</summary>
    public void Pass(long accesses)
    {
        _sinceEviction += accesses;
        _isAwake &= !IsSettled;
    }

    /// <summary>Takes a look at an access: a hit, or a new entry after a miss.</summary>
    public void Access(Node node)
    {
        if (!_isAwake || !IsSampled(node.Hash))
            return;
        foreach (var miniature in _miniatures)
            miniature.Access(node.Hash, node.Weight);
        if (++_accesses >= Period * _sampled)
            Decide();
    }

    /// <summary>Takes note of an eviction.</summary>
    public void Evicted()
    {
        _sinceEviction = 0;
        if (!_isAwake)
            Start();
    }

    /// <summary>The bounds of the policy were changed.</summary>
    public void Resized() => _isAwake = false;

    private void Decide()
    {
        _accesses = 0;
        var least = _best.Hits + (Margin * _sampled);
        foreach (var miniature in _miniatures)
        {
            if (miniature.Hits > least && miniature.Hits > _best.Hits && !IsLuck(miniature))
                _best = miniature;
        }

        foreach (var miniature in _miniatures)
            miniature.Hits *= Keep;
        _policy.AdmitsSeenTwice = _best.AdmitsSeenTwice;
        if (_policy.WindowShare != _best.WindowShare)
            _policy.Resize(_policy.MaxEntries, _policy.MaxBytes, _best.WindowShare);
    }

    // In a loop every key was seen twice and plain recency hits nothing: what admitting them all hits for a while is the stretch of the loop that it happens to hold.
    private bool IsLuck(Miniature miniature) => miniature.AdmitsSeenTwice && _recency.Hits < miniature.Hits / 2;

    /// <summary>All begin with what the cache holds.</summary>
    private void Start()
    {
        while (_policy.Count >> _halvings > MostSampled)
            _halvings++;
        while (_halvings > 0 && _policy.Count >> _halvings < MostSampled / 3)
            _halvings--;
        _sampled = (int)Math.Max(1, _policy.Count >> _halvings);
        (_isAwake, _accesses) = (true, 0);
        foreach (var miniature in _miniatures)
            miniature.Start(Math.Max(1, _policy.MaxEntries >> _halvings), _policy.MaxBytes >> _halvings, _policy.Coldest().Where(node => IsSampled(node.Hash)));
    }

    private bool IsSampled(int hash) => (((uint)hash * 0x9E37_79B9_7F4A_7C15UL) >> 40 & ((1UL << _halvings) - 1)) == 0;

    /// <summary>One small cache of hashes.</summary>
    private sealed class Miniature
    {
        private readonly Dictionary<int, Node> _nodes = [];
        private readonly EvictionPolicy _policy;
        private readonly Stack<Node> _spares = new();

        public Miniature(FrequencySketch sketch, double windowShare, bool admitsSeenTwice = false)
        {
            (WindowShare, AdmitsSeenTwice) = (windowShare, admitsSeenTwice);
            _policy = new(sketch, (node, _) =>
            {
                _nodes.Remove(node.Hash);
                _spares.Push(node);
            })
            {
                AdmitsSeenTwice = admitsSeenTwice,
            };
        }

        public double WindowShare { get; }

        public bool AdmitsSeenTwice { get; }

        public double Hits { get; set; }

        public void Start(long maxEntries, long maxBytes, IEnumerable<Node> content)
        {
            foreach (var node in _nodes.Values)
            {
                EvictionPolicy.Remove(node);
                _spares.Push(node);
            }

            _nodes.Clear();
            _policy.Resize(maxEntries, maxBytes, WindowShare);
            foreach (var node in content)
                Access(node.Hash, node.Weight);
            Reserve((int)Math.Min(maxEntries, 2L * _nodes.Count) + 1);
            Hits = 0;
        }

        // Hits come here, too, and allocate nothing.
        private void Reserve(int entries)
        {
            _nodes.EnsureCapacity(entries);
            _spares.EnsureCapacity(entries);
            while (_nodes.Count + _spares.Count < entries)
                _spares.Push(new());
        }

        public void Access(int hash, int weight)
        {
            if (_nodes.TryGetValue(hash, out var node))
            {
                Hits++;
                _policy.Use(node);
                return;
            }

            node = _spares.TryPop(out var spare) ? spare : new();
            (node.Hash, node.Weight) = (hash, weight);
            _nodes.Add(hash, node);
            _policy.Add(node);
        }
    }
}
