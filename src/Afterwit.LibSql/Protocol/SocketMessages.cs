namespace Afterwit.LibSql.Protocol;

/// <summary>What a message of the server's over a WebSocket is.</summary>
internal enum SocketMessageKind
{
    HelloOk = 1,
    HelloError = 2,
    ResponseOk = 3,
    ResponseError = 4,
}

/// <summary>A message of the server's, taken out of its envelope.</summary>
internal readonly ref struct SocketMessage(SocketMessageKind kind, int requestId, int answers, ReadOnlySpan<byte> body)
{
    public SocketMessageKind Kind => kind;

    /// <summary>The request it answers. Answers come in any order.</summary>
    public int RequestId => requestId;

    /// <summary>The kind of request it answers, as the server sees it; 0 for an error.</summary>
    public RequestKind Answers => (RequestKind)answers;

    public ReadOnlySpan<byte> Body { get; } = body;
}

/// <summary>The envelopes of Hrana over a WebSocket (subprotocol <c>hrana3-protobuf</c>): one message of the socket each.</summary>
internal static class SocketMessages
{
    public const string Subprotocol = "hrana3-protobuf";

    /// <summary>The first message on a socket, and the one that brings a new token.</summary>
    public static void WriteHello(PooledBuffer buffer, string? token)
    {
        var hello = buffer.Begin(1);
        if (token is not null)
            buffer.WriteString(1, token);
        buffer.End(hello);
    }

    /// <summary>A request on a stream.</summary>
    public static void WriteRequest(PooledBuffer buffer, int requestId, int streamId, in HranaRequest request)
    {
        var message = buffer.Begin(2, request.Length);
        buffer.WriteInt32(1, requestId);
        var body = buffer.Begin((int)request.Kind, request.Length);
        switch (request.Kind)
        {
            // These belong to the socket, not to one of its streams.
            case RequestKind.StoreSql:
                buffer.WriteInt32(1, request.Id);
                buffer.WriteBytes(2, request.Statement.Prepared.Utf8);
                break;
            case RequestKind.CloseSql:
            case RequestKind.CloseCursor:
                buffer.WriteInt32(1, request.Id);
                break;
            case RequestKind.FetchCursor:
                buffer.WriteInt32(1, request.Id);
                buffer.WriteUInt64(2, (uint)request.MaxCount);
                break;
            default:
                buffer.WriteInt32(1, streamId);
                ProtobufRequests.WriteFields(buffer, request, 2);
                break;
        }

        buffer.End(body);
        buffer.End(message);
    }

    /// <summary>Opens the envelope of a message.</summary>
    public static SocketMessage Read(ReadOnlySpan<byte> message)
    {
        var outer = new ProtobufReader(message);
        if (!outer.Next() || outer.Field > (int)SocketMessageKind.ResponseError)
            throw new HranaProtocolException("The server sent a message of an unknown kind.");
        var kind = (SocketMessageKind)outer.Field;
        var content = outer.ReadBytes();
        if (kind == SocketMessageKind.HelloOk)
            return new(kind, 0, 0, default);
        if (kind == SocketMessageKind.HelloError)
            return new(kind, 0, 0, Field(content, 1));

        var (requestId, field) = (0, 0);
        ReadOnlySpan<byte> body = default;
        var reader = new ProtobufReader(content);
        while (reader.Next())
        {
            if (reader.Field == 1)
                requestId = reader.ReadInt32();
            else
            {
                field = reader.Field;
                body = reader.ReadBytes();
            }
        }

        return new(kind, requestId, kind == SocketMessageKind.ResponseOk ? field : 0, body);
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> content, int field)
    {
        var reader = new ProtobufReader(content);
        while (reader.Next())
        {
            if (reader.Field == field)
                return reader.ReadBytes();
            reader.Skip();
        }

        return default;
    }
}
