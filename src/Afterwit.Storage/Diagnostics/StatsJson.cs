using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Afterwit.Storage;

/// <summary>The JSON of what a database holds and how it is doing: the same on the command line and over HTTP.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatsJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(LibSqlStatistics))]
internal sealed partial class StorageJson : JsonSerializerContext;

/// <summary>What `stats` prints.</summary>
/// <remarks><c>cache</c> is null when it is off. On a server, <c>server</c> has the counters of its client. Null on a file.</remarks>
internal sealed record StatsJson(
    long Episodes, long Running, long Steps, long Patterns, long ActivePatterns, long Receipts, long Feedback, long Relationships, long FileBytes, string Database, string Engine,
    ConnectionsJson Connections, StatementsJson Statements, WriterJson Writer, IReadOnlyList<CompressionJson> Compression, CacheStatistics? Cache, JsonObject? Server)
{
    /// <summary>What an open memory holds, and what this process did with it since it opened it.</summary>
    public static async Task<StatsJson> ReadAsync(AgentMemory memory, CancellationToken cancellationToken)
    {
        var held = await memory.Store.GetStatisticsAsync(cancellationToken).ConfigureAwait(false);
        var compression = CompressionJson.Of(await MemoryParts.StoreOf(memory).GetCompressionAsync(cancellationToken).ConfigureAwait(false));
        var database = MemoryParts.DatabaseOf(memory);
        var done = database.Statistics;
        return new(
            held.Episodes, held.Running, held.Steps, held.Patterns, held.ActivePatterns, held.Receipts, held.Feedback, held.Relationships, held.FileBytes, database.Name, MemoryParts.EngineOf(database),
            new(done.ConnectionsOpened, done.ConnectionsReused, done.ConnectionWaits), new(done.StatementHits, done.StatementMisses, Math.Round(done.PrepareTime.TotalMilliseconds, 3)),
            new(done.Commits, done.Writes, done.LargestGroup), [compression], MemoryParts.CacheOf(memory)?.Statistics, database is LibSqlDatabase server ? ServerJson(server.Client) : null);
    }

    private static JsonObject ServerJson(LibSqlClient client)
    {
        var server = JsonSerializer.SerializeToNode(client.Statistics, StorageJson.Default.LibSqlStatistics)!.AsObject();
        var pool = client.Servers.Primary.Pool;
        (server["tenant"], server["pool_size"], server["pool_reason"]) = (client.Namespace, pool.Size, pool.LastReason);
        return server;
    }
}


/// <summary>What the connections did since the database was opened.</summary>
internal sealed record ConnectionsJson(long Opened, long Reused, long Waits);

/// <summary>What the statement cache did.</summary>
internal sealed record StatementsJson(long Hits, long Misses, double PrepareMs);

/// <summary>What the writer did.</summary>
internal sealed record WriterJson(long Commits, long Writes, long LargestGroup);

/// <summary>How the payloads of one kind are stored; the times are those of this process.</summary>
internal sealed record CompressionJson(string Kind, long Payloads, long RawBytes, long StoredBytes, double Ratio, string Codec, string? Reason, long Dictionaries, long DictionaryBytes, long FailedTrainings, double EncodeMs, double DecodeMs)
{
    public static CompressionJson Of(CompressionStatistics c) => new(
        JsonNamingPolicy.KebabCaseLower.ConvertName(c.Kind.ToString()), c.Payloads, c.RawBytes, c.StoredBytes, c.StoredBytes == 0 ? 1 : Math.Round((double)c.RawBytes / c.StoredBytes, 2), JsonNamingPolicy.KebabCaseLower.ConvertName(c.Codec.ToString()), c.Reason, c.Dictionaries, c.DictionaryBytes, c.FailedTrainings,
        Math.Round(c.EncodeTime.TotalMilliseconds, 3), Math.Round(c.DecodeTime.TotalMilliseconds, 3));
}
