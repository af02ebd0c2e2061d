using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql;

/// <summary>How messages are written where the way is HTTP. A WebSocket always carries protobuf.</summary>
public enum HttpEncoding
{
    /// <summary>Protobuf: smaller and faster.</summary>
    Protobuf = 0,

    /// <summary>JSON: for servers and proxies that know nothing else.</summary>
    Json = 1,
}

/// <summary>How a client speaks to its server.</summary>
public sealed class LibSqlOptions
{
    /// <summary>Read replicas of the server. Reads go to them, writes never.</summary>
    /// <value>The default is none.</value>
    public IList<string> Replicas { get; } = [];

    /// <summary>The token (JWT) that is sent with every connection; never printed.</summary>
    /// <value>The default is null: none.</value>
    public string? AuthToken { get; set; }

    /// <summary>The database on a server that has several: a tenant.</summary>
    /// <value>The default is null: the server's default.</value>
    public string? Namespace { get; set; }

    /// <summary>How long a call may take in all, with waiting for a stream and every retry.</summary>
    /// <value>The default is 30 seconds; 10 ms to 1 hour.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long making a connection may take.</summary>
    /// <value>The default is 5 seconds; 10 ms to 5 minutes.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The fewest streams that are kept open to a server once they were used.</summary>
    /// <value>The default is 2; 1 to <see cref="MaxStreams"/>.</value>
    public int MinStreams { get; set; } = 2;

    /// <summary>The most streams that are open to a server at the same time, each a connection of SQLite there.</summary>
    /// <value>The default is 10; 1 to 128.</value>
    public int MaxStreams { get; set; } = 10;

    /// <summary>How many streams the server allows to all of its clients together (<c>--max-concurrent-connections</c> of sqld).</summary>
    /// <value>The default is 128; 1 to 100,000.</value>
    public int ServerStreamLimit { get; set; } = 128;

    /// <summary>How many processes share the server's limit. No client opens more than its fair part.</summary>
    /// <value>The default is 8; 1 to 10,000.</value>
    public int ServerClients { get; set; } = 8;

    /// <summary>The most streams on one WebSocket. An inner error of the server closes the whole socket: several small ones lose less than a large one.</summary>
    /// <value>The default is 4; 1 to 64.</value>
    public int StreamsPerSocket { get; set; } = 4;

    /// <summary>Whether the number of streams follows the time of the day and the day of the week as well as the load of the moment.</summary>
    /// <value>The default is true.</value>
    public bool PredictiveSize { get; set; } = true;

    /// <summary>A folder in which what was learned of the load outlives the process; a few kilobytes for each server.</summary>
    /// <value>The default is null: it is learned anew by each process.</value>
    public string? LoadProfileFolder { get; set; }

    /// <summary>How often an idle stream is asked whether it is alive.</summary>
    /// <value>The default is 30 seconds; 100 ms to 1 day.</value>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A stream that has not been used or asked for so long is checked before it is lent.</summary>
    /// <value>The default is 60 seconds; 100 ms to 1 day.</value>
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The most statements whose text, parameters and columns are remembered; the least recently used goes first.</summary>
    /// <value>The default is 256; 8 to 100,000.</value>
    public int StatementCacheSize { get; set; } = 256;

    /// <summary>The most units of work that share one commit.</summary>
    /// <value>The default is 256; 1 to 10,000. With 1 every write commits alone.</value>
    public int MaxGroupCommit { get; set; } = 256;

    /// <summary>How long a replica may take to come as far as this client has seen, before the primary answers in its place.</summary>
    /// <value>The default is 150 ms; 1 ms to 1 minute.</value>
    public TimeSpan ReplicaWait { get; set; } = TimeSpan.FromMilliseconds(150);

    /// <summary>How messages are written where the way is HTTP.</summary>
    /// <value>The default is <see cref="HttpEncoding.Protobuf"/>.</value>
    public HttpEncoding HttpEncoding { get; set; }

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Between(Timeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1), nameof(Timeout));
        Between(ConnectTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5), nameof(ConnectTimeout));
        Between(MaxStreams, 1, 128, nameof(MaxStreams));
        Between(MinStreams, 1, MaxStreams, nameof(MinStreams));
        Between(ServerStreamLimit, 1, 100_000, nameof(ServerStreamLimit));
        Between(ServerClients, 1, 10_000, nameof(ServerClients));
        Between(StreamsPerSocket, 1, 64, nameof(StreamsPerSocket));
        Between(KeepAlive, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1), nameof(KeepAlive));
        Between(StaleAfter, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1), nameof(StaleAfter));
        Between(StatementCacheSize, 8, 100_000, nameof(StatementCacheSize));
        Between(MaxGroupCommit, 1, 10_000, nameof(MaxGroupCommit));
        Between(ReplicaWait, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1), nameof(ReplicaWait));
        if (!Enum.IsDefined(HttpEncoding))
            throw new ArgumentException($"{nameof(HttpEncoding)} is {HttpEncoding}; allowed: Protobuf or Json.");
        if (Replicas.FirstOrDefault(url => !ServerAddress.IsServer(url)) is { } replica)
            throw new ArgumentException($"{nameof(Replicas)} is wrong: '{ServerAddress.WithoutSecrets(replica)}' is not the URL of a server.");

        static void Between<T>(T value, T least, T most, string setting) where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
                throw new ArgumentException($"{setting} is {value}; allowed: {least} to {most}.");
        }
    }
}
