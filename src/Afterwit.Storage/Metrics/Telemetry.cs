using System.Diagnostics;

namespace Afterwit.Storage;

/// <summary>The names under which this library is measured and traced; docs/operations.md lists the instruments.</summary>
public static class AfterwitTelemetry
{
    /// <summary>The meter of memories and of files. That of the client of servers is <see cref="ServerMeterName"/>.</summary>
    public const string MeterName = "Afterwit";

    /// <summary>The meter of the client of servers: its connections and commits.</summary>
    public const string ServerMeterName = "Afterwit.LibSql";

    /// <summary>The source of traces: an activity for each call of a database.</summary>
    public const string ActivitySourceName = "Afterwit";
}

/// <summary>The instruments of this library. What is counted elsewhere already is read from there when somebody asks.</summary>
internal static class Telemetry
{
    private static readonly Meter Meter = new(AfterwitTelemetry.MeterName);

    /// <summary>Connections and commits of files.</summary>
    public static EngineInstruments Engine { get; } = new(Meter);

    /// <summary>Calls of databases.</summary>
    public static ActivitySource Activities { get; } = new(AfterwitTelemetry.ActivitySourceName);

    /// <summary>The duration of each call of a database.</summary>
    public static Histogram<double> Calls { get; } = Meter.CreateHistogram("db.client.operation.duration", "s", "How long a call of the database took, with waiting and retries.", advice: EngineInstruments.Durations);

    /// <summary>The duration of each operation of a store.</summary>
    public static Histogram<double> Operations { get; } = Meter.CreateHistogram("afterwit.store.operation.duration", "s", "How long an operation of the store took, below the cache.", advice: EngineInstruments.Durations);

    private static readonly Histogram<double> Serialization = Meter.CreateHistogram("afterwit.serialization.duration", "s", "How long a value took to become text or to be read from it.", advice: EngineInstruments.Durations);

    /// <summary>Values of this process that became text.</summary>
    public static Conversions Serialized { get; } = new(Serialization, "write");

    /// <summary>Values of this process that were read from text.</summary>
    public static Conversions Deserialized { get; } = new(Serialization, "read");

    /// <summary>Times that a process could not listen for those who watch its memory.</summary>
    public static Counter<long> WatchFailures { get; } = Meter.CreateCounter<long>("afterwit.watch.failures", "{failure}", "Times that a memory could not be published to `afterwit stats --watch`.");

