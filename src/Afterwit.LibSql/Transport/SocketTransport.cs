using System.Net;
using System.Net.WebSockets;
using System.Text;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>A few WebSockets to one server, with a few streams on each.</summary>
internal sealed class SocketTransport(ServerAddress address, LibSqlOptions options, LibSqlStatistics statistics, TimeProvider time) : ITransport
{
    private readonly List<SocketConnection> _connections = [];
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseCookies = false, PooledConnectionLifetime = Timeout.InfiniteTimeSpan });
    private bool _disposed;

    public TimeSpan? IdleLimit => null;

    public async ValueTask<HranaStream> OpenAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        if (Reserve() is { } free)
            return new SocketStream(free, time);

        using var limit = deadline.AtMost(options.ConnectTimeout).Link(cancellationToken);
        try
        {
            await _connecting.WaitAsync(limit.Token).ConfigureAwait(false);
            try
            {
                // Another caller may have made one with room for us meanwhile.
                return new SocketStream(Reserve() ?? await ConnectAsync(limit.Token).ConfigureAwait(false), time);
            }
            finally
            {
                _connecting.Release();
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LibSqlConnectionException($"{address.Name} cannot be reached: no connection within {options.ConnectTimeout.TotalSeconds:0.###} s. Check the URL, the server and the network, or raise ConnectTimeout.", e);
        }
    }

    /// <summary>Gives the place of a stream on its socket back, and leaves a socket that nobody needs.</summary>
    public void Released(HranaStream stream)
    {
        var connection = ((SocketStream)stream).Connection;
        lock (_connections)
        {
            connection.Streams--;
            if (connection is { IsAlive: true, Streams: > 0 } || !_connections.Remove(connection))
                return;
        }

        connection.DisposeAsync().AsTask().Forget();
    }

    public async ValueTask DisposeAsync()
    {
        SocketConnection[] open;
        lock (_connections)
        {
            _disposed = true;
            open = [.. _connections];
            _connections.Clear();
        }

        foreach (var connection in open)
            await connection.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
        _connecting.Dispose();
    }

    private SocketConnection? Reserve()
    {
        lock (_connections)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(LibSqlClient));
            var free = _connections.Find(c => c.IsAlive && c.Streams < options.StreamsPerSocket);
            if (free is not null)
                free.Streams++;
            return free;
        }
    }

    private async Task<SocketConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(SocketMessages.Subprotocol);
        socket.Options.KeepAliveInterval = TimeSpan.Zero; // idle streams are asked through the protocol, which tells more than a ping of the socket
        socket.Options.CollectHttpResponseDetails = true;
        if (options.Namespace is { } name)
            socket.Options.SetRequestHeader("x-namespace-bin", Convert.ToBase64String(Encoding.UTF8.GetBytes(name)).TrimEnd('='));
        try
        {
            await socket.ConnectAsync(address.Uri, _http, cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketException e)
        {
            var status = socket.HttpStatusCode;
            socket.Dispose();
            throw status switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Authentication.Refused(address, new($"status {(int)status}", null)),
                HttpStatusCode.NotFound => new LibSqlException($"{address.Name} has no {(options.Namespace is { } missing ? $"namespace '{missing}'" : "libSQL server")} here: status 404. Check the URL and the namespace.", e),
                _ => new LibSqlConnectionException($"{address.Name} cannot be reached: {(e.InnerException ?? e).Message} Check the URL, the server and the network.", e),
            };
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new SocketConnection(socket, address, options.AuthToken ?? address.Token, statistics, time) { Streams = 1 };
        statistics.Add(Counter.SocketsOpened);
        lock (_connections)
            _connections.Add(connection);
        return connection;
    }
}
