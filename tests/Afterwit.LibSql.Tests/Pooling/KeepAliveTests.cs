using Afterwit.LibSql.Tests.Faults;
using Afterwit.LibSql.Tests.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Pooling;

/// <summary>Streams that nobody uses: asked whether they are alive, renewed, replaced.</summary>
public sealed class KeepAliveTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly FakeTime _time = new();
    private SqldDatabase _database = null!;

    public async Task InitializeAsync() => _database = await SharedSqld.NewDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_idle_stream_is_really_asked_and_stays_the_same(bool http)
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy, http);
        await client.CountAsync("SELECT 1");
        _time.Advance(Second); // a second one is made ready: the least that is kept open
        await AreIdleAsync(client, 2);
        var s = client.Statistics;
        for (var round = 1; round <= 3; round++)
        {
            var sent = proxy.Bytes(Direction.ToServer);
            _time.Advance(http ? 8 * Second : 31 * Second);
            await AreIdleAsync(client, 2);
            Assert.Equal(1 + (2 * round), s.Pings);
            Assert.True(proxy.Bytes(Direction.ToServer) > sent);
        }

        Assert.Equal(1, await client.CountAsync("SELECT 1"));
        Assert.Equal((0, 0), (s.FailedPings, s.StreamsClosed));
        Assert.InRange(s.SocketsOpened, 1, http ? 2 : 1); // over HTTP two questions at a time take two connections
        Assert.Equal(2, s.StreamsOpened);
        Assert.Equal(0, s.Refreshed); // none had become stale
        Assert.Equal(2, s.RoundTrips - s.Pings);
    }

    [Fact]
    public async Task Over_HTTP_an_idle_stream_is_renewed_before_the_server_forgets_it()
    {
        await using var client = Clients.Open(_database, http: true, configure: o => o.MinStreams = o.MaxStreams = 1, time: _time);
        await client.CountAsync("SELECT 1");
        var s = client.Statistics;
        var tripsWithoutPings = s.RoundTrips - s.Pings;
        for (var ping = 1; ping <= 5; ping++)
        {
            _time.Advance(9 * Second); // the server forgets it after 10
            await AreIdleAsync(client, 1);
            Assert.Equal(ping, s.Pings);
            await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System); // the clock of the server is not ours: it would have forgotten it in all this time
        }

        Assert.Equal(1, await client.CountAsync("SELECT 1"));
        Assert.Equal((1, tripsWithoutPings + 1), (s.StreamsOpened, s.RoundTrips - s.Pings)); // an expired one would take a second round trip
        Assert.Equal((0, 0), (s.FailedPings, s.StreamsClosed));
    }

    [Fact]
    public async Task A_stale_stream_is_checked_in_the_background_while_another_is_lent()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy);
        var pool = client.Servers.Primary.Pool;
        var stale = await pool.RentAsync("first", Requests.Soon, CancellationToken.None);
        await stale.RunAsync("SELECT 1");
        pool.Return(stale);
        _time.Skip(61 * Second);
        proxy.Hold(Direction.ToClient); // the answer to the question takes its time
        var fresh = await pool.RentAsync("second", Requests.Soon, CancellationToken.None).AsTask().SoonAsync();
        Assert.NotSame(stale, fresh);
        Assert.Equal((2, 1), (pool.Open, pool.InUse));
        proxy.Release(Direction.ToClient);
        await fresh.RunAsync("SELECT 1");
        var again = await pool.RentAsync("third", Requests.Soon, CancellationToken.None);
        Assert.Same(stale, again);
        var s = client.Statistics;
        Assert.Equal((1, 1, 0, 2, 3), (s.Refreshed, s.Pings, s.FailedPings, s.StreamsOpened, s.RoundTrips));
        Assert.Equal(1, s.StreamsReused + s.Waits); // the third came behind the answer, or waited for it
        pool.Return(again);
        pool.Return(fresh);
    }

    [Fact]
    public async Task A_stream_that_does_not_answer_the_question_leaves_and_nobody_hears_of_it()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Clients.Open(_database, proxy, configure: o => (o.MinStreams, o.ConnectTimeout) = (1, 5 * Second), time: _time);
        await client.CountAsync("SELECT 1");
        proxy.BlackHole = true;
        _time.Advance(30 * Second);
        Assert.Equal(1, client.Statistics.Pings);
        _time.Advance(5.5 * Second);
        await Eventually.IsTrueAsync(() => client.Statistics.FailedPings == 1);
        await Eventually.IsTrueAsync(() => client.Servers.Primary.Pool.Open == 0);
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
        await using var client = Clients.Open(_database, proxy);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.CountAsync("SELECT 1")));
        for (var i = 0; i < 5; i++)
        {
            proxy.Cut();
            await Eventually.IsTrueAsync(() => proxy.Open == 0);
            Assert.Equal(1, await client.CountAsync("SELECT 1"));
        }

        Assert.InRange(client.Statistics.StreamsClosed, 5, 30);
    }

    private LibSqlClient Open(FaultProxy proxy, bool http = false) => Clients.Open(_database, proxy, http, o => o.MaxStreams = 2, _time);

    /// <summary>Waits until no stream is being asked or made ready any more: so many can be lent.</summary>
    private static async Task AreIdleAsync(LibSqlClient client, int streams)
    {
        var pool = client.Servers.Primary.Pool;
        var lent = await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => pool.RentAsync("idle", Requests.Soon, CancellationToken.None).AsTask()));
        foreach (var stream in lent)
            pool.Return(stream);
    }
}
