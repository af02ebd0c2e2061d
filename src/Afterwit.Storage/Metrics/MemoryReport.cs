using System.Text.Json.Serialization;

namespace Afterwit.Storage;

/// <summary>The JSON of reports.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(MemoryReport))]
internal sealed partial class MetricsJson : JsonSerializerContext;

/// <summary>What one process did with a memory since it opened it. Counts, times and names of the program's own: nothing of what is stored.</summary>
internal sealed record MemoryReport(
    int Pid, string Process, DateTimeOffset StartedAt, double UptimeS, string Database, string System, IReadOnlyList<OperationReport> Operations, IReadOnlyList<OperationReport> Calls,
    long RoundTrips, long Rows, IReadOnlyList<CacheReport> Cache, StatementReport Statements, PoolReport Pool, WriterReport Writer, IReadOnlyList<CompressionReport> Compression,
    SerializationReport Serialization, long EpisodesLearned, IReadOnlyList<ErrorReport> Errors, NetworkReport? Network, TuningReport? Tuning,
    IReadOnlyList<ReplicaReport>? Replicas = null);

/// <summary>An operation of the store, or a call of the database. Rates are moving averages over 10 s and a minute; percentiles are within 1/32.</summary>
internal sealed record OperationReport(string Operation, string? Query, long Count, long Errors, double PerS10s, double PerS1m, double P50Us, double P95Us, double P99Us, double MaxUs);

/// <summary>What the cache did with one kind of entries.</summary>
internal sealed record CacheReport(string Kind, long Hits, long Misses, long Loads, long Evictions)
{
    /// <summary>Hits of all lookups, 0 to 1.</summary>
    public double HitRate => Hits + Misses == 0 ? 0 : (double)Hits / (Hits + Misses);
}

/// <summary>What the statement cache did.</summary>
internal sealed record StatementReport(long Hits, long Misses);

/// <summary>The connections, and what the sizer decided.</summary>
internal sealed record PoolReport(int Open, int InUse, int Size, int Max, int Waiting, long Opened, long Reused, long Waits, double WaitMs, double CreateMs, long Resizes, string? Reason);

/// <summary>Commits, the writes in them, and how many shared one.</summary>
internal sealed record WriterReport(long Commits, long Writes, long GroupP50, long GroupP95, long GroupMax);

/// <summary>What a codec did with one kind of payloads.</summary>
internal sealed record CompressionReport(string Kind, string Codec, long Encoded, long RawBytes, long StoredBytes, double EncodeMs, long Decoded, double DecodeMs)
{
    /// <summary>The same as the codec counts it.</summary>
    public static CompressionReport Of(PayloadCounts c) => new(
        c.Kind.ToString().ToLowerInvariant(), c.Codec.ToString().ToLowerInvariant(), c.Payloads, c.RawBytes, c.StoredBytes, c.EncodeTime.TotalMilliseconds, c.Decoded, c.DecodeTime.TotalMilliseconds);

    /// <summary>Bytes before over bytes after.</summary>
    public double Ratio => StoredBytes == 0 ? 0 : (double)RawBytes / StoredBytes;
}

/// <summary>Values that became text and that were read from it, by the whole process.</summary>
internal sealed record SerializationReport(long Written, double WriteMs, long Read, double ReadMs);

/// <summary>How often an operation ended in a type of exception.</summary>
internal sealed record ErrorReport(string Operation, string Type, long Count);

/// <summary>The traffic with a server.</summary>
internal sealed record NetworkReport(long BytesSent, long BytesReceived, long Retries, long BusyRetries);

/// <summary>A replica as this process knows it: by how many entries of the primary's log its last answer was behind what this process has seen, and whether it answers.</summary>
internal sealed record ReplicaReport(string Server, long Behind, bool Answers);
