namespace Afterwit.LibSql.Protocol;

/// <summary>What every answer over HTTP begins with.</summary>
/// <param name="Baton">Names the stream in its next request, and only there. Null when the server has closed it.</param>
/// <param name="BaseUrl">Where the next request of the stream has to go. Null when it stays where it was.</param>
internal readonly record struct StreamHead(string? Baton, string? BaseUrl);

/// <summary>
/// The messages of Hrana over HTTP: a pipeline of requests with one answer for all of them, and a cursor whose answer is a row of messages that come one by one.
/// Whatever the bytes of an answer are, reading them gives a value or throws <see cref="HranaProtocolException"/>.
/// </summary>
internal abstract class PipelineMessages
{
    /// <summary>The first part of the path, which names version and encoding.</summary>
    public abstract string Version { get; }

    public abstract string MediaType { get; }

    public static PipelineMessages For(HttpEncoding encoding) => encoding == HttpEncoding.Json ? JsonPipeline.Instance : ProtobufPipeline.Instance;

    /// <summary>What the body of an answer that is a refusal says: whatever was asked for, some are protobuf and others JSON or text. All have a first byte that no other one has.</summary>
    /// <returns>Null when it is plain text.</returns>
    public static ServerError? TryReadFailure(ReadOnlySpan<byte> body)
    {
        try
        {
            return body is [0x0A, ..] ? ProtobufResponses.ReadError(body) : JsonResponses.ReadFailure(body);
        }
        catch (HranaProtocolException)
        {
            return null;
        }
    }

    public abstract void WritePipeline(PooledBuffer buffer, string? baton, ReadOnlySpan<HranaRequest> requests);

    /// <summary>Fills in the answer to each of the requests.</summary>
    public abstract StreamHead ReadPipeline(ReadOnlySpan<byte> message, ReadOnlySpan<HranaRequest> requests, Span<HranaResponse> responses);

    public abstract void WriteCursor(PooledBuffer buffer, string? baton, in HranaRequest batch);

    /// <summary>Takes the next message off the answer of a cursor.</summary>
    /// <returns>How many bytes it takes with its frame; 0 when it is not complete.</returns>
    public abstract int TakeMessage(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> message);

    /// <summary>The first message of a cursor.</summary>
    public abstract StreamHead ReadHead(ReadOnlySpan<byte> message);

    /// <summary>Every other message of a cursor.</summary>
    public abstract CursorEntry ReadEntry(ReadOnlySpan<byte> message);
}
