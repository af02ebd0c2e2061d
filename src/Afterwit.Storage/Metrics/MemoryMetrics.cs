using System.Collections.Concurrent;

namespace Afterwit.Storage;

/// <summary>
/// All that is measured of one open memory. Its decorators record into it; a part that counts for itself, such as the cache, gives a function that reads its counters
/// (<see cref="AddCache"/>, <see cref="AddCompression"/>), so that nothing is counted twice.
/// </summary>
internal sealed class MemoryMetrics : IDisposable
{
    private static readonly ConcurrentDictionary<string, MemoryMetrics> Opened = new(StringComparer.Ordinal);

    private readonly IDatabase _engine;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly DateTimeOffset _startedAt;
    private readonly string _name;
    private readonly string _pool;
    private readonly Operation[] _operations;
    private Func<IReadOnlyList<CacheReport>> _cache = static () => [];
    private Func<IReadOnlyList<PayloadCounts>> _compression = static () => [];
    private Func<long> _failedTrainings = static () => 0;
    private long _episodesLearned;
    private WatchListener? _listener;

    /// <summary>Begins to measure.</summary>
    /// <param name="engine">The database itself.</param>
    /// <param name="name">What it is called: its path or URL, with the tenant.</param>
    /// <param name="time">The clock that durations and rates go by. Null means the system's.</param>
    public MemoryMetrics(IDatabase engine, string name, TimeProvider? time = null)
    {
        (_engine, _name, _time) = (engine, name, time ?? TimeProvider.System);
        (_start, _startedAt) = (_time.GetTimestamp(), _time.GetUtcNow());
        System = engine.Statistics.Server is null ? "sqlite" : "libsql";
        _operations = [.. StoreOperations.All.Select(o => new Operation(o.Name, o.Query, Telemetry.Operations, [new("afterwit.operation", o.Name), .. Some("afterwit.query_type", o.Query)], _time))];
        KeyValuePair<string, object?>[] tags = [new("db.system.name", System), new("db.namespace", name), .. Some("server.address", engine.Statistics.Server is null ? null : new Uri(engine.Name).Host)];
        Reads = Call("read");
        Writes = Call("write");
        _pool = name;
        for (var number = 2; !Opened.TryAdd(_pool, this); number++)
            _pool = $"{name}#{number}"; // the same database twice in one process: each has connections of its own
        PoolTag = new("db.client.connection.pool.name", _pool);

        Operation Call(string call) => new(call, null, Telemetry.Calls, [.. tags, new("db.operation.name", call)], _time);
    }

    /// <summary>Those of every memory that is open in this process.</summary>
    public static IEnumerable<MemoryMetrics> Open => Opened.Values;

    /// <summary>What the database is called.</summary>
    public string Name => _name;

    /// <summary>The engine, as the conventions name it.</summary>
    public string System { get; }

    /// <summary>Tells this memory from others of the process.</summary>
    public KeyValuePair<string, object?> PoolTag { get; }

    /// <summary>Reads of the database.</summary>
    public Operation Reads { get; }

    /// <summary>Units of work given to the database.</summary>
    public Operation Writes { get; }

    /// <summary>The counters of the database.</summary>
    public DatabaseStatistics Database => _engine.Statistics;

    /// <summary>Its connections at this moment.</summary>
    public PoolFigures Pool => Database.Pool;

    /// <summary>Finished episodes that were learned from.</summary>
    public long EpisodesLearned => Interlocked.Read(ref _episodesLearned);

    /// <summary>How long each operation of the store took until now, in nanoseconds.</summary>
    public LogHistogram Durations()
    {
        var sum = new LogHistogram();
        foreach (var operation in _operations)
            operation.AddTo(sum);
        return sum;
    }

    /// <summary>What the cache did, by kind.</summary>
    public IReadOnlyList<CacheReport> Cache() => _cache();

    /// <summary>What the codecs did, by kind and codec.</summary>
    public IReadOnlyList<CompressionReport> Compression() => [.. _compression().Where(c => c.Payloads + c.Decoded > 0).Select(CompressionReport.Of)];

    /// <summary>Trainings of a dictionary that failed.</summary>
    public long FailedTrainings => _failedTrainings();

    /// <summary>The cache says how its counters are read.</summary>
    public void AddCache(Func<IReadOnlyList<CacheReport>> read) => _cache = read;

    /// <summary>The codec says how its counters are read: <see cref="PayloadCodec.Counts"/>.</summary>
    public void AddCompression(Func<IReadOnlyList<PayloadCounts>> read, Func<long> failedTrainings) => (_compression, _failedTrainings) = (read, failedTrainings);

    /// <summary>What moves by itself, which ends with the measuring. Null when nothing does.</summary>
    public MemoryTuning? Tuning { get; set; }

    /// <summary>A moment, to measure from.</summary>
    public long Now() => _time.GetTimestamp();

    /// <summary>Keeps an operation of the store.</summary>
    public void Record(StoreOperation operation, long start, Exception? error = null) => _operations[(int)operation].Record(start, error);

    /// <summary>Counts episodes that were learned from.</summary>
    public void Learned(int episodes) => Interlocked.Add(ref _episodesLearned, episodes);

    /// <summary>All of it at this moment.</summary>
    public MemoryReport Report()
    {
        var (database, pool) = (Database, Pool);
        var groups = database.Measures.Groups;
        Operation[] calls = [Reads, Writes];
        return new(
            Environment.ProcessId, AppDomain.CurrentDomain.FriendlyName, _startedAt, Math.Round(_time.GetElapsedTime(_start).TotalSeconds, 3), _pool, System,
            [.. _operations.Select(o => o.Report()).OfType<OperationReport>()], [.. calls.Select(o => o.Report()).OfType<OperationReport>()],
            database.RoundTrips, database.Rows, Cache(), new(database.StatementHits, database.StatementMisses),
            new(pool.Open, pool.InUse, pool.Size, pool.Max, pool.Waiting, database.ConnectionsOpened, database.ConnectionsReused, database.ConnectionWaits, Milli(database.Measures.Waits.Sum), Milli(database.Measures.Creates.Sum), database.Server?.Resizes ?? 0, pool.Reason),
            new(database.Commits, database.Writes, groups.Percentile(0.5), groups.Percentile(0.95), groups.Max), Compression(),
            new(Telemetry.Serialized.Count, Telemetry.Serialized.Time.TotalMilliseconds, Telemetry.Deserialized.Count, Telemetry.Deserialized.Time.TotalMilliseconds), EpisodesLearned,
            [.. calls.Concat(_operations).SelectMany(o => o.Errors.Select(e => new ErrorReport(o.Name, e.Key, e.Value)))],
            database.Server is { } server ? new(server.BytesSent, server.BytesReceived, server.Retries, server.BusyRetries) : null, Tuning?.Report, database.Replicas);

        static double Milli(long nanoseconds) => nanoseconds / 1e6;
    }

    /// <summary>Lets <c>afterwit stats --watch</c> of the same user read the reports.</summary>
    public void Publish() => _listener ??= new(this, _time);

    /// <summary>Ends measuring: the memory is closed.</summary>
    public void Dispose()
    {
        _listener?.Dispose();
        Tuning?.Dispose();
        Opened.TryRemove(new(_pool, this));
    }

    private static KeyValuePair<string, object?>[] Some(string name, string? value) => value is null ? [] : [new(name, value)];
}