    static Telemetry()
    {
        UpDown("db.client.connection.count", "{connection}", "Connections that are open, by state.", m => [Point(m, m.Pool.InUse, State("used")), Point(m, m.Pool.Open - m.Pool.InUse, State("idle"))]);
        UpDown("db.client.connection.max", "{connection}", "The most connections that may be open.", m => [Point(m, m.Pool.Max)]);
        UpDown("db.client.connection.pending_requests", "{request}", "Callers that wait for a connection now.", m => [Point(m, m.Pool.Waiting)]);
        UpDown("afterwit.pool.size", "{connection}", "Connections that may be open now, as the sizer decided.", m => [Point(m, m.Pool.Size)]);
        Count("afterwit.pool.resizes", "{decision}", "Decisions of the sizer that changed the size of the pool.", m => [Point(m, m.Database.Server?.Resizes ?? 0)]);
        Count("afterwit.pool.opened", "{connection}", "Connections opened.", m => [Point(m, m.Database.ConnectionsOpened)]);
        Count("afterwit.pool.reused", "{connection}", "Times an open connection was lent again.", m => [Point(m, m.Database.ConnectionsReused)]);
        Count("afterwit.pool.waits", "{wait}", "Callers that had to wait for a connection.", m => [Point(m, m.Database.ConnectionWaits)]);
        Count("afterwit.round_trips", "{round_trip}", "Messages to the server and back; on a file, reads and commits.", m => [Point(m, m.Database.RoundTrips)]);
        Count("afterwit.rows", "{row}", "Rows that reads gave.", m => [Point(m, m.Database.Rows)]);
        Count("afterwit.commits", "{commit}", "Transactions committed.", m => [Point(m, m.Database.Commits)]);
        Count("afterwit.writes", "{write}", "Units of work in them.", m => [Point(m, m.Database.Writes)]);
        Count("afterwit.retries", "{retry}", "Calls that were made again, by reason.", m => m.Database.Server is { } s ? [Point(m, s.Retries, Reason("lost")), Point(m, s.BusyRetries, Reason("busy"))] : []);
        Count("afterwit.network.io", "By", "Bytes of messages, by direction.", m => m.Database.Server is { } s ? [Point(m, s.BytesSent, Direction("transmit")), Point(m, s.BytesReceived, Direction("receive"))] : []);
        Count("afterwit.statement_cache.hits", "{statement}", "Executions that found their statement prepared.", m => [Point(m, m.Database.StatementHits)]);
        Count("afterwit.statement_cache.misses", "{statement}", "Executions that had to prepare it.", m => [Point(m, m.Database.StatementMisses)]);
        Count("afterwit.cache.hits", "{lookup}", "Lookups that the cache answered, by kind.", m => m.Cache().Select(c => Point(m, c.Hits, Kind(c.Kind))));
        Count("afterwit.cache.misses", "{lookup}", "Lookups that it did not, by kind.", m => m.Cache().Select(c => Point(m, c.Misses, Kind(c.Kind))));
        Count("afterwit.cache.loads", "{load}", "Values loaded into the cache, by kind.", m => m.Cache().Select(c => Point(m, c.Loads, Kind(c.Kind))));
        Count("afterwit.cache.evictions", "{entry}", "Entries that left the cache for others or by age, by kind.", m => m.Cache().Select(c => Point(m, c.Evictions, Kind(c.Kind))));
        Count("afterwit.compression.raw", "By", "Bytes of payloads before compression, by kind and codec.", m => m.Compression().Select(c => Point(m, c.RawBytes, Kind(c.Kind), Codec(c.Codec))));
        Count("afterwit.compression.stored", "By", "Bytes of payloads after compression, by kind and codec.", m => m.Compression().Select(c => Point(m, c.StoredBytes, Kind(c.Kind), Codec(c.Codec))));
        Meter.CreateObservableGauge("afterwit.compression.ratio", () => Read(m => m.Compression().Where(c => c.StoredBytes > 0).Select(c => Point(m, c.Ratio, Kind(c.Kind), Codec(c.Codec)))), "1", "Bytes before over bytes after, by kind and codec.");
        Meter.CreateObservableCounter(
            "afterwit.compression.time", () => Read(m => m.Compression().SelectMany(c => (Measurement<double>[])
                [Point(m, c.EncodeMs / 1000, Kind(c.Kind), Codec(c.Codec), Direction("encode")), Point(m, c.DecodeMs / 1000, Kind(c.Kind), Codec(c.Codec), Direction("decode"))])),
            "s", "Time in codecs, by kind, codec and direction.");
        Count("afterwit.compression.failed_trainings", "{training}", "Trainings of a dictionary that failed.", m => [Point(m, m.FailedTrainings)]);
        Count("afterwit.tuning.decisions", "{decision}", "Decisions of the self-tuning, by knob and outcome.", m => (m.Tuning?.Counts ?? []).Select(c => Point(m, c.Count, new("afterwit.knob", c.Knob), new("afterwit.outcome", c.Outcome == TuningOutcome.Kept ? "kept" : "undone"))));
        Count("afterwit.learning.episodes", "{episode}", "Finished episodes that were learned from.", m => [Point(m, m.EpisodesLearned)]);
    }

    private static void Count(string name, string unit, string description, Func<MemoryMetrics, IEnumerable<Measurement<long>>> read) => Meter.CreateObservableCounter(name, () => Read(read), unit, description);

    private static void UpDown(string name, string unit, string description, Func<MemoryMetrics, IEnumerable<Measurement<long>>> read) => Meter.CreateObservableUpDownCounter(name, () => Read(read), unit, description);

    private static IEnumerable<Measurement<T>> Read<T>(Func<MemoryMetrics, IEnumerable<Measurement<T>>> read) where T : struct => MemoryMetrics.Open.SelectMany(read);

    private static Measurement<long> Point(MemoryMetrics memory, long value, params ReadOnlySpan<KeyValuePair<string, object?>> tags) => new(value, [memory.PoolTag, .. tags]);

    private static Measurement<double> Point(MemoryMetrics memory, double value, params ReadOnlySpan<KeyValuePair<string, object?>> tags) => new(value, [memory.PoolTag, .. tags]);

    private static KeyValuePair<string, object?> State(string state) => new("db.client.connection.state", state);

    private static KeyValuePair<string, object?> Reason(string reason) => new("afterwit.reason", reason);

    private static KeyValuePair<string, object?> Direction(string direction) => new("afterwit.direction", direction);

    private static KeyValuePair<string, object?> Kind(string kind) => new("afterwit.kind", kind);

    private static KeyValuePair<string, object?> Codec(string codec) => new("afterwit.codec", codec);
}

/// <summary>Values that became text, or were read from it.</summary>
internal sealed class Conversions(Histogram<double> instrument, string direction)
{
    private readonly KeyValuePair<string, object?> _direction = new("afterwit.direction", direction);
    private long _count;
    private long _ticks;

    /// <summary>How many.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>The time they took in all.</summary>
    public TimeSpan Time => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticks));

    /// <summary>Keeps one that began then and ends now.</summary>
    public void Record(long start)
    {
        var ticks = Stopwatch.GetTimestamp() - start;
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _ticks, ticks);
        if (instrument.Enabled)
            instrument.Record(Stopwatch.GetElapsedTime(0, ticks).TotalSeconds, _direction);
    }
}
