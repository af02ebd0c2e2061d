using System.Net.WebSockets;
using Afterwit.LibSql;
using Afterwit.LibSql.Protocol;

namespace Afterwit.Cli.Benchmarks;

/// <summary>The baseline of a client: one stream on an open WebSocket, and messages whose bytes are ready. No pool, no decoding, no deadline.</summary>
internal sealed class BareSocket : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _answer = new byte[1 << 20];

    public static async Task<BareSocket> OpenAsync(Uri server, CancellationToken cancellationToken)
    {
        var bare = new BareSocket();
        bare._socket.Options.AddSubProtocol(SocketMessages.Subprotocol);
        bare._socket.Options.KeepAliveInterval = TimeSpan.Zero;
        await bare._socket.ConnectAsync(server, cancellationToken);
        using var hello = new PooledBuffer();
        SocketMessages.WriteHello(hello, null);
        await bare.CallAsync(hello.WrittenMemory, cancellationToken);
        await bare.CallAsync(Encode(new HranaRequest(RequestKind.OpenStream)), cancellationToken);
        return bare;
    }

    /// <summary>The bytes of a statement.</summary>
    public static ReadOnlyMemory<byte> Encode(Statement statement) => Encode(HranaRequest.Execute(new(new(statement.Sql), statement.Arguments)));

    /// <summary>Sends a message and receives its answer, which has to be one of success.</summary>
    public async Task CallAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        var length = 0;
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(_answer.AsMemory(length), cancellationToken);
            length += part.Count;
        }
        while (!part.EndOfMessage);
        // The first byte is the tag of the one field that a message has: 1 is an accepted hello, 3 a success.
        if (length == 0 || _answer[0] >> 3 is not (1 or 3))
            throw new InvalidDataException("The server refused the statement of the bare loop.");
    }

    public void Dispose() => _socket.Dispose();

    private static ReadOnlyMemory<byte> Encode(HranaRequest request)
    {
        using var buffer = new PooledBuffer();
        SocketMessages.WriteRequest(buffer, requestId: 1, streamId: 1, request);
        return buffer.WrittenMemory.ToArray();
    }
}
