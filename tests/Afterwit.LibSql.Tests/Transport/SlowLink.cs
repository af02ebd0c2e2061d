using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Afterwit.LibSql.Tests.Transport;

/// <summary>A link to a port of this machine over which the server's bytes come slowly. What the client sends is kept.</summary>
internal sealed class SlowLink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ends = new();
    private readonly StringBuilder _sent = new();
    private readonly double _bytesPerSecond;
    private readonly Task _accepting;
    private readonly int _target;

    public SlowLink(int target, double bytesPerSecond)
    {
        (_target, _bytesPerSecond) = (target, bytesPerSecond);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>All that the client sent, as text.</summary>
    public string Sent
    {
        get
        {
            lock (_sent)
                return _sent.ToString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _ends.Dispose();
    }

    private async Task AcceptAsync()
    {
        var running = new List<Task>();
        try
        {
            while (true)
                running.Add(RunAsync(await _listener.AcceptSocketAsync(_ends.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task RunAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _ends.Token);
                await Task.WhenAny(PassAsync(client, server, isSlow: false), PassAsync(server, client, isSlow: true));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The test is over.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool isSlow)
    {
        var bytes = new byte[4096];
        var clear = 0L; // when the link is free again
        for (int count; (count = await from.ReceiveAsync(bytes, _ends.Token)) > 0;)
        {
            if (isSlow)
            {
                clear = Math.Max(clear, Stopwatch.GetTimestamp()) + (long)(count / _bytesPerSecond * Stopwatch.Frequency);
                while (Stopwatch.GetTimestamp() < clear)
                    await Task.Delay(1, _ends.Token);
            }
            else
            {
                lock (_sent)
                    _sent.Append(Encoding.Latin1.GetString(bytes, 0, count));
            }

            await to.SendAsync(bytes.AsMemory(0, count), _ends.Token);
        }
    }
}
