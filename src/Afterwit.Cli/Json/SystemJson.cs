using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Afterwit.LibSql;
using Afterwit.Storage;

namespace Afterwit.Cli;

/// <summary>The JSON of `stats`, `tenant`, `config`, `mcp install` and `hook --install`.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatsJson))]
[JsonSerializable(typeof(WatchJson))]
[JsonSerializable(typeof(LibSqlStatistics))]
[JsonSerializable(typeof(DbCompressJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(TenantJson))]
[JsonSerializable(typeof(ConfigJson))]
[JsonSerializable(typeof(ConfigWrittenJson))]
[JsonSerializable(typeof(ConfigCheckJson))]
[JsonSerializable(typeof(InstalledJson))]
internal sealed partial class SystemJsonContext : JsonSerializerContext;

/// <summary>What `stats` prints.</summary>
/// <remarks><c>cache</c> is null when it is off. On a server, <c>server</c> has the counters of its client. Null on a file.</remarks>
internal sealed record StatsJson(
    long Episodes, long Running, long Steps, long Patterns, long ActivePatterns, long Receipts, long Feedback, long Relationships, long FileBytes, string Database, string Engine,
    ConnectionsJson Connections, StatementsJson Statements, WriterJson Writer, IReadOnlyList<CompressionJson> Compression, CacheStatistics? Cache, JsonObject? Server);

/// <summary>What `stats --watch` prints each time.</summary>
/// <remarks><c>held</c> is what the memory holds when no process works on it, else null.</remarks>
internal sealed record WatchJson(DateTimeOffset At, string Database, IReadOnlyList<MemoryReport> Processes, StoreStatistics? Held);

/// <summary>What the connections did since the database was opened.</summary>
internal sealed record ConnectionsJson(long Opened, long Reused, long Waits);

/// <summary>What the statement cache did.</summary>
internal sealed record StatementsJson(long Hits, long Misses, double PrepareMs);

/// <summary>What the writer did.</summary>
internal sealed record WriterJson(long Commits, long Writes, long LargestGroup);

/// <summary>How the payloads of one kind are stored; the times are those of this very command.</summary>
internal sealed record CompressionJson(string Kind, long Payloads, long RawBytes, long StoredBytes, double Ratio, string Codec, string? Reason, long Dictionaries, long DictionaryBytes, long FailedTrainings, double EncodeMs, double DecodeMs)
{
    public static CompressionJson Of(CompressionStatistics c) => new(
        Names.Of(c.Kind), c.Payloads, c.RawBytes, c.StoredBytes, c.StoredBytes == 0 ? 1 : Math.Round((double)c.RawBytes / c.StoredBytes, 2), Names.Of(c.Codec), c.Reason, c.Dictionaries, c.DictionaryBytes, c.FailedTrainings,
        Math.Round(c.EncodeTime.TotalMilliseconds, 3), Math.Round(c.DecodeTime.TotalMilliseconds, 3));
}

/// <summary>What `db compress` prints.</summary>
internal sealed record DbCompressJson(
    bool DryRun, string Codec, long Packed, long Recompressed, long Skipped, long Unreadable, long BytesBefore, long BytesAfter, long FileBytesBefore, long FileBytesAfter, double Seconds);

/// <summary>What `tenant` prints.</summary>
internal sealed record TenantJson(string Tenant);

/// <summary>What `config show` prints.</summary>
internal sealed record ConfigJson(string? File, IReadOnlyList<SettingJson> Settings, IReadOnlyList<string> Unknown);

/// <summary>A setting in effect.</summary>
internal sealed record SettingJson(string Name, string Value, string Source, string Default, string Allowed, string Description, string Environment, string Option);

/// <summary>What `config init` prints.</summary>
internal sealed record ConfigWrittenJson(string File);

/// <summary>What `config check` prints.</summary>
internal sealed record ConfigCheckJson(bool Ok, string? File, IReadOnlyList<ConfigProblemJson> Problems);

/// <summary>One thing that is wrong with the settings.</summary>
internal sealed record ConfigProblemJson(string Name, string Source, string Problem);

/// <summary>What `mcp install` and `hook claude-code --install` print.</summary>
/// <remarks><c>backup</c> is null when there was no file before, or nothing changed.</remarks>
internal sealed record InstalledJson(string File, bool Changed, string? Backup);
