using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Servers;

/// <summary>The proxy in front of an echo: what goes in comes back, unless the proxy has it otherwise.</summary>
public sealed class FaultProxyTests : IAsyncLifetime, IDisposable
{
    private readonly TcpListener _echo = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ends = new(TimeSpan.FromMinutes(5));
    private FaultProxy _proxy = null!;

    public Task InitializeAsync()
    {
        _echo.Start();
        _ = EchoAsync();
        _proxy = new(((IPEndPoint)_echo.LocalEndpoint).Port);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    public void Dispose()
    {
        _echo.Dispose();
        _ends.Dispose();
    }

    [Fact]
    public async Task What_passes_is_counted()
    {
        using var client = await ConnectAsync();
        for (var i = 0; i < 3; i++)
            Assert.Equal("hello", await AskAsync(client, "hello"));
        Assert.Equal((1, 1, 3, 15L, 15L), (_proxy.Accepted, _proxy.Open, _proxy.RoundTrips, _proxy.Bytes(Direction.ToServer), _proxy.Bytes(Direction.ToClient)));
    }

    [Fact]
    public async Task The_round_trip_takes_its_time_also_for_many_messages_at_once()
    {
        using var client = await ConnectAsync();
        await AskAsync(client, "warm");
        _proxy.RoundTrip = TimeSpan.FromMilliseconds(60);
        Assert.InRange(await TimeAsync(() => AskAsync(client, "hello")), 58, double.MaxValue);
        _proxy.DelaysHandshake = true;
        using var late = await ConnectAsync();
        Assert.InRange(await TimeAsync(() => AskAsync(late, "hello")), 115, double.MaxValue);
        _proxy.DelaysHandshake = false;
        // One after the other they would take longer than anybody here waits.
        _proxy.RoundTrip = TimeSpan.FromSeconds(2);
        Assert.InRange(await TimeAsync(() => Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            using var other = await ConnectAsync();
            await AskAsync(other, "hello");
        })).SoonAsync()), 1990, double.MaxValue);
    }

    [Fact]
    public async Task A_cut_ends_open_connections_and_new_ones_work()
    {
        using var client = await ConnectAsync();
        await AskAsync(client, "hello");
        _proxy.Cut();
        await Assert.ThrowsAsync<SocketException>(() => AskAsync(client, "hello"));
        using var next = await ConnectAsync();
        Assert.Equal("hello", await AskAsync(next, "hello"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cut_inside_a_message_lets_its_first_bytes_pass(bool reset)
    {
        _proxy.CutsByReset = reset;
        using var client = await ConnectAsync();
        await AskAsync(client, "warm");
        _proxy.CutAfter(Direction.ToClient, 3);
        Assert.Equal("hel", await AskAsync(client, "hello"));
        using var next = await ConnectAsync();
        Assert.Equal("hello", await AskAsync(next, "hello"));
    }

    [Fact]
    public async Task A_cut_before_the_first_byte_to_the_server_keeps_it_from_the_server()
    {
        using var client = await ConnectAsync();
        _proxy.CutAfter(Direction.ToServer, 0);
        await Assert.ThrowsAsync<SocketException>(() => AskAsync(client, "hello"));
        Assert.Equal(0, _proxy.Bytes(Direction.ToServer));
    }

    [Fact]
    public async Task A_black_hole_accepts_and_never_answers()
    {
        _proxy.BlackHole = true;
        using var client = await ConnectAsync();
        Assert.False(await AnswersAsync(AskAsync(client, "hello")));
    }

    [Fact]
    public async Task Refused_connections_work_again_once_they_are_accepted()
    {
        using var open = await ConnectAsync();
        await AskAsync(open, "hello");
        await _proxy.RefuseAsync();
        await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        Assert.Equal("hello", await AskAsync(open, "hello"));
        _proxy.Accept();
        using var client = await ConnectAsync();
        Assert.Equal("hello", await AskAsync(client, "hello"));
    }

    [Fact]
    public async Task Nothing_is_lost_in_a_pause()
    {
        using var client = await ConnectAsync();
        await AskAsync(client, "warm");
        _proxy.Pause();
        var answer = AskAsync(client, "hello");
        Assert.False(await AnswersAsync(answer));
        _proxy.Resume();
        Assert.Equal("hello", await answer);
    }

    [Fact]
    public async Task A_sender_blocks_when_nobody_reads()
    {
        using var client = await ConnectAsync();
        _proxy.Hold(Direction.ToServer);
        var sends = client.SendAsync(new byte[64 << 20], _ends.Token).AsTask();
        Assert.False(await AnswersAsync(sends));
        _proxy.Cut();
        await Assert.ThrowsAsync<SocketException>(() => sends);
    }

    private static async Task<bool> AnswersAsync(Task answer) => await Task.WhenAny(answer, Task.Delay(100, CancellationToken.None)) == answer;

    private static async Task<double> TimeAsync(Func<Task> action)
    {
        var start = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _proxy.Port, _ends.Token);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>What comes back, up to the end of the connection; a reset before the first byte is thrown.</summary>
    private async Task<string> AskAsync(Socket client, string text)
    {
        await client.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), _ends.Token);
        var buffer = new byte[text.Length];
        var read = 0;
        while (read < buffer.Length)
        {
            try
            {
                var count = await client.ReceiveAsync(buffer.AsMemory(read), _ends.Token);
                if (count == 0)
                    break;
                read += count;
            }
            catch (SocketException) when (read > 0)
            {
                break;
            }
        }

        return System.Text.Encoding.UTF8.GetString(buffer, 0, read);
    }

    private async Task EchoAsync()
    {
        try
        {
            while (true)
                _ = EchoAsync(await _echo.AcceptSocketAsync(_ends.Token));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task EchoAsync(Socket socket)
    {
        using (socket)
        {
            var buffer = new byte[4096];
            try
            {
                for (int count; (count = await socket.ReceiveAsync(buffer, _ends.Token)) > 0;)
                    await socket.SendAsync(buffer.AsMemory(0, count), _ends.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Cut.
            }
        }
    }
}
