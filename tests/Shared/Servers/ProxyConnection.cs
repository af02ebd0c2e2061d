using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Afterwit.Tests.Shared;

/// <summary>One connection through a <see cref="FaultProxy"/>: two pumps, each a reader that notes when a chunk is due and a writer that keeps it until then.</summary>
internal sealed class ProxyConnection(FaultProxy proxy, Socket client, int target) : IDisposable
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _ends = new();
    private long _opensAt;
    private int _cut;

    public async Task RunAsync(Task start)
    {
        await start;
        try
        {
            client.NoDelay = true;
            _opensAt = Stopwatch.GetTimestamp() + (proxy.DelaysHandshake ? Ticks(proxy.RoundTrip) : 0);
            if (proxy.BlackHole)
                await PumpAsync(Direction.ToServer, client, null);
            else
            {
                await _server.ConnectAsync(IPAddress.Loopback, target, _ends.Token);
                await Task.WhenAll(PumpAsync(Direction.ToServer, client, _server), PumpAsync(Direction.ToClient, _server, client));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone: so the other one goes.
            Cut();
        }
        finally
        {
            proxy.Forget(this);
            Dispose();
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
        _ends.Dispose();
    }

    /// <summary>Ends the connection at once, on both sides.</summary>
    public void Cut()
    {
        if (Interlocked.Exchange(ref _cut, 1) == 1)
            return;
        foreach (var side in new[] { client, _server })
        {
            try
            {
                if (proxy.CutsByReset)
                    side.LingerState = new(true, 0);
                else
                    side.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It ended by itself.
            }

            side.Dispose();
        }

        try
        {
            _ends.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Both pumps are done.
        }
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private async Task PumpAsync(Direction direction, Socket from, Socket? to)
    {
        var chunks = Channel.CreateUnbounded<(long Due, byte[] Bytes)>(new() { SingleReader = true, SingleWriter = true });
        var writing = WriteAsync(direction, chunks.Reader, to);
        try
        {
            var buffer = new byte[64 * 1024];
            while (!_ends.IsCancellationRequested)
            {
                await proxy.PassAsync(direction).WaitAsync(_ends.Token);
                var count = await from.ReceiveAsync(buffer, _ends.Token);
                // What arrived while the gate was being closed waits in front of it.
                await proxy.PassAsync(direction).WaitAsync(_ends.Token);
                if (count == 0)
                    break;
                var now = Stopwatch.GetTimestamp();
                var sent = direction is Direction.ToServer ? Math.Max(now, _opensAt) : now;
                chunks.Writer.TryWrite((sent + Ticks(proxy.RoundTrip) / 2, buffer[..count]));
            }

            // Its end travels as its bytes do.
            chunks.Writer.TryWrite((Stopwatch.GetTimestamp() + Ticks(proxy.RoundTrip) / 2, []));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Cut();
        }

        chunks.Writer.Complete();
        await writing;
    }

    private async Task WriteAsync(Direction direction, ChannelReader<(long Due, byte[] Bytes)> chunks, Socket? to)
    {
        await foreach (var (due, bytes) in chunks.ReadAllAsync(_ends.Token))
        {
            await DelayClock.UntilAsync(due);
            if (bytes.Length == 0)
            {
                to?.Shutdown(SocketShutdown.Send);
                continue;
            }

            var (passing, ends) = proxy.Admit(direction, bytes.Length);
            for (var sent = 0; to is not null && sent < passing;)
                sent += await to.SendAsync(bytes.AsMemory(sent, passing - sent), _ends.Token);
            if (ends)
                Cut();
        }
    }
}
