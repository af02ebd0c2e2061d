using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Afterwit.LibSql.Transport;

namespace Afterwit.Cli.Benchmarks;

/// <summary>A distance to a server: what passes comes half a round trip later, in order, and the first bytes of a connection a whole one more, as behind a TCP handshake.</summary>
internal sealed class DelayProxy : IDisposable
{
    /// <summary>How a WebSocket says goodbye, which nobody waits for: no round trip.</summary>
    private const byte CloseFrame = 0x88;

    private static readonly TimeSpan Precision = TimeSpan.FromMilliseconds(1);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _server;
    private readonly TimeSpan _roundTrip;
    private long _roundTrips;
    private int _lastFrom;

    public DelayProxy(Uri server, TimeSpan roundTrip)
    {
        (_server, _roundTrip) = (server, roundTrip);
        _listener.Start();
        AcceptAsync().Forget();
    }

    /// <summary>Where it listens, in place of the server.</summary>
    public Uri Uri => new UriBuilder(_server) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;

    /// <summary>Handshakes, and turns of the traffic to the server: the round trips of one caller that waits for each answer.</summary>
    public long RoundTrips => Interlocked.Read(ref _roundTrips);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
            ConnectAsync(await _listener.AcceptSocketAsync(_end.Token)).Forget();
    }

    private async Task ConnectAsync(Socket client)
    {
        using var near = client;
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        near.NoDelay = far.NoDelay = true;
        Interlocked.Increment(ref _roundTrips);
        var opens = Stopwatch.GetTimestamp() + Ticks(_roundTrip);
        await far.ConnectAsync(_server.Host, _server.Port, _end.Token);
        await await Task.WhenAny(PumpAsync(near, far, opens, 1), PumpAsync(far, near, opens, 2)); // when one side goes, so does the other
    }

    private async Task PumpAsync(Socket from, Socket to, long opens, int number)
    {
        var chunks = Channel.CreateUnbounded<(long Due, byte[] Bytes)>();
        var writing = WriteAsync(chunks.Reader, to);
        var buffer = new byte[1 << 16];
        for (int count; (count = await from.ReceiveAsync(buffer, _end.Token)) > 0;)
        {
            if (buffer[0] != CloseFrame && Interlocked.Exchange(ref _lastFrom, number) != number && number == 1)
                Interlocked.Increment(ref _roundTrips);
            chunks.Writer.TryWrite((Math.Max(Stopwatch.GetTimestamp(), opens) + Ticks(_roundTrip / 2), buffer[..count]));
        }

        chunks.Writer.Complete();
        await writing;
    }

    private async Task WriteAsync(ChannelReader<(long Due, byte[] Bytes)> chunks, Socket to)
    {
        await foreach (var (due, bytes) in chunks.ReadAllAsync(_end.Token))
        {
            // A timer of the system is late by a millisecond: the last one is spent in turns of the thread pool.
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) - Precision is var left && left > TimeSpan.Zero)
                await Task.Delay(left, _end.Token);
            while (Stopwatch.GetTimestamp() < due)
                await Task.Yield();
            for (var sent = 0; sent < bytes.Length;)
                sent += await to.SendAsync(bytes.AsMemory(sent), _end.Token);
        }
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
