using System.Net.WebSockets;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>
/// A WebSocket with streams on it. Whoever sends while another message is on its way adds to the next one; one loop receives and hands every answer to the
/// request it belongs to. When the socket ends, for whatever reason, everything that waits on it hears of it at once.
/// </summary>
internal sealed class SocketConnection : IAsyncDisposable
{
    /// <summary>The server closes the socket on a frame of more than 16 MiB.</summary>
    private const int MaxFrame = 8 << 20;

    /// <summary>The server takes messages of up to 64 MiB.</summary>
    private const int MaxMessage = 60 << 20;

    private static readonly TimeSpan Sweep = TimeSpan.FromMilliseconds(50);

    /// <summary>How long the server may take for a question that waits for no stream.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly HranaRequest Question = new(RequestKind.CloseSql);

    private readonly WebSocket _socket;
    private readonly ServerAddress _address;
    private readonly LibSqlStatistics _statistics;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, (SocketStream Stream, int Index)> _waiting = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _sweeper;
    private readonly Task _receiving;
    private PooledBuffer _outgoing = new();
    private PooledBuffer _sent = new();
    private List<int> _ends = [];
    private List<int> _sentEnds = [];
    private bool _sending;
    private bool _sweeping;
    private int _lastId;
    private long _lastReceived;
    private long _askedAt;
    private LibSqlException? _failure;

