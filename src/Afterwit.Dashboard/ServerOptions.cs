using System.Net;

namespace Afterwit.Dashboard;

/// <summary>Where a server listens, who may come in, and how much it takes. Checked once, when the server is made.</summary>
public sealed class ServerOptions
{
    /// <summary>Fewer characters can be guessed.</summary>
    private const int MinTokenLength = 16;

    /// <summary>The address it listens on: an IP address, or <c>localhost</c>. Any but a loopback address needs a <see cref="Token"/>.</summary>
    /// <value>The default is <c>127.0.0.1</c>.</value>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The port, 0 to 65535; 0 takes any that is free.</summary>
    /// <value>The default is 7700.</value>
    public int Port { get; set; } = 7700;

    /// <summary>What every request but <c>/healthz</c> has to bring, as <c>Authorization: Bearer</c> or by a login of the page. At least 16 visible ASCII characters. Null: nobody is asked.</summary>
    /// <value>The default is null.</value>
    public string? Token { get; set; }

    /// <summary>
    /// More names under which it is reached, such as that of a proxy before it. A request for any other name is refused, so that no web page can make a browser talk to it
    /// under a name of the page's own.
    /// </summary>
    /// <value>The default is none: the address, <c>localhost</c>, and on an address that others reach the machine's name.</value>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>The most bytes of a request's body, 1024 to 1073741824.</summary>
    /// <value>The default is 10485760.</value>
    public long MaxRequestBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>The most connections at the same time, 1 to 100000.</summary>
    /// <value>The default is 256.</value>
    public int MaxConnections { get; set; } = 256;

    /// <summary>How long a client may take to send the head of a request, 0.1 s to an hour.</summary>
    /// <value>The default is 10 s.</value>
    public TimeSpan HeaderTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long answers in flight may take to finish when it stops, 0 to an hour.</summary>
    /// <value>The default is 10 s.</value>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The most MCP sessions at the same time, 1 to 100000; for one more, the one that was idle for longest ends.</summary>
    /// <value>The default is 64.</value>
    public int MaxMcpSessions { get; set; } = 64;

    /// <summary>How long an MCP session may be idle before it ends, 1 s to 7 days.</summary>
    /// <value>The default is 30 minutes.</value>
    public TimeSpan McpIdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>One operation in a hundred may take so long before the page raises an alert, 1 ms to an hour.</summary>
    /// <value>The default is 100 ms.</value>
    public TimeSpan P99Target { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>By so many entries of the primary's log a replica may be behind before the page raises an alert, at least 1.</summary>
    /// <value>The default is 1000.</value>
    public long MaxReplicaLag { get; set; } = 1000;

    /// <summary>The settings of the program as <c>/api/v1/settings</c> shows them, without secrets.</summary>
    internal IReadOnlyList<SettingJson> Settings { get; set; } = [];

    /// <summary>The address that <see cref="Host"/> stands for.</summary>
    internal IPAddress Address => Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(Host.Trim('[', ']'));

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">One is not allowed; the message names it.</exception>
    internal void Validate()
    {
        if (Host != "localhost" && !IPAddress.TryParse(Host?.Trim('[', ']'), out _))
            throw new ArgumentException($"Host is '{Host}'; allowed: an IP address, or localhost.");
        Range(Port, 0, 65535, nameof(Port));
        Range(MaxRequestBytes, 1024, 1 << 30, nameof(MaxRequestBytes));
        Range(MaxConnections, 1, 100_000, nameof(MaxConnections));
        Range(MaxMcpSessions, 1, 100_000, nameof(MaxMcpSessions));
        Range(HeaderTimeout, TimeSpan.FromSeconds(0.1), TimeSpan.FromHours(1), nameof(HeaderTimeout));
        Range(ShutdownTimeout, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(ShutdownTimeout));
        Range(McpIdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(7), nameof(McpIdleTimeout));
        Range(P99Target, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), nameof(P99Target));
        Range(MaxReplicaLag, 1, long.MaxValue, nameof(MaxReplicaLag));
        if (Token is not null && (Token.Length < MinTokenLength || Token.Any(c => c is <= ' ' or > '~')))
            throw new ArgumentException($"Token is too weak or not plain: it needs at least {MinTokenLength} visible ASCII characters without blanks; `openssl rand -hex 32` makes one.");
        if (Token is null && !IPAddress.IsLoopback(Address))
            throw new ArgumentException($"Host is '{Host}', which others can reach, and there is no token: give one (--token, or AFTERWIT_SERVE__TOKEN), or listen on 127.0.0.1.");
    }

    private static void Range<T>(T value, T min, T max, string name)
        where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
            throw new ArgumentException($"{name} is {value}; allowed: {min} to {max}.");
    }
}
