namespace Afterwit.Storage;

/// <summary>Counters of one open database, each counted where the thing happens.</summary>
public sealed class DatabaseStatistics
{
    private readonly LibSqlStatistics? _server;
    private long _reads;
    private long _connectionsOpened;
    private long _connectionsReused;
    private long _connectionWaits;
    private long _statementHits;
    private long _statementMisses;
    private long _prepareTicks;
    private long _commits;
    private long _writes;
    private long _largestGroup;

    internal DatabaseStatistics(LibSqlStatistics? server = null) => _server = server;

    /// <summary>Reads, each one round trip however many queries it holds.</summary>
    public long Reads => Interlocked.Read(ref _reads);

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

    internal void Read() => Interlocked.Increment(ref _reads);

    internal void ConnectionOpened() => Interlocked.Increment(ref _connectionsOpened);

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
        if (units > Interlocked.Read(ref _largestGroup))
            Interlocked.Exchange(ref _largestGroup, units); // one writer: no race on the maximum
    }
}
