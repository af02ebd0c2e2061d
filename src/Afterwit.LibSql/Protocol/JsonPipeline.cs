namespace Afterwit.LibSql.Protocol;

/// <summary>Hrana over HTTP as JSON: for servers and proxies that know nothing else. What is simple matters more here than what is fast.</summary>
internal sealed class JsonPipeline : PipelineMessages
{
    public static JsonPipeline Instance { get; } = new();

    public override string Version => "v3";

    public override string MediaType => "application/json";

    public override void WritePipeline(PooledBuffer buffer, string? baton, ReadOnlySpan<HranaRequest> requests) => JsonRequests.WritePipeline(buffer, baton, requests);

    public override StreamHead ReadPipeline(ReadOnlySpan<byte> message, ReadOnlySpan<HranaRequest> requests, Span<HranaResponse> responses) =>
        JsonResponses.ReadPipeline(message, requests, responses);

    public override void WriteCursor(PooledBuffer buffer, string? baton, in HranaRequest batch) => JsonRequests.WriteCursor(buffer, baton, batch);

    /// <summary>A message is a line.</summary>
    public override int TakeMessage(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> message)
    {
        var end = bytes.IndexOf((byte)'\n');
        message = end < 0 ? default : bytes[..end];
        return end + 1;
    }

    public override StreamHead ReadHead(ReadOnlySpan<byte> message) => JsonResponses.ReadHead(message);

    public override CursorEntry ReadEntry(ReadOnlySpan<byte> message) => JsonResponses.ReadEntry(message);

    /// <summary>The name of a request, which its answer has too.</summary>
    internal static string Name(RequestKind kind) => kind switch
    {
        RequestKind.CloseStream => "close",
        RequestKind.Execute => "execute",
        RequestKind.Batch => "batch",
        RequestKind.Sequence => "sequence",
        RequestKind.Describe => "describe",
        RequestKind.StoreSql => "store_sql",
        RequestKind.CloseSql => "close_sql",
        RequestKind.GetAutocommit => "get_autocommit",
        _ => throw new InvalidOperationException($"{kind} is not a request of a pipeline."),
    };
}
