using System.Text.Json.Serialization;
using Afterwit.Dashboard;
using Afterwit.Storage;

namespace Afterwit.Cli;

/// <summary>The JSON of `stats --watch`, `tenant`, `config`, `mcp install` and `hook --install`.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WatchJson))]
[JsonSerializable(typeof(DbCompressJson))]
[JsonSerializable(typeof(TenantJson))]
[JsonSerializable(typeof(ConfigJson))]
[JsonSerializable(typeof(ConfigWrittenJson))]
[JsonSerializable(typeof(ConfigCheckJson))]
[JsonSerializable(typeof(InstalledJson))]
internal sealed partial class SystemJsonContext : JsonSerializerContext;

/// <summary>What `stats --watch` prints each time.</summary>
/// <remarks><c>held</c> is what the memory holds when no process works on it, else null.</remarks>
internal sealed record WatchJson(DateTimeOffset At, string Database, IReadOnlyList<MemoryReport> Processes, StoreStatistics? Held);

/// <summary>What `db compress` prints.</summary>
internal sealed record DbCompressJson(
    bool DryRun, string Codec, long Packed, long Recompressed, long Skipped, long Unreadable, long BytesBefore, long BytesAfter, long FileBytesBefore, long FileBytesAfter, double Seconds);

/// <summary>What `tenant` prints.</summary>
internal sealed record TenantJson(string Tenant);

/// <summary>What `config show` prints.</summary>
internal sealed record ConfigJson(string? File, IReadOnlyList<SettingJson> Settings, IReadOnlyList<string> Unknown);

/// <summary>What `config init` prints.</summary>
internal sealed record ConfigWrittenJson(string File);

/// <summary>What `config check` prints.</summary>
internal sealed record ConfigCheckJson(bool Ok, string? File, IReadOnlyList<ConfigProblemJson> Problems);

/// <summary>One thing that is wrong with the settings.</summary>
internal sealed record ConfigProblemJson(string Name, string Source, string Problem);

/// <summary>What `mcp install` and `hook claude-code --install` print.</summary>
/// <remarks><c>backup</c> is null when there was no file before, or nothing changed.</remarks>
internal sealed record InstalledJson(string File, bool Changed, string? Backup);
