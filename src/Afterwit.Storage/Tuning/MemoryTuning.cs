namespace Afterwit.Storage;

/// <summary>
/// Has the knobs of an open memory look at what they cost, period by period, and remembers what was decided. A period has at least <see cref="TuningOptions.Period"/> and enough operations: an idle
/// process decides nothing, and a command that is over before the first period never pays.
/// </summary>
internal sealed class MemoryTuning : IDisposable
{
    /// <summary>The most decisions that are remembered.</summary>
    public const int MaxDecisions = 64;

    /// <summary>A period of so many times its length with too little in it is forgotten.</summary>
    private const double LongestPeriod = 4;

    private readonly TuningOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Queue<TuningDecision> _decisions = [];
    private readonly Dictionary<(string Knob, TuningOutcome Outcome), long> _counts = [];
    private readonly (Knob Knob, long Began)[] _knobs;
    private readonly ITimer _timer;

    /// <summary>Begins to look.</summary>
    public MemoryTuning(IEnumerable<Knob> knobs, TuningOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var now = time.GetTimestamp();
        _knobs = [.. knobs.Select(knob => (knob, now))];
        _timer = time.CreateTimer(static t => ((MemoryTuning)t!).Look(), this, options.Period, options.Period);
    }

    /// <summary>The knobs and the last decisions.</summary>
    public TuningReport Report
    {
        get
        {
            lock (_gate)
                return new([.. _knobs.Select(k => k.Knob.Report)], [.. _decisions.Reverse()]);
        }
    }

    /// <summary>How many decisions there were, by knob and outcome.</summary>
    public IReadOnlyList<(string Knob, TuningOutcome Outcome, long Count)> Counts
    {
        get
        {
            lock (_gate)
                return [.. _counts.Select(c => (c.Key.Knob, c.Key.Outcome, c.Value))];
        }
    }

    /// <summary>The knobs of a memory: what of it can move.</summary>
    public static IEnumerable<Knob> KnobsOf(IDatabase engine, SqlMemoryStore store, CachingMemoryStore? cache, MemoryMetrics metrics, StorageOptions options)
    {
        Knob?[] all = [cache is null ? null : new CacheKnob(cache, options.Cache), CodecKnob.Of(store.Payloads.Codec, options.Compression), new BatchKnob(store, options.Tuning), PoolKnob.Of(engine, metrics, options)];
        return all.OfType<Knob>();
    }

    /// <summary>Ends the periods that are due.</summary>
    public void Look()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            foreach (ref var knob in _knobs.AsSpan())
            {
                var elapsed = _time.GetElapsedTime(knob.Began, now);
                // A timer may come a moment early.
                if (elapsed < _options.Period * 0.9 || !knob.Knob.Look(elapsed.TotalSeconds, elapsed >= _options.Period * LongestPeriod, _time.GetUtcNow(), out var decision))
                    continue;
                knob.Began = now;
                if (decision is not null)
                    Remember(decision);
            }
        }
    }

    /// <summary>Leaves everything where it is.</summary>
    public void Dispose() => _timer.Dispose();

    private void Remember(TuningDecision decision)
    {
        _decisions.Enqueue(decision);
        if (_decisions.Count > MaxDecisions)
            _decisions.Dequeue();
        _counts[(decision.Knob, decision.Outcome)] = _counts.GetValueOrDefault((decision.Knob, decision.Outcome)) + 1;
    }
}
