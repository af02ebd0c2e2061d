namespace Afterwit.Storage;

/// <summary>How many items of a batch that may be split, an import's too, go into one transaction. An item costs its part of the time that the transactions took.</summary>
internal sealed class BatchKnob : Knob
{
    private const int Start = 1_024;
    private const int FewestItems = 256;
    private readonly SqlMemoryStore _store;
    private (long Items, double Nanoseconds) _before;

    /// <summary>The knob of a store, between the limits.</summary>
    public BatchKnob(SqlMemoryStore store, TuningOptions options) : this(store, Halves(options.MinBatchItems, options.MaxBatchItems))
    {
    }

    private BatchKnob(SqlMemoryStore store, IReadOnlyList<long> values) : this(store, values, Math.Max(0, values.Count(v => v <= Start) - 1))
    {
    }

    private BatchKnob(SqlMemoryStore store, IReadOnlyList<long> values, int start) : base("batch-items", values, new(values.Count, start, [1, 2], direction: 1))
    {
        _store = store;
        Set(values[start]);
        Mark();
    }

    public override void Mark() => _before = _store.SplitBatches;

    protected override Observation? Measure(double seconds)
    {
        var (items, nanoseconds) = _store.SplitBatches;
        return items - _before.Items < FewestItems ? null : new((nanoseconds - _before.Nanoseconds) / (items - _before.Items));
    }

    protected override void Set(long value) => _store.PartItems = (int)value;
}
