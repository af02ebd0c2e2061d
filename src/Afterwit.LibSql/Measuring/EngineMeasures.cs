using System.Diagnostics.Metrics;

namespace Afterwit.LibSql;

/// <summary>The instruments of an engine: what its connections and its writer take. Names of connections follow the OpenTelemetry conventions for database clients.</summary>
internal sealed class EngineInstruments(Meter meter)
{
    /// <summary>The boundaries of buckets for durations, in seconds: from a local read to a timeout.</summary>
    public static readonly InstrumentAdvice<double> Durations = new() { HistogramBucketBoundaries = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };

    private static readonly InstrumentAdvice<long> Sizes = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] };

    /// <summary>How long opening a connection took.</summary>
    public Histogram<double> CreateTime { get; } = meter.CreateHistogram("db.client.connection.create_time", "s", "How long opening a connection took.", advice: Durations);

    /// <summary>How long a caller waited because every connection was in use.</summary>
    public Histogram<double> WaitTime { get; } = meter.CreateHistogram("db.client.connection.wait_time", "s", "How long a caller waited for a connection, when every one was in use.", advice: Durations);

    /// <summary>Units of work in a commit.</summary>
    public Histogram<long> GroupSize { get; } = meter.CreateHistogram("afterwit.group_commit.size", "{write}", "Units of work that shared a commit.", advice: Sizes);

    /// <summary>Those of the client of servers.</summary>
    public static EngineInstruments LibSql { get; } = new(new("Afterwit.LibSql"));
}

/// <summary>What the connections and the writer of one database took: for whoever listens to the instruments, and kept for reports of this process.</summary>
internal sealed class EngineMeasures(EngineInstruments instruments, string pool)
{
    private readonly KeyValuePair<string, object?> _pool = new("db.client.connection.pool.name", pool);

    /// <summary>Opening connections, in nanoseconds.</summary>
    public LogHistogram Creates { get; } = new();

    /// <summary>Waiting for connections, in nanoseconds.</summary>
    public LogHistogram Waits { get; } = new();

    /// <summary>Units of work in a commit.</summary>
    public LogHistogram Groups { get; } = new();

    public void Created(TimeSpan took) => Record(Creates, instruments.CreateTime, took);

    public void Waited(TimeSpan took) => Record(Waits, instruments.WaitTime, took);

    public void Committed(int units)
    {
        Groups.Record(units);
        instruments.GroupSize.Record(units, _pool);
    }

    private void Record(LogHistogram kept, Histogram<double> instrument, TimeSpan took)
    {
        kept.Record((long)took.TotalNanoseconds);
        instrument.Record(took.TotalSeconds, _pool);
    }
}

/// <summary>The connections of a database at this moment.</summary>
/// <param name="Open">Open, in use or idle.</param>
/// <param name="InUse">In use.</param>
/// <param name="Size">How many may be open now.</param>
/// <param name="Max">How many may ever be open.</param>
/// <param name="Waiting">Callers that wait for one.</param>
/// <param name="Reason">Why it has its size. Null when it never changed.</param>
internal readonly record struct PoolFigures(int Open, int InUse, int Size, int Max, int Waiting, string? Reason);
