namespace Afterwit.LibSql;

/// <summary>What is counted, each where it happens.</summary>
internal enum Counter
{
    SocketsOpened,
    StreamsOpened,
    StreamsReused,
    StreamsClosed,
    Waits,
    Pings,
    FailedPings,
    Refreshed,
    RoundTrips,
    BytesSent,
    BytesReceived,
    CompressedAnswers,
    StatementHits,
    StatementMisses,
    Described,
    SqlStored,
    Retries,
    BusyRetries,
    CircuitOpened,
    Commits,
    Writes,
    ReadGroups,
    GroupedReads,
    ReplicaReads,
    PrimaryFallbacks,
    Resizes,
}

/// <summary>Counters of one client since it was made.</summary>
public sealed class LibSqlStatistics
{
    private readonly long[] _counters = new long[Enum.GetValues<Counter>().Length];
    private readonly EngineMeasures _measures;
    private long _largestGroup;

    /// <summary>Counters at zero.</summary>
    public LibSqlStatistics() : this("")
    {
    }

    internal LibSqlStatistics(string server) => _measures = new(EngineInstruments.LibSql, server);

    internal EngineMeasures Measures => _measures;

    /// <summary>Connections made: WebSockets, or TCP connections for HTTP.</summary>
    public long SocketsOpened => Get(Counter.SocketsOpened);

    /// <summary>Streams opened, each a connection of SQLite on the server.</summary>
    public long StreamsOpened => Get(Counter.StreamsOpened);

    /// <summary>Times an open stream was lent again.</summary>
    public long StreamsReused => Get(Counter.StreamsReused);

    /// <summary>Streams closed: too many, broken, or expired.</summary>
    public long StreamsClosed => Get(Counter.StreamsClosed);

    /// <summary>Callers that had to wait for a stream.</summary>
    public long Waits => Get(Counter.Waits);

    /// <summary>Idle streams that were asked whether they are alive.</summary>
    public long Pings => Get(Counter.Pings);

    /// <summary>Those that were not.</summary>
    public long FailedPings => Get(Counter.FailedPings);

    /// <summary>Streams that had become stale and were checked in the background before they were lent again.</summary>
    public long Refreshed => Get(Counter.Refreshed);

    /// <summary>Messages, or groups of messages, sent and waited for.</summary>
    public long RoundTrips => Get(Counter.RoundTrips);

    /// <summary>Bytes of messages sent.</summary>
    public long BytesSent => Get(Counter.BytesSent);

    /// <summary>Bytes of messages received, as they came: compressed ones count compressed.</summary>
    public long BytesReceived => Get(Counter.BytesReceived);

    /// <summary>Answers that came compressed.</summary>
    public long CompressedAnswers => Get(Counter.CompressedAnswers);

    /// <summary>Executions whose statement was known.</summary>
    public long StatementHits => Get(Counter.StatementHits);

    /// <summary>Executions whose statement was new.</summary>
    public long StatementMisses => Get(Counter.StatementMisses);

    /// <summary>Statements that the server was asked to describe, each once.</summary>
    public long Described => Get(Counter.Described);

    /// <summary>Texts of statements that the server was given to keep.</summary>
    public long SqlStored => Get(Counter.SqlStored);

    /// <summary>Calls that were made again after their connection or answer was lost.</summary>
    public long Retries => Get(Counter.Retries);

    /// <summary>Calls that were made again because another writer held the database.</summary>
    public long BusyRetries => Get(Counter.BusyRetries);

    /// <summary>Times a server was found dead, and left alone for a while.</summary>
    public long CircuitOpened => Get(Counter.CircuitOpened);

    /// <summary>Transactions committed by the writer.</summary>
    public long Commits => Get(Counter.Commits);

    /// <summary>Units of work in them.</summary>
    public long Writes => Get(Counter.Writes);

    /// <summary>The most units of work that shared one commit.</summary>
    public long LargestGroup => Interlocked.Read(ref _largestGroup);

    /// <summary>Batches in which reads of several callers went together.</summary>
    public long ReadGroups => Get(Counter.ReadGroups);

    /// <summary>Reads in them.</summary>
    public long GroupedReads => Get(Counter.GroupedReads);

    /// <summary>Reads that a replica answered.</summary>
    public long ReplicaReads => Get(Counter.ReplicaReads);

    /// <summary>Reads that the primary answered because no replica could in time.</summary>
    public long PrimaryFallbacks => Get(Counter.PrimaryFallbacks);

    /// <summary>Times the pool was given another size.</summary>
    public long Resizes => Get(Counter.Resizes);

    /// <summary>How long callers waited for a stream in all.</summary>
    public TimeSpan WaitTime => TimeSpan.FromMicroseconds(_measures.Waits.Sum / 1000.0);

    internal long Get(Counter counter) => Interlocked.Read(ref _counters[(int)counter]);

    internal void Add(Counter counter, long amount = 1) => Interlocked.Add(ref _counters[(int)counter], amount);

    internal void Committed(int units)
    {
        Add(Counter.Commits);
        Add(Counter.Writes, units);
        _measures.Committed(units);
        if (units > LargestGroup)
            Interlocked.Exchange(ref _largestGroup, units); // one writer: no race on the maximum
    }
}
