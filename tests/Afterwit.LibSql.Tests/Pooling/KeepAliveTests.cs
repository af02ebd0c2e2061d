using Afterwit.LibSql.Tests.Faults;
using Afterwit.LibSql.Tests.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Pooling;

/// <summary>Streams that nobody uses: asked whether they are alive, renewed, replaced.</summary>
public sealed class KeepAliveTests : IAsyncLifetime
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);
    private SqldDatabase _database = null!;

    public async Task InitializeAsync() => _database = await SharedSqld.NewDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_idle_stream_is_really_asked_and_stays_the_same(bool http)
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy, http, TimeSpan.FromMilliseconds(200), Never);
        await client.CountAsync("SELECT 1");
        var sent = proxy.Bytes(Direction.ToServer);
        await Eventually.IsTrueAsync(() => Task.FromResult(client.Statistics.Pings >= 5));
        var s = client.Statistics;
        await Eventually.IsTrueAsync(() => Task.FromResult(proxy.Bytes(Direction.ToServer) > sent));
        Assert.Equal(1, await client.CountAsync("SELECT 1"));
        Assert.Equal((0, 0), (s.FailedPings, s.StreamsClosed));
        Assert.InRange(s.SocketsOpened, 1, http ? 2 : 1); // over HTTP two questions at a time take two connections
        Assert.InRange(s.StreamsOpened, 1, 2); // the least that is kept open
        Assert.Equal(0, s.Refreshed); // none had become stale
        Assert.InRange(s.RoundTrips - s.Pings, 2, 2);
    }

    [Fact]
    public async Task Over_HTTP_an_idle_stream_is_renewed_before_the_server_forgets_it()
    {
        await using var client = Clients.Open(_database, null, http: true); // all settings as they are
        await client.CountAsync("SELECT 1");
        await Task.Delay(TimeSpan.FromSeconds(12), TimeProvider.System);
        var s = client.Statistics;
        var (opened, tripsWithoutPings) = (s.StreamsOpened, s.RoundTrips - s.Pings);
        Assert.Equal(1, await client.CountAsync("SELECT 1"));
        Assert.Equal((opened, tripsWithoutPings + 1), (s.StreamsOpened, s.RoundTrips - s.Pings)); // an expired one would take a second round trip
        Assert.InRange(s.Pings, 1, 4);
        Assert.Equal((0, 0), (s.FailedPings, s.StreamsClosed));
    }

    [Fact]
    public async Task A_stale_stream_is_checked_in_the_background_while_another_is_lent()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy, http: false, Never, TimeSpan.FromMilliseconds(200));
        var pool = client.Servers.Primary.Pool;
        var stale = await pool.RentAsync("first", Requests.Soon, CancellationToken.None);
        await stale.RunAsync("SELECT 1");
        pool.Return(stale);
        await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        var fresh = await pool.RentAsync("second", Requests.Soon, CancellationToken.None);
        Assert.NotSame(stale, fresh);
        await fresh.RunAsync("SELECT 1");
        await Eventually.IsTrueAsync(() => Task.FromResult(pool.Open == 2 && client.Statistics.RoundTrips == 3));
        var again = await pool.RentAsync("third", Requests.Soon, CancellationToken.None);
        Assert.Same(stale, again);
        var s = client.Statistics;
        Assert.Equal((1, 1, 0, 2, 1, 0), (s.Refreshed, s.Pings, s.FailedPings, s.StreamsOpened, s.StreamsReused, s.Waits));
        pool.Return(again);
        pool.Return(fresh);
    }

    [Fact]
    public async Task A_stream_that_does_not_answer_the_question_leaves_and_nobody_hears_of_it()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Clients.Open(_database, proxy, configure: o => (o.KeepAlive, o.StaleAfter, o.ConnectTimeout, o.MinStreams) = (TimeSpan.FromMilliseconds(200), Never, TimeSpan.FromMilliseconds(300), 1));
        await client.CountAsync("SELECT 1");
        proxy.BlackHole = true;
        await Eventually.IsTrueAsync(() => Task.FromResult(client.Statistics.FailedPings == 1));
        await Eventually.IsTrueAsync(() => Task.FromResult(client.Servers.Primary.Pool.Open == 0));
        proxy.BlackHole = false;
        Assert.Equal(1, await client.CountAsync("SELECT 1"));
        Assert.Equal((2, 1, 2), (client.Statistics.StreamsOpened, client.Statistics.StreamsClosed, client.Statistics.SocketsOpened));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dead_streams_leave_at_once_and_the_next_call_finds_a_live_one(bool byReset)
    {
        await using var proxy = new FaultProxy(_database.Server) { CutsByReset = byReset };
        await using var client = Open(proxy, http: false, TimeSpan.FromMilliseconds(400), Never);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.CountAsync("SELECT 1")));
        for (var i = 0; i < 5; i++)
        {
            proxy.Cut();
            await Eventually.IsTrueAsync(() => Task.FromResult(proxy.Open == 0));
            Assert.Equal(1, await client.CountAsync("SELECT 1"));
        }

        Assert.InRange(client.Statistics.StreamsClosed, 5, 30);
    }

    private LibSqlClient Open(FaultProxy proxy, bool http, TimeSpan keepAlive, TimeSpan stale) =>
        Clients.Open(_database, proxy, http, o => (o.KeepAlive, o.StaleAfter) = (keepAlive, stale));
}
