namespace Afterwit.Storage;

/// <summary>Counters of one open database, each counted where the thing happens.</summary>
public sealed class DatabaseStatistics
{
    private readonly LibSqlStatistics? _server;
    private readonly Func<PoolFigures> _pool;
    private readonly Func<IReadOnlyList<ReplicaReport>> _replicas = static () => [];
    private readonly Func<string?> _failure = static () => null;
    private long _reads;
    private long _rows;
    private long _connectionsOpened;
    private long _connectionsReused;
    private long _connectionWaits;
    private long _statementHits;
    private long _statementMisses;
    private long _prepareTicks;
    private long _commits;
    private long _writes;
    private long _largestGroup;

    internal DatabaseStatistics(string name, Func<PoolFigures> pool)
    {
        _pool = pool;
        Measures = new(Telemetry.Engine, name);
    }

    internal DatabaseStatistics(LibSqlClient client)
    {
        _server = client.Statistics;
        _pool = () => client.Servers.Primary.Pool.Figures;
        _replicas = () => [.. client.Servers.Replicas.Select(r => new ReplicaReport(r.Address.Name, Math.Max(0, (long)(client.Servers.Seen ?? 0) - (long)r.Seen), r.Circuit.IsClosed && !r.IsInDoubt))];
        _failure = () => client.Servers.Primary.Circuit.LastFailure?.Message;
        Measures = _server.Measures;
    }

    /// <summary>Reads, each one round trip however many queries it holds.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>Rows that reads gave.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Messages to a server and back; on a file, reads and commits.</summary>
    public long RoundTrips => _server?.RoundTrips ?? Reads + Commits;

    /// <summary>Connections opened to the database, the writer's included.</summary>
    public long ConnectionsOpened => _server?.StreamsOpened ?? Interlocked.Read(ref _connectionsOpened);

    /// <summary>Reads that found an open connection.</summary>
    public long ConnectionsReused => _server?.StreamsReused ?? Interlocked.Read(ref _connectionsReused);

    /// <summary>Reads that had to wait because every connection was in use.</summary>
    public long ConnectionWaits => _server?.Waits ?? Interlocked.Read(ref _connectionWaits);

    /// <summary>Executions that found their statement prepared.</summary>
    public long StatementHits => _server?.StatementHits ?? Interlocked.Read(ref _statementHits);

    /// <summary>Executions that had to prepare their statement.</summary>
    public long StatementMisses => _server?.StatementMisses ?? Interlocked.Read(ref _statementMisses);

    /// <summary>The time that preparing took.</summary>
    public TimeSpan PrepareTime => System.Diagnostics.Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _prepareTicks));

    /// <summary>Transactions committed.</summary>
    public long Commits => _server?.Commits ?? Interlocked.Read(ref _commits);

    /// <summary>Units of work in them.</summary>
    public long Writes => _server?.Writes ?? Interlocked.Read(ref _writes);

    /// <summary>The most units of work that shared one commit.</summary>
    public long LargestGroup => _server?.LargestGroup ?? Interlocked.Read(ref _largestGroup);

    /// <summary>What connections and commits took.</summary>
    internal EngineMeasures Measures { get; }

    /// <summary>The connections at this moment; of a server with replicas, those to the primary.</summary>
    internal PoolFigures Pool => _pool();

    /// <summary>The client's own counters. Null on a file.</summary>
    internal LibSqlStatistics? Server => _server;

    internal IReadOnlyList<ReplicaReport> Replicas => _replicas();

    /// <summary>Why the server could not be reached the last time. Null since it answered, and on a file.</summary>
    internal string? LastFailure => _failure();

    internal void Read() => Interlocked.Increment(ref _reads);

    internal void RowsRead(int rows) => Interlocked.Add(ref _rows, rows);

    internal void ConnectionOpened(TimeSpan took)
    {
        Interlocked.Increment(ref _connectionsOpened);
        Measures.Created(took);
    }

    internal void ConnectionReused() => Interlocked.Increment(ref _connectionsReused);

    internal void ConnectionWaited() => Interlocked.Increment(ref _connectionWaits);

    internal void StatementHit() => Interlocked.Increment(ref _statementHits);

    internal void StatementPrepared(long ticks)
    {
        Interlocked.Increment(ref _statementMisses);
        Interlocked.Add(ref _prepareTicks, ticks);
    }

    internal void Committed(int units)
    {
        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _writes, units);
        Measures.Committed(units);
        if (units > Interlocked.Read(ref _largestGroup))
            Interlocked.Exchange(ref _largestGroup, units); // one writer: no race on the maximum
    }
}
