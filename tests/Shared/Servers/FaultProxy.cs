using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Afterwit.Tests.Shared;

/// <summary>A direction of a connection, as its client sees it.</summary>
internal enum Direction
{
    ToServer,
    ToClient,
}

/// <summary>
/// A network between a client and a port of this machine: with a round-trip time, counts of what passes, and faults at the press of a switch. A switch acts on open
/// connections and on new ones. The round-trip time is kept to about a millisecond, by a queue per direction: nothing overtakes, and many messages travel at once.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ProxyConnection, Task> _connections = new();
    private readonly Gate[] _gates = [new(), new()];
    private readonly long[] _bytes = new long[2];
    private readonly Lock _lock = new();
    private readonly int _target;
    private readonly int _port;
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private (Direction Direction, long Left)? _cut;
    private Direction? _last;
    private int _accepted;
    private int _turns;

    public FaultProxy(int targetPort, TimeSpan roundTrip = default)
    {
        _target = targetPort;
        RoundTrip = roundTrip;
        _port = Ports.Free();
        Accept();
    }

    public FaultProxy(SqldServer server, TimeSpan roundTrip = default) : this(server.Port, roundTrip)
    {
    }

    public int Port => _port;

    public string Url => $"http://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}";

    public string WsUrl => $"ws://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Half of it is added each way, to what is read from now on.</summary>
    public TimeSpan RoundTrip { get; set; }

    /// <summary>Whether the first bytes of a new connection come a round trip later, as behind a TCP handshake over the same distance.</summary>
    public bool DelaysHandshake { get; set; }

    /// <summary>Everything is read and nothing passes: the other side is there and never answers. What is swallowed does not come back.</summary>
    public bool BlackHole { get; set; }

    /// <summary>Whether a cut is a reset (a crash), or an end of the stream in order.</summary>
    public bool CutsByReset { get; set; } = true;

    /// <summary>How many connections were ever accepted; a test asserts that it does not grow.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public int Open => _connections.Count;

    /// <summary>How often the traffic turned from the client's side to the server's: the round trips of a client that waits for each answer.</summary>
    public int RoundTrips => Volatile.Read(ref _turns);

    /// <summary>The bytes that passed.</summary>
    public long Bytes(Direction direction)
    {
        lock (_lock)
            return _bytes[(int)direction];
    }

    /// <summary>Ends every open connection now.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
            connection.Cut();
    }

    /// <summary>
    /// Ends the connection over which the n-th byte from now goes in a direction, once: those n bytes still pass. With 0 it ends before the next one, so that the
    /// other side has not seen it; with less than a message has, inside of the message.
    /// </summary>
    public void CutAfter(Direction direction, long bytes)
    {
        lock (_lock)
            _cut = (direction, bytes);
    }

    /// <summary>Nothing is read from one side anymore, until <see cref="Release"/>: its sends pile up in the system's buffers and then block.</summary>
    public void Hold(Direction direction) => _gates[(int)direction].Close();

    public void Release(Direction direction) => _gates[(int)direction].Open();

    /// <summary>Nothing moves in either direction until <see cref="Resume"/>, and nothing is lost.</summary>
    public void Pause()
    {
        Hold(Direction.ToServer);
        Hold(Direction.ToClient);
    }

    public void Resume()
    {
        Release(Direction.ToServer);
        Release(Direction.ToClient);
    }

    /// <summary>New connections are refused until <see cref="Accept"/>; open ones live on.</summary>
    public async Task RefuseAsync()
    {
        _listener?.Dispose();
        _listener = null;
        await _accepting;
    }

    /// <summary>Listens again on the same port.</summary>
    public void Accept()
    {
        if (_listener is not null)
            return;
        _listener = new(IPAddress.Loopback, _port);
        _listener.Start(512);
        // Not in the test's own context, which runs one thing at a time.
        var listener = _listener;
        _accepting = Task.Run(() => AcceptAsync(listener));
    }

    public async ValueTask DisposeAsync()
    {
        await RefuseAsync();
        Resume();
        while (!_connections.IsEmpty)
        {
            var running = _connections.ToArray();
            foreach (var (connection, _) in running)
                connection.Cut();
            await Task.WhenAll(running.Select(c => c.Value));
        }
    }

    /// <summary>How many of some bytes may pass, and whether the connection ends behind them.</summary>
    internal (int Passing, bool Ends) Admit(Direction direction, int count)
    {
        lock (_lock)
        {
            if (BlackHole)
                return (0, false);
            var ends = false;
            if (_cut is { } cut && cut.Direction == direction)
            {
                ends = count >= cut.Left;
                _cut = ends ? null : (direction, cut.Left - count);
                count = ends ? (int)cut.Left : count;
            }

            _bytes[(int)direction] += count;
            if (direction is Direction.ToServer && _last is not Direction.ToServer)
                _turns++;
            _last = direction;
            return (count, ends);
        }
    }

    internal Task PassAsync(Direction direction) => _gates[(int)direction].WaitAsync();

    internal void Forget(ProxyConnection connection) => _connections.TryRemove(connection, out _);

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync();
                Interlocked.Increment(ref _accepted);
                var connection = new ProxyConnection(this, client, _target);
                var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[connection] = connection.RunAsync(start.Task);
                start.SetResult();
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // Refused from now on, perhaps before it began.
        }
    }

    private sealed class Gate
    {
        private volatile TaskCompletionSource? _closed;

        public void Close() => _closed ??= new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open()
        {
            var closed = _closed;
            _closed = null;
            closed?.TrySetResult();
        }

        public Task WaitAsync() => _closed?.Task ?? Task.CompletedTask;
    }
}
