using System.Globalization;
using System.Net;

namespace Afterwit.Storage;

/// <summary>A setting: one name in the file, in the environment and on the command line.</summary>
/// <param name="Name">As in the file: sections and keys joined by colons.</param>
/// <param name="Default">The value when nobody sets it, as text.</param>
/// <param name="Allowed">What it takes, for people.</param>
/// <param name="Description">What it does.</param>
/// <param name="Apply">Reads the text into the options. Throws <see cref="FormatException"/> when it is not of the right kind.</param>
internal sealed record Setting(string Name, string Default, string Allowed, string Description, Action<StorageOptions, string> Apply)
{
    /// <summary>The setting that names the database. It has no option of its own form: <c>--db</c> is it.</summary>
    public const string Database = "Db";

    /// <summary>The setting that lets a server know us.</summary>
    public const string AuthToken = Server + "AuthToken";

    /// <summary>The settings that lead to the admin API: no memory is opened with them.</summary>
    public const string AdminUrl = Server + "AdminUrl", AdminToken = Server + "AdminToken";

    /// <summary>The settings of `afterwit serve`: no memory is opened with them.</summary>
    public const string ServePort = Serve + "Port", ServeHost = Serve + "Host", ServeToken = Serve + "Token", ServeAllowedHosts = Serve + "AllowedHosts", ServeMaxRequestBytes = Serve + "MaxRequestBytes",
        ServeP99Target = Serve + "P99Target", ServeMaxReplicaLag = Serve + "MaxReplicaLag";

    /// <summary>The most bytes of the cache.</summary>
    public const string CacheMaxBytes = Cache + "MaxBytes";

    private const string Serve = "Serve:";

    private const string Cache = "Storage:Cache:";

    private const string Tuning = "Storage:Tuning:";

    private const string Server = "Server:";

    private const string Compression = "Storage:Compression:";

    private const string Codecs = "None, Lz4, Zstd, Gzip or Brotli";

