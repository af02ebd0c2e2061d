using System.Diagnostics;
using Afterwit.LibSql.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Transport;

public abstract partial class TransportContract
{
    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 20)]
    [InlineData(false, 0)]
    [InlineData(false, 30)]
    [InlineData(false, 2000)]
    public async Task A_connection_that_breaks_during_a_request_leaves_its_outcome_unknown(bool toServer, int bytes)
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var transport = Open(proxy.Url);
        var stream = await OpenAsync(transport);
        await stream.RunAsync("SELECT 1");
        proxy.CutAfter(toServer ? Direction.ToServer : Direction.ToClient, bytes);
        var error = await Assert.ThrowsAsync<LibSqlConnectionException>(() => stream.RunAsync("SELECT printf('%05000d', 1)"));
        Assert.True(error.OutcomeUnknown);
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.False(stream.IsAlive);
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => stream.RunAsync("SELECT 1"));
        stream.Close();
        Assert.Equal(2L, (await (await OpenAsync(transport)).RunAsync("SELECT 2"))[0, 0].AsInt64());
    }

    [Fact]
    public async Task A_cursor_that_breaks_off_is_an_error()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var transport = Open(proxy.Url);
        var stream = await OpenAsync(transport);
        await stream.RunAsync("SELECT 1");
        proxy.CutAfter(Direction.ToClient, 50_000);
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => stream.CursorAsync("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n"));
        Assert.False(stream.IsAlive);
    }

    [Fact]
    public async Task A_server_that_is_not_there_has_done_nothing()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await proxy.RefuseAsync();
        await using var transport = Open(proxy.Url);
        var error = await Assert.ThrowsAsync<LibSqlConnectionException>(async () => await (await OpenAsync(transport)).RunAsync("SELECT 1"));
        Assert.Equal((false, true), (error.OutcomeUnknown, error.IsTransient));
        Assert.Contains(proxy.Url[7..], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_ends_at_the_deadline()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var transport = Open(proxy.Url);
        var stream = await OpenAsync(transport);
        await stream.RunAsync("SELECT 1");
        proxy.BlackHole = true;
        var start = Stopwatch.GetTimestamp();
        var deadline = new Deadline(TimeProvider.System, TimeSpan.FromMilliseconds(300));
        var error = await Assert.ThrowsAsync<LibSqlConnectionException>(() => stream.SendAsync(Requests.Execute("SELECT 1"), deadline, CancellationToken.None).AsTask().SoonAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 250, double.MaxValue);
        Assert.True(error.OutcomeUnknown);
        Assert.False(stream.IsAlive);
    }

    [Fact]
    public async Task Who_gives_up_is_told_so_and_the_stream_is_dead()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var transport = Open(proxy.Url);
        var stream = await OpenAsync(transport);
        await stream.RunAsync("SELECT 1");
        proxy.Pause();
        using var source = new CancellationTokenSource();
        var given = stream.SendAsync(Requests.Execute("SELECT 1"), Requests.Soon, source.Token).AsTask();
        await Eventually.IsTrueAsync(() => Statistics.RoundTrips == 2); // sent
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.False(stream.IsAlive);
        proxy.Resume();
    }

    [Fact]
    public async Task A_token_that_is_missing_wrong_or_too_weak_is_refused_and_never_shown()
    {
        using var jwt = await Jwt.CreateAsync();
        await using var server = await SqldServer.StartAsync(new() { JwtKeyFile = jwt.KeyFile });
        foreach (var token in new[] { null, "no-such-token", await jwt.TokenAsync("""{"exp":1}""") })
        {
            var error = await Assert.ThrowsAsync<LibSqlAuthenticationException>(() => WithAsync(token, "SELECT 1"));
            Assert.Contains("AuthToken", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(token ?? "eyJ", error.Message, StringComparison.Ordinal);
        }

        await WithAsync(await jwt.TokenAsync(), "CREATE TABLE t(id)");
        var reader = await jwt.TokenAsync("""{"a":"ro"}""");
        await WithAsync(reader, "SELECT * FROM t");
        var refused = await Assert.ThrowsAnyAsync<LibSqlException>(() => WithAsync(reader, "INSERT INTO t VALUES (1)"));
        Assert.True(refused is LibSqlAuthenticationException or LibSqlConnectionException); // a socket is closed for it
        Assert.DoesNotContain(reader, refused.ToString(), StringComparison.Ordinal);

        async Task WithAsync(string? token, string sql)
        {
            await using var transport = Open(server.Url, o => (o.AuthToken, o.Namespace) = (token, null));
            await (await OpenAsync(transport)).RunAsync(sql);
        }
    }
}