    public SocketConnection(WebSocket socket, ServerAddress address, string? token, LibSqlStatistics statistics, TimeProvider time)
    {
        (_socket, _address, _statistics, _time) = (socket, address, statistics, time);
        _sweeper = time.CreateTimer(static c => ((SocketConnection)c!).FailOverdue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        SocketMessages.WriteHello(_outgoing, token); // goes with the first request: its answer is not waited for
        _ends.Add(_outgoing.Length);
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <summary>False once the socket has ended.</summary>
    public bool IsAlive => Volatile.Read(ref _failure) is null;

    /// <summary>The texts that the server keeps for it.</summary>
    public StoredSql Stored { get; } = new();

    /// <summary>True while it is not known whether the other side is still there: no new stream is opened on it.</summary>
    public bool IsInDoubt => Volatile.Read(ref _askedAt) != 0;

    /// <summary>Streams that are open on it.</summary>
    public int Streams { get; set; }

    /// <summary>A number that no other stream, cursor or stored text of this socket has.</summary>
    public int NextId()
    {
        lock (_gate)
            return ++_lastId;
    }

    /// <summary>Sends the stream's requests; their answers go to <see cref="SocketStream.Answer"/>.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="open">Whether the stream has to be opened first, in the same go.</param>
    /// <param name="requests">The requests.</param>
    /// <exception cref="LibSqlConnectionException">The socket has ended: nothing was sent.</exception>
    public void Send(SocketStream stream, bool open, ReadOnlySpan<HranaRequest> requests)
    {
        lock (_gate)
        {
            if (_failure is not null)
                throw Lost(_failure, sent: false);
            var (length, ends) = (_outgoing.Length, _ends.Count);
            try
            {
                if (open)
                    Add(stream, -1, new(RequestKind.OpenStream));
                for (var i = 0; i < requests.Length; i++)
                    Add(stream, i, requests[i]);
                _statistics.Add(Counter.RoundTrips);
            }
            catch
            {
                _outgoing.Truncate(length);
                _ends.RemoveRange(ends, _ends.Count - ends);
                Forget(stream);
                throw;
            }

            if (!_sweeping)
            {
                _sweeping = true;
                _sweeper.Change(Sweep, Timeout.InfiniteTimeSpan);
            }

            if (_sending)
                return;
            _sending = true;
        }

        _ = SendAsync();
    }

    /// <summary>Sends requests whose answers nobody waits for.</summary>
    public void Post(SocketStream stream, HranaRequest request)
    {
        lock (_gate)
        {
            if (_failure is not null)
                return;
            Write(stream.Id, ++_lastId, request);
            if (request.Kind == RequestKind.StoreSql)
                _statistics.Add(Counter.SqlStored);
            if (_sending)
                return;
            _sending = true;
        }

        _ = SendAsync();
    }

    /// <summary>Stops waiting for the stream's answers: those that still come are dropped.</summary>
    public void Abandon(SocketStream stream)
    {
        lock (_gate)
            Forget(stream);
    }

    public async ValueTask DisposeAsync()
    {
        // Receiving goes on until the closing frame has left: to stop it would end the socket under that frame.
        Fail(new LibSqlConnectionException($"The connection to {_address.Name} was closed by this client."), stop: false);
        try
        {
            // Without a closing frame the server logs an error.
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            if (_socket.State == WebSocketState.Open)
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // It has ended already, which is all that was wanted.
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        await _sweeper.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
        _stop.Dispose();
    }

    private void Add(SocketStream stream, int index, in HranaRequest request)
    {
        var id = ++_lastId;
        Write(stream.Id, id, request);
        _waiting.Add(id, (stream, index));
    }

    private void Write(int stream, int id, in HranaRequest request)
    {
        var start = _outgoing.Length;
        SocketMessages.WriteRequest(_outgoing, id, stream, request);
        if (_outgoing.Length - start > MaxMessage)
        {
            var size = _outgoing.Length - start;
            _outgoing.Truncate(start);
            throw new LibSqlException($"A message of {size:N0} bytes is more than {_address.Name} takes in one ({MaxMessage:N0}): send the rows in several batches.");
        }

        _ends.Add(_outgoing.Length);
    }

    private void Forget(SocketStream stream)
    {
        foreach (var (id, waiting) in _waiting)
        {
            if (waiting.Stream == stream)
                _waiting.Remove(id);
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (true)
            {
                lock (_gate)
                {
                    if (_ends.Count == 0)
                    {
                        _sending = false;
                        return;
                    }

                    (_outgoing, _sent, _ends, _sentEnds) = (_sent, _outgoing, _sentEnds, _ends);
                }

                _statistics.Add(Counter.BytesSent, _sent.Length);
                var start = 0;
                foreach (var end in _sentEnds)
                {
                    for (; end - start > MaxFrame; start += MaxFrame)
                        await _socket.SendAsync(_sent.WrittenMemory.Slice(start, MaxFrame), WebSocketMessageType.Binary, endOfMessage: false, _stop.Token).ConfigureAwait(false);
                    await _socket.SendAsync(_sent.WrittenMemory[start..end], WebSocketMessageType.Binary, endOfMessage: true, _stop.Token).ConfigureAwait(false);
                    start = end;
                }

                _sent.Clear();
                _sentEnds.Clear();
            }
        }
        catch (Exception e)
        {
            // A server that refuses says why before it closes: what it said may still have to be read.
            await Task.WhenAny(_receiving, Task.Delay(Patience, _time)).ConfigureAwait(false);
            Fail(Broken(e));
        }
    }

    private async Task ReceiveAsync()
    {
        using var incoming = new PooledBuffer();
        try
        {
            while (true)
            {
                incoming.Clear();
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(incoming.GetMemory(4096), _stop.Token).ConfigureAwait(false);
                    incoming.Advance(part.Count);
                    _lastReceived = _time.GetTimestamp(); // a part of a large answer is a sign of life as well
                    if (_askedAt != 0)
                        Volatile.Write(ref _askedAt, 0);
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                    throw new WebSocketException($"the server closed it{(_socket.CloseStatusDescription is { Length: > 0 } why ? $" ({why})" : "")}");
                _lastReceived = _time.GetTimestamp();
                if (IsInDoubt)
                    Volatile.Write(ref _askedAt, 0);
                _statistics.Add(Counter.BytesReceived, incoming.Length);
                Dispatch(incoming.Written);
            }
        }
        catch (Exception e)
        {
            Fail(Broken(e));
        }
    }

    private void Dispatch(ReadOnlySpan<byte> bytes)
    {
        var message = SocketMessages.Read(bytes);
        switch (message.Kind)
        {
            case SocketMessageKind.HelloOk:
                return;
            case SocketMessageKind.HelloError:
                throw Authentication.Refused(_address, ProtobufResponses.ReadError(message.Body));
        }

        (SocketStream Stream, int Index) waiting;
        lock (_gate)
        {
            if (!_waiting.Remove(message.RequestId, out waiting))
                return; // nobody waits for it any more
        }

        try
        {
            waiting.Stream.Answer(waiting.Index, message);
        }
        catch (HranaProtocolException e)
        {
            waiting.Stream.Fail(Lost(e, sent: true));
            throw;
        }
    }

    /// <summary>
    /// Ends the waiting of those whose deadline has passed. When nothing at all has come since they began to wait, either their streams are slow or the socket is
    /// dead: that is asked, with a question that waits for no stream.
    /// </summary>
    private void FailOverdue()
    {
        LibSqlException? dead = null;
        var send = false;
        lock (_gate)
        {
            if (_failure is not null)
                return;
            foreach (var stream in _waiting.Values.Select(w => w.Stream).Distinct().Where(s => s.Deadline.HasPassed).ToList())
            {
                stream.Fail(new LibSqlConnectionException($"{_address.Name} did not answer within {stream.Deadline.Allowed.TotalSeconds:0.###} s. Check the server, or raise Timeout.") { OutcomeUnknown = true });
                if (stream.SentAt <= _lastReceived || _askedAt != 0)
                    continue;
                _askedAt = _time.GetTimestamp();
                Write(0, ++_lastId, Question);
                send = !_sending;
                _sending = true;
            }

            if (_askedAt != 0 && _time.GetElapsedTime(_askedAt) > Patience)
                dead = new LibSqlConnectionException($"The connection to {_address.Name} is dead: nothing comes any more. It is made anew with the next call.");
            _sweeping = _waiting.Count > 0 || _askedAt != 0;
            if (_sweeping)
                _sweeper.Change(Sweep, Timeout.InfiniteTimeSpan);
        }

        if (send)
            _ = SendAsync();
        if (dead is not null)
            Fail(dead);
    }

    private void Fail(LibSqlException failure, bool stop = true)
    {
        List<SocketStream> waiting;
        lock (_gate)
        {
            if (_failure is not null)
                return;
            _failure = failure;
            waiting = [.. _waiting.Values.Select(w => w.Stream).Distinct()];
            _waiting.Clear();
        }

        foreach (var stream in waiting)
            stream.Fail(Lost(failure, sent: true));
        if (stop)
            _stop.CancelAsync().Forget();
    }

    private LibSqlException Broken(Exception e) => e switch
    {
        LibSqlException ours => ours,
        _ => new LibSqlConnectionException($"The connection to {_address.Name} broke: {(e is OperationCanceledException ? "it was closed" : e.Message)}. It is made anew with the next call.", e),
    };

    /// <summary>A failure of the socket as one of its streams sees it. An error is thrown to many: each gets its own.</summary>
    private static LibSqlException Lost(LibSqlException failure, bool sent) => failure switch
    {
        LibSqlAuthenticationException refused => new LibSqlAuthenticationException(refused.Message, refused),
        HranaProtocolException malformed => new HranaProtocolException(malformed.Message, malformed) { OutcomeUnknown = sent },
        _ => new LibSqlConnectionException(failure.Message, failure) { OutcomeUnknown = sent },
    };
}
