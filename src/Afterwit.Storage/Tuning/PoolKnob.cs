using Afterwit.LibSql.Pooling;

namespace Afterwit.Storage;

/// <summary>
/// The most connections that may be open. While callers wait, another bound is tried: a read costs what it takes, with waiting. What is twice what is in use is given up. Within the bound
/// the streams to a server go on following their own sizer.
/// </summary>
internal sealed class PoolKnob : Knob
{
    /// <summary>Of a hundred reads one may wait.</summary>
    private const double ToleratedWaits = 0.01;

    private const int FewestReads = 200;
    private readonly Func<(long Reads, double Nanoseconds, long Waits)> _counts;
    private readonly Func<int>? _takePeak;
    private readonly Action<int> _set;
    private (long Reads, double Nanoseconds, long Waits) _before;

    /// <summary>A knob of connections.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="values">The bounds that it may set; it stands at the highest.</param>
    /// <param name="counts">Reads so far, the time they took with waiting, and how many waited.</param>
    /// <param name="takePeak">The most connections in use since it was last asked. Null where they are given up by others.</param>
    /// <param name="set">Sets a bound.</param>
    public PoolKnob(string name, IReadOnlyList<long> values, Func<(long, double, long)> counts, Func<int>? takePeak, Action<int> set)
        : base(name, values, new(values.Count, values.Count - 1, [1, 2, 4], direction: 1))
    {
        (_counts, _takePeak, _set) = (counts, takePeak, set);
        Mark();
    }

    /// <summary>The knob of an engine's connections; null when it has but one.</summary>
    public static PoolKnob? Of(IDatabase engine, MemoryMetrics metrics, StorageOptions options)
    {
        return engine switch
        {
            SqliteDatabase { Pool: { Most: > 1 } pool } => new("readers", Between(Math.Min(options.Sqlite.MinReaders, pool.Most), pool.Most), Counts, pool.TakePeak, bound => pool.Limit = bound),
            LibSqlDatabase { Client.Servers: var servers } => new("streams", Between(options.Server.MinStreams, servers.Primary.Pool.MaxSize), Counts, null, bound =>
            {
                foreach (StreamPool pool in (StreamPool[])[servers.Primary.Pool, .. servers.Replicas.Select(r => r.Pool)])
                    pool.Bound = bound;
            }),
            _ => null,
        };

        (long, double, long) Counts() => metrics.Reads.Total is var (reads, nanoseconds) ? (reads, nanoseconds, engine.Statistics.ConnectionWaits) : default;
    }

    public override void Mark()
    {
        _before = _counts();
        _takePeak?.Invoke();
    }

    protected override Observation? Measure(double seconds)
    {
        var now = _counts();
        var reads = now.Reads - _before.Reads;
        if (reads < FewestReads)
            return null;
        var aim = now.Waits - _before.Waits > ToleratedWaits * reads ? Aim.Cheaper : 2 * _takePeak?.Invoke() <= Value ? Aim.Less : Aim.Nothing;
        return new((now.Nanoseconds - _before.Nanoseconds) / reads, Aim: aim);
    }

    protected override void Set(long value) => _set((int)value);

    private static IReadOnlyList<long> Between(int least, int most) => [.. Enumerable.Range(Math.Min(least, most), Math.Max(1, most - least + 1)).Select(i => (long)i)];
}
