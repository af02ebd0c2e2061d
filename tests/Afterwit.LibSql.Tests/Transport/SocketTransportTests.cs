using System.Diagnostics;
using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Transport;

/// <summary>The way over WebSockets, and what is particular to it.</summary>
public sealed class SocketTransportTests : TransportContract
{
    [Fact]
    public async Task Closing_does_not_wait_for_a_distant_server()
    {
        await using var proxy = new FaultProxy(Database.Server);
        var transports = Enumerable.Range(0, 70).Select(_ => Open(proxy.Url)).ToList();
        foreach (var transport in transports)
            await (await OpenAsync(transport)).RunAsync("SELECT 1");
        proxy.Pause(); // as distant as can be: closing that waited for an answer would give up after a second, each
        await CloseAllAsync().SoonAsync();
        proxy.Resume();

        await Eventually.IsTrueAsync(() => proxy.Open == 0);

        async Task CloseAllAsync()
        {
            foreach (var transport in transports)
                await transport.DisposeAsync();
        }
    }

    [Fact]
    public async Task Infinity_comes_back_as_it_was()
    {
        await using var transport = Open();
        Assert.Equal(double.PositiveInfinity, (await (await OpenAsync(transport)).RunAsync("SELECT ?", double.PositiveInfinity))[0, 0].AsDouble());
    }

    [Fact]
    public async Task So_many_streams_share_a_socket_and_a_socket_without_streams_is_left()
    {
        await using var proxy = new FaultProxy(Database.Server);
        await using var transport = Open(proxy.Url, o => o.StreamsPerSocket = 2);
        var streams = new List<HranaStream>();
        for (var i = 0; i < 5; i++)
        {
            streams.Add(await OpenAsync(transport));
            await streams[i].RunAsync("SELECT 1");
        }

        Assert.Equal((3, 3L), (proxy.Accepted, Statistics.SocketsOpened));
        foreach (var stream in streams.Take(2))
        {
            stream.Close();
            transport.Released(stream);
        }

        await Eventually.IsTrueAsync(() => proxy.Open == 2);
        Assert.Equal(1L, (await streams[4].RunAsync("SELECT 1"))[0, 0].AsInt64());
    }

    [Fact]
    public async Task All_who_wait_for_a_connection_share_one_attempt_and_who_gives_up_does_not_end_it()
    {
        await using var proxy = new FaultProxy(Database.Server);
        await using var transport = Open(proxy.Url, o => o.StreamsPerSocket = 64);
        proxy.Pause();
        using var impatient = new CancellationTokenSource();
        var cancelled = transport.OpenAsync(Requests.Soon, impatient.Token).AsTask();
        var late = transport.OpenAsync(new(TimeProvider.System, TimeSpan.FromMilliseconds(50)), CancellationToken.None).AsTask();
        var waiting = Enumerable.Range(0, 20).Select(_ => OpenAsync(transport)).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False((await Assert.ThrowsAsync<LibSqlConnectionException>(() => late)).OutcomeUnknown);
        proxy.Resume();
        foreach (var stream in await Task.WhenAll(waiting))
            await stream.RunAsync("SELECT 1");
        Assert.Equal(1, proxy.Accepted);
    }

    [Fact]
    public async Task A_server_that_accepts_and_never_answers_the_handshake_ends_after_the_time_to_connect()
    {
        await using var proxy = new FaultProxy(Database.Server) { BlackHole = true };
        await using var transport = Open(proxy.Url, o => o.ConnectTimeout = TimeSpan.FromSeconds(2)); // all have asked by then
        var start = Stopwatch.GetTimestamp();
        var errors = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Assert.ThrowsAsync<LibSqlConnectionException>(() => OpenAsync(transport)))).SoonAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 1900, double.MaxValue);
        Assert.All(errors, e => Assert.Contains("ConnectTimeout", e.Message, StringComparison.Ordinal));
        Assert.Equal(16, errors.Distinct().Count());
        Assert.Equal(1, proxy.Accepted);
    }

    [Fact]
    public async Task A_message_of_17_MiB_passes_in_several_frames()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        await stream.RunAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
        var blob = new byte[4 << 20];
        new Random(1).NextBytes(blob);
        var batch = HranaRequest.Batch([.. Enumerable.Range(0, 5).Select(_ => new BoundStep(Requests.Bind("INSERT INTO t(b) VALUES (?)", blob), null))]);
        var result = (await stream.SendAsync(batch, Requests.Soon, CancellationToken.None)).Get<BatchResult>();
        Assert.All(result.Errors, Assert.Null);
        Assert.Equal(5L * blob.Length, (await stream.RunAsync("SELECT sum(length(b)) FROM t"))[0, 0].AsInt64());
        Assert.Equal(blob, (await stream.RunAsync("SELECT b FROM t WHERE id = 3"))[0, 0].AsBlob());
        Assert.Equal(1L, Statistics.SocketsOpened);
    }

    [Fact]
    public async Task A_message_the_server_would_not_take_is_refused_before_anything_is_sent()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        await stream.RunAsync("SELECT 1");
        var blob = new byte[1 << 20];
        var batch = HranaRequest.Batch([.. Enumerable.Range(0, 61).Select(_ => new BoundStep(Requests.Bind("SELECT ?", blob), null))]);
        var error = await Assert.ThrowsAsync<LibSqlException>(async () => await stream.SendAsync(batch, Requests.Soon, CancellationToken.None));
        Assert.Equal((false, false), (error.OutcomeUnknown, error.IsTransient));
        Assert.Contains("several batches", error.Message, StringComparison.Ordinal);
        Assert.Equal(1L, (await (await OpenAsync(transport)).RunAsync("SELECT 1"))[0, 0].AsInt64());
        Assert.Equal(1L, Statistics.SocketsOpened);
    }

    private protected override ITransport Open(string url, LibSqlOptions options) => new SocketTransport(ServerAddress.Parse(url.Replace("http://", "ws://", StringComparison.Ordinal)), options, Statistics, TimeProvider.System);
}
