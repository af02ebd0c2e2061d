using System.Net;
using System.Net.WebSockets;
using System.Text;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>A few WebSockets to one server, with a few streams on each.</summary>
internal sealed class SocketTransport(ServerAddress address, LibSqlOptions options, LibSqlStatistics statistics, TimeProvider time) : ITransport
{
    private readonly List<SocketConnection> _connections = [];
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseCookies = false, PooledConnectionLifetime = Timeout.InfiniteTimeSpan });
    private readonly CancellationTokenSource _stop = new();
    private Task<SocketConnection>? _connecting;
    private bool _disposed;

    public TimeSpan? IdleLimit => null;

    public async ValueTask<HranaStream> OpenAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<SocketConnection> connecting;
            lock (_connections)
            {
                ObjectDisposedException.ThrowIf(_disposed, typeof(LibSqlClient));
                if (_connections.Find(c => c is { IsAlive: true, IsInDoubt: false } && c.Streams < options.StreamsPerSocket) is { } free)
                {
                    free.Streams++;
                    return new SocketStream(free, time);
                }

                // One attempt at a time, for all who wait: its failure is the failure of all, and who gives up does not end it for the others.
                if (_connecting is not { IsCompleted: false })
                    _connecting = Task.Run(ConnectAsync);
                connecting = _connecting;
            }

            try
            {
                await connecting.WaitAsync(deadline.Remaining, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException e)
            {
                throw new LibSqlConnectionException($"{address.Name} cannot be reached: no connection within {deadline.Allowed.TotalSeconds:0.###} s. Check the URL, the server and the network.", e);
            }
            catch (LibSqlConnectionException e)
            {
                throw new LibSqlConnectionException(e.Message, e); // an error is thrown to many: each gets its own
            }
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
        Task? connecting;
        lock (_connections)
        {
            if (_disposed)
                return;
            _disposed = true;
            (open, connecting) = ([.. _connections], _connecting);
            _connections.Clear();
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        if (connecting is not null)
            await connecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(open.Select(c => c.DisposeAsync().AsTask())).ConfigureAwait(false);
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task<SocketConnection> ConnectAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(options.ConnectTimeout);
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(SocketMessages.Subprotocol);
        socket.Options.KeepAliveInterval = TimeSpan.Zero; // idle streams are asked through the protocol, which tells more than a ping of the socket
        socket.Options.CollectHttpResponseDetails = true;
        if (options.Namespace is { } name)
            socket.Options.SetRequestHeader("x-namespace-bin", Convert.ToBase64String(Encoding.UTF8.GetBytes(name)).TrimEnd('='));
        try
        {
            await socket.ConnectAsync(address.Uri, _http, limit.Token).ConfigureAwait(false);
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
        catch (OperationCanceledException e)
        {
            socket.Dispose();
            throw new LibSqlConnectionException($"{address.Name} cannot be reached: no connection within {options.ConnectTimeout.TotalSeconds:0.###} s. Check the URL, the server and the network, or raise ConnectTimeout.", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new SocketConnection(socket, address, options.AuthToken ?? address.Token, statistics, time);
        statistics.Add(Counter.SocketsOpened);
        lock (_connections)
        {
            if (!_disposed)
            {
                _connections.Add(connection);
                return connection;
            }
        }

        await connection.DisposeAsync().ConfigureAwait(false);
        throw new ObjectDisposedException(nameof(LibSqlClient));
    }
}