    /// <summary>Every setting, in the order in which it is shown.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        new(Database, DataFolder.DefaultDatabase, "a path, :memory:, or the URL of a server (libsql://, wss://, ws://, https://, http://)", "Where the memory is kept.", static (_, _) => { }),
        Word<Durability>("Storage:Synchronous", "Full", "Full or Normal", "What a commit survives. Full: a loss of power. Normal: a crash of the process; the system's crash may undo the last commits.", (o, v) => o.Sqlite.Synchronous = v),
        Value<TimeSpan>("Storage:BusyTimeout", "00:01:00", "00:00:00.1 to 01:00:00", "How long a write waits for other processes that write to the same file.", (o, v) => o.Sqlite.BusyTimeout = v),
        Value<int>("Storage:MaxReaders", "8", "1 to 64", "The most connections that read at the same time.", (o, v) => o.Sqlite.MaxReaders = v),
        Value<int>("Storage:MinReaders", "2", "1 to 64, of which no more than Storage:MaxReaders count", "As few of them the self-tuning may allow.", (o, v) => o.Sqlite.MinReaders = v),
        Value<int>("Storage:StatementCacheSize", "128", "8 to 4096", "The most prepared statements that one connection keeps.", (o, v) => o.Sqlite.StatementCacheSize = v),
        Value<int>("Storage:MaxGroupCommit", "256", "1 to 10000", "The most writes that share one commit, on a file and on a server.", (o, v) => o.Sqlite.MaxGroupCommit = o.Server.MaxGroupCommit = v),
        Value<long>("Storage:MaxBytes", "0", "0 (no limit), or 1048576 or more", "The largest size of the file.", (o, v) => o.Sqlite.MaxBytes = v),
        Word<PayloadCodecKind>(Compression + "Episodes", "Zstd", Codecs, "How the steps of finished episodes are compressed. What is stored stays as it is; `afterwit db compress` brings it along.", (o, v) => o.Compression.Episodes = v),
        Word<PayloadCodecKind>(Compression + "Embeddings", "None", Codecs, "How embeddings are compressed.", (o, v) => o.Compression.Embeddings = v),
        Value<int>(Compression + "Threshold", "1024", "0 to 1048576", "Payloads of fewer bytes are stored as they are.", (o, v) => o.Compression.Threshold = v),
        Value<int>(Compression + "ZstdLevel", "3", "1 to 19", "How hard Zstandard tries: more is smaller, slower to write and as fast to read.", (o, v) => o.Compression.ZstdLevel = v),
        Value<bool>(Compression + "Dictionaries", "true", "true or false", "Whether Zstandard learns dictionaries from the stored episodes and writes with them.", (o, v) => o.Compression.Dictionaries = v),
        Value<bool>(Cache + "Enabled", "true", "true or false", "Whether reads come from a cache in this process's memory first.", (o, v) => o.Cache.Enabled = v),
        Value<int>(Cache + "MaxEntries", "100000", "1 to 100000000", "The most entries of the cache.", (o, v) => o.Cache.MaxEntries = v),
        Value<long>(CacheMaxBytes, "67108864", "65536 to 1099511627776", "The most bytes that the cache takes. `afterwit mcp`, of which a machine may run many, takes 16777216 where nothing is set.", (o, v) => o.Cache.MaxBytes = v),
        Value<long>(Cache + "MinBytes", "4194304", "65536 to 1099511627776, of which no more than Storage:Cache:MaxBytes count", "As few bytes the self-tuning may leave the cache.", (o, v) => o.Cache.MinBytes = v),
        Value<TimeSpan>(Cache + "BaseLifetime", "00:05:00", "Storage:Cache:MinLifetime to Storage:Cache:MaxLifetime", "How long a new entry lives without being used; its life grows with use.", (o, v) => o.Cache.BaseLifetime = v),
        Value<TimeSpan>(Cache + "MinLifetime", "00:01:00", "00:00:01 to Storage:Cache:MaxLifetime", "The shortest life of an entry that is not used.", (o, v) => o.Cache.MinLifetime = v),
        Value<TimeSpan>(Cache + "MaxLifetime", "01:00:00", "00:00:01 to 7.00:00:00", "The age at which an entry is loaded again, however much it is used.", (o, v) => o.Cache.MaxLifetime = v),
        Value<TimeSpan>(Cache + "AbsentLifetime", "00:00:05", "00:00:00 (not at all) to Storage:Cache:MaxLifetime", "How long it is remembered that something is not there.", (o, v) => o.Cache.AbsentLifetime = v),
        Value<TimeSpan>(Cache + "QueryLifetime", "00:01:00", "00:00:01 to Storage:Cache:MaxLifetime", "How long the result of a query is kept while nothing it reads is written.", (o, v) => o.Cache.QueryLifetime = v),
        Value<TimeSpan>(Cache + "CheckInterval", "00:00:01", "00:00:00 (before every answer) to 01:00:00", "How long what another process wrote may go unseen.", (o, v) => o.Cache.CheckInterval = v),
        Value<bool>(Cache + "WarmStart", "true", "true or false", "Whether a process that lives long begins with what the last one used most.", (o, v) => o.Cache.WarmStart = v),
        Value<bool>(Tuning + "Enabled", "true", "true or false", "Whether the size of the cache, the codec, the size of batches and the bounds of pools move with the load.", (o, v) => o.Tuning.Enabled = v),
        Value<TimeSpan>(Tuning + "Period", "00:00:05", "00:00:00.1 to 01:00:00", "How long it looks before it decides.", (o, v) => o.Tuning.Period = v),
        Value<int>(Tuning + "MinBatchItems", "64", "1 to Storage:Tuning:MaxBatchItems", "The fewest items that a batch which may be split puts into one transaction.", (o, v) => o.Tuning.MinBatchItems = v),
        Value<int>(Tuning + "MaxBatchItems", "8192", "1 to 1000000, and not below Storage:Tuning:MinBatchItems", "The most of them.", (o, v) => o.Tuning.MaxBatchItems = v),
        Word<EmbeddingFormat>("Storage:EmbeddingFormat", "Int8", "Float32, Float16 or Int8", "How the numbers of embeddings are written. Shorter ones are found nearly as well; `afterwit bench embeddings` measures the loss.", (o, v) => o.EmbeddingFormat = v),
        Value<bool>("Metrics:Publish", "true", "true or false", "Whether `afterwit stats --watch` of the same user may see what a process does with the memory: counts and times, nothing of what is stored.", (o, v) => o.Metrics.Publish = v),
        Text(AuthToken, "a token (JWT)", "What the server knows us by. Better in the environment than on the command line, which other users of the machine can read.", (o, v) => o.Server.AuthToken = v) with { IsSecret = true },
        Text(Server + "Replicas", "URLs, separated by commas or blanks", "Read replicas of the server: reads go to them, and never see less than this process has written or read.", ReadReplicas),
        Text(Server + "Tenant", "1 to 64 of A-Z, a-z, 0-9, _ and -", "The database on a server that has several: its namespace.", (o, v) => o.Server.Namespace = v is null || LibSqlAdmin.IsName(v) ? v : throw new FormatException()),
        Value<TimeSpan>(Server + "Timeout", "00:00:30", "00:00:00.01 to 01:00:00", "How long a call may take in all, with waiting and every retry.", (o, v) => o.Server.Timeout = v),
        Value<TimeSpan>(Server + "ConnectTimeout", "00:00:05", "00:00:00.01 to 00:05:00", "How long making a connection may take.", (o, v) => o.Server.ConnectTimeout = v),
        Value<int>(Server + "MinStreams", "2", "1 to Server:MaxStreams", "The fewest streams that are kept open once they were used.", (o, v) => o.Server.MinStreams = v),
        Value<int>(Server + "MaxStreams", "10", "1 to 128, and not below Server:MinStreams", "The most streams that are open at the same time, each a connection of SQLite on the server.", (o, v) => o.Server.MaxStreams = v),
        Value<int>(Server + "StreamLimit", "128", "1 to 100000", "How many streams the server allows to all of its clients together.", (o, v) => o.Server.ServerStreamLimit = v),
        Value<int>(Server + "Clients", "8", "1 to 10000", "How many processes share that limit; this one takes no more than its part.", (o, v) => o.Server.ServerClients = v),
        Value<TimeSpan>(Server + "KeepAlive", "00:00:30", "00:00:00.1 to 1.00:00:00", "How often an idle stream is asked whether it is alive.", (o, v) => o.Server.KeepAlive = v),
        Value<TimeSpan>(Server + "ReplicaWait", "00:00:00.15", "00:00:00.001 to 00:01:00", "How long a replica may take to catch up before the primary answers in its place.", (o, v) => o.Server.ReplicaWait = v),
        Value<bool>(Server + "PredictiveSize", "true", "true or false", "Whether the number of streams follows the time of the day and of the week as well as the load.", (o, v) => o.Server.PredictiveSize = v),
        new(Server + "LoadProfileFolder", "", "a folder", "Where what was learned of the load outlives the process. Without it, it is learned anew.", (o, v) => o.Server.LoadProfileFolder = v.Length == 0 ? null : v),
        Word<HttpEncoding>(Server + "HttpEncoding", "Protobuf", "Protobuf or Json", "How messages are written over HTTP. Json is for proxies that know nothing else.", (o, v) => o.Server.HttpEncoding = v),
        Text(AdminUrl, "http:// or https:// and a host", "The server's admin API, for `afterwit tenant`.", static (_, _) => { }),
        Text(AdminToken, "the server's --admin-auth-key", "What the admin API knows us by.", static (_, _) => { }) with { IsSecret = true },
        Within(ServePort, "7700", 0, 65535, "The port of `afterwit serve`; 0 takes any that is free. In short --port."),
        new(ServeHost, "127.0.0.1", "an IP address, or localhost", "The address that `afterwit serve` listens on; any but a loopback address needs a token. In short --host.", static (_, v) => CheckAddress(v)),
        Text(ServeToken, "16 or more visible ASCII characters", "What `afterwit serve` asks of every request. In short --token; better in the environment than on the command line, which other users of the machine can read.", static (_, _) => { }) with { IsSecret = true },
        Text(ServeAllowedHosts, "names, separated by commas or blanks", "More names under which `afterwit serve` is reached, such as that of a proxy.", static (_, _) => { }),
        Within(ServeMaxRequestBytes, "10485760", 1024, 1 << 30, "The most bytes of the body of a request to `afterwit serve`."),
        Value<TimeSpan>(ServeP99Target, "00:00:00.1", "00:00:00.001 to 01:00:00", "The page of `afterwit serve` raises an alert when one operation in a hundred takes longer.", static (_, v) => Check(v >= TimeSpan.FromMilliseconds(1) && v <= TimeSpan.FromHours(1))),
        Within(ServeMaxReplicaLag, "1000", 1, long.MaxValue, "The page of `afterwit serve` raises an alert when a replica is by so many entries of the primary's log behind."),
    ];

    /// <summary>Whether the value is never printed.</summary>
    public bool IsSecret { get; private init; }

    /// <summary>The name in the environment: <c>AFTERWIT_STORAGE__MAXREADERS</c>.</summary>
    public string EnvironmentName => "AFTERWIT_" + Name.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>The name on the command line: <c>--storage-max-readers</c>.</summary>
    public string OptionName => Name == Database ? "--db" : "--" + string.Concat(Name.Select((c, i) => c == ':' ? "-" : char.IsUpper(c) && i > 0 && Name[i - 1] != ':' ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="ArgumentException">One is broken; the message begins with the setting's name.</exception>
    public static void Validate(StorageOptions options)
    {
        options.Sqlite.Validate();
        options.Compression.Validate();
        options.Cache.Validate();
        options.Tuning.Validate();
        try
        {
            options.Server.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException(Server + (e.Message.StartsWith("Server", StringComparison.Ordinal) ? e.Message["Server".Length..] : e.Message), e);
        }
    }

    /// <summary>What the database's setting stands for.</summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    /// <exception cref="DatabaseException">It is of a kind that cannot be opened.</exception>
    public static string DatabaseOf(string database)
    {
        if (database is SqliteDatabase.InMemory || LibSqlDatabase.IsServer(database))
            return database;
        return string.IsNullOrWhiteSpace(database) ? throw new ArgumentException("Db is empty; allowed: a path, :memory:, or the URL of a server.") : Path.GetFullPath(SqliteDatabase.PathOf(database));
    }

    private static Setting Value<T>(string name, string fallback, string allowed, string description, Action<StorageOptions, T> set)
        where T : IParsable<T> => new(name, fallback, allowed, description, (o, text) => set(o, T.Parse(text, CultureInfo.InvariantCulture)));

    private static Setting Within(string name, string fallback, long min, long max, string description) =>
        Value<long>(name, fallback, $"{min} to {max}", description, (_, v) => Check(v >= min && v <= max));

    private static void CheckAddress(string text) => Check(text == "localhost" || IPAddress.TryParse(text.Trim('[', ']'), out _));

    private static void Check(bool allowed)
    {
        if (!allowed)
            throw new FormatException();
    }

    private static Setting Word<T>(string name, string fallback, string allowed, string description, Action<StorageOptions, T> set)
        where T : struct, Enum =>
        new(name, fallback, allowed, description, (o, text) => set(o, Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value : throw new FormatException()));

    private static Setting Text(string name, string allowed, string description, Action<StorageOptions, string?> set) =>
        new(name, "", allowed, description, (o, text) => set(o, text.Trim() is { Length: > 0 } value ? value : null));

    private static void ReadReplicas(StorageOptions options, string? urls)
    {
        options.Server.Replicas.Clear();
        foreach (var url in urls?.Split([',', ' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries) ?? [])
            options.Server.Replicas.Add(url);
    }
}
