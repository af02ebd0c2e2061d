using System.Collections.Concurrent;
using Afterwit.LibSql.Tests.Faults;
using Afterwit.LibSql.Tests.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Pooling;

/// <summary>The pool of streams to a real server.</summary>
public sealed class StreamPoolTests : IAsyncLifetime
{
    private SqldDatabase _database = null!;

    public async Task InitializeAsync() => _database = await SharedSqld.NewDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_steady_load_opens_no_socket_and_no_stream_over_10_000_operations(bool http)
    {
        // What the sizer decides is not the matter here, and the clock stands still: no stream is idle for so long that it is asked.
        await using var client = Clients.Open(_database, null, http, o => o.MaxStreams = o.MinStreams = 2, new FakeTime());
        await client.ExecuteScriptAsync("CREATE TABLE t(id INTEGER)");
        await LoadAsync(100);
        var (sockets, streams, waits) = (client.Statistics.SocketsOpened, client.Statistics.StreamsOpened, client.Statistics.Waits);
        await LoadAsync(http ? 2000 : 10_000);
        Assert.Equal((sockets, streams, waits), (client.Statistics.SocketsOpened, client.Statistics.StreamsOpened, client.Statistics.Waits));
        Assert.Equal(0, client.Statistics.StreamsClosed);

        Task LoadAsync(int operations) => Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            for (var i = 0; i < operations / 2; i++)
                await client.CountAsync("SELECT 1");
        }));
    }

    [Fact]
    public async Task What_is_counted_is_exact()
    {
        await using var client = Open(http: false);
        for (var i = 0; i < 10; i++)
            await client.CountAsync("SELECT 1");
        var s = client.Statistics;
        Assert.Equal((1, 1, 9, 0, 0, 10), (s.SocketsOpened, s.StreamsOpened, s.StreamsReused, s.StreamsClosed, s.Waits, s.RoundTrips));
        Assert.Equal((0, 0, 0, 0, 0), (s.Pings, s.FailedPings, s.Refreshed, s.Retries, s.CircuitOpened));
    }

    [Fact]
    public async Task The_limit_holds_under_64_callers_who_are_served_in_the_order_they_came()
    {
        await using var client = Open(http: false, o => (o.MinStreams, o.MaxStreams) = (3, 3));
        var pool = client.Servers.Primary.Pool;
        var first = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => pool.RentAsync($"first {i}", Requests.Soon, CancellationToken.None).AsTask()));
        var order = new ConcurrentQueue<int>();
        var most = 0;
        var open = 0;
        var callers = new List<Task>();
        for (var i = 0; i < 64; i++)
        {
            var rented = pool.RentAsync($"caller {i}", Requests.Soon, CancellationToken.None);
            callers.Add(UseAsync(i, rented));
        }

        Assert.Equal(3, pool.Open);
        foreach (var stream in first)
            pool.Return(stream);
        await Task.WhenAll(callers).SoonAsync();
        Assert.InRange(most, 1, 3);
        Assert.Equal((3, 0), (pool.Open, pool.InUse));
        Assert.Equal(64, order.Distinct().Count());
        Assert.Equal((3, 64L), (client.Statistics.StreamsOpened, client.Statistics.Waits));

        // With one stream that goes round their order is seen exactly.
        first = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => pool.RentAsync($"first {i}", Requests.Soon, CancellationToken.None).AsTask()));
        order.Clear();
        callers = [.. Enumerable.Range(0, 64).Select(i => UseAsync(i, pool.RentAsync($"caller {i}", Requests.Soon, CancellationToken.None)))];
        pool.Return(first[0]);
        await Task.WhenAll(callers).SoonAsync();
        Assert.Equal(Enumerable.Range(0, 64), order);
        pool.Return(first[1]);
        pool.Return(first[2]);

        async Task UseAsync(int caller, ValueTask<LibSql.Transport.HranaStream> rented)
        {
            var stream = await rented;
            order.Enqueue(caller);
            var now = Interlocked.Increment(ref open);
            InterlockedMax(ref most, now);
            await stream.RunAsync("SELECT 1");
            Interlocked.Decrement(ref open);
            pool.Return(stream);
        }
    }

    [Fact]
    public async Task Who_finds_all_streams_in_use_is_told_which_setting_and_who_has_them()
    {
        var time = new FakeTime();
        await using var client = Clients.Open(_database, configure: o => (o.MinStreams, o.MaxStreams) = (1, 2), time: time);
        await client.ExecuteScriptAsync("CREATE TABLE t(id INTEGER)");
        await using var transaction = await client.BeginTransactionAsync("NightlyImport");
        var rows = client.StreamAsync("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n").GetAsyncEnumerator();
        Assert.True(await rows.MoveNextAsync());
        var exhausted = client.CountAsync("SELECT 1");
        time.Advance(Eventually.Patience);
        var error = await Assert.ThrowsAsync<PoolExhaustedException>(() => exhausted.SoonAsync());
        foreach (var part in new[] { "MaxStreams", "(now 2)", "NightlyImport", "rows of a query", "127.0.0.1" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
        await rows.DisposeAsync();
        Assert.Equal(1, await client.CountAsync("SELECT 1"));
    }

    [Fact]
    public async Task Streams_that_are_held_make_the_pool_grow_to_its_limit_before_anybody_is_refused()
    {
        var time = new FakeTime();
        await using var client = Clients.Open(_database, configure: o => o.PredictiveSize = false, time: time);
        var pool = client.Servers.Primary.Pool;
        var held = Task.WhenAll(Enumerable.Range(0, 10).Select(i => pool.RentAsync($"held {i}", Requests.Soon, CancellationToken.None).AsTask()));
        var seconds = 0;
        for (; pool.Open < 10 && seconds < 60; seconds++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.IsTrueAsync(() => pool.InUse == pool.Size);
        }

        Assert.InRange(seconds, 1, 20); // a call waits for 30 by default
        Assert.Equal(10, pool.Open);
        foreach (var stream in await held.SoonAsync())
            pool.Return(stream);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_that_comes_back_with_an_open_transaction_is_rolled_back(bool http)
    {
        await using var client = Open(http, o => o.MaxStreams = 2);
        await client.ExecuteScriptAsync("CREATE TABLE t(id INTEGER)");
        for (var i = 0; i < 5; i++)
        {
            await using var transaction = await client.BeginTransactionAsync();
            await transaction.ExecuteAsync("INSERT INTO t VALUES (1)");
        }

        await client.BatchAsync([new("BEGIN IMMEDIATE"), new("INSERT INTO t VALUES (2)")]);
        await client.InsertAsync("INSERT INTO t VALUES (3)");
        Assert.Equal((1, 3), (await client.CountAsync("SELECT count(*) FROM t"), await client.CountAsync("SELECT sum(id) FROM t")));
        Assert.InRange(client.Statistics.StreamsOpened, 1, 2);
    }

    [Fact]
    public async Task Who_gives_up_at_any_await_leaves_the_pool_whole()
    {
        await using var proxy = new FaultProxy(_database.Server, TimeSpan.FromMilliseconds(2));
        await using var client = Clients.Open(_database, proxy, configure: o => (o.MinStreams, o.MaxStreams) = (4, 4));
        await client.ExecuteScriptAsync("CREATE TABLE t(id INTEGER)");
        var random = new Random(5);
        var gaveUp = 0;
        for (var round = 0; round < 30; round++)
        {
            var calls = Enumerable.Range(0, 12).Select(i => GiveUpAsync(i, random.NextDouble() * 8)).ToList();
            await Task.WhenAll(calls).SoonAsync();
        }

        Assert.True(gaveUp > 50);
        var pool = client.Servers.Primary.Pool;
        await Eventually.IsTrueAsync(() => pool.InUse == 0);
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => pool.RentAsync("all", Requests.Soon, CancellationToken.None).AsTask())).SoonAsync();
        foreach (var stream in all)
        {
            Assert.Equal(1L, (await stream.RunAsync("SELECT 1"))[0, 0].AsInt64());
            Assert.True((await stream.SendAsync(new LibSql.Protocol.HranaRequest(LibSql.Protocol.RequestKind.GetAutocommit), Requests.Soon, CancellationToken.None)).IsAutocommit);
            pool.Return(stream);
        }

        Assert.InRange(pool.Open, 1, 4);
        await client.InsertAsync("INSERT INTO t VALUES (1)"); // nobody holds the lock

        async Task GiveUpAsync(int kind, double milliseconds)
        {
            using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(milliseconds));
            try
            {
                switch (kind % 6)
                {
                    case 0:
                        await client.ReadAsync(["SELECT 1"], source.Token);
                        break;
                    case 1:
                        await client.ReadAsync(["SELECT 1", "SELECT 2"], source.Token);
                        break;
                    case 2:
                        await client.WriteAsync([new("INSERT INTO t VALUES (7)")], false, source.Token);
                        break;
                    case 3:
                        await using (var transaction = await client.BeginTransactionAsync("a test", source.Token))
                        {
                            await transaction.ExecuteAsync("INSERT INTO t VALUES (8)", source.Token);
                            await transaction.CommitAsync(source.Token);
                        }

                        break;
                    case 4:
                        await client.BatchAsync([new("BEGIN IMMEDIATE"), new("INSERT INTO t VALUES (9)"), new("COMMIT")], source.Token);
                        break;
                    default:
                        await foreach (var row in client.StreamAsync("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i FROM n", source.Token))
                            Assert.True(row[0].AsInt64() > 0);
                        break;
                }
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref gaveUp);
            }
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen && Interlocked.CompareExchange(ref most, value, seen) != seen; seen = Volatile.Read(ref most))
        {
            // Another caller was faster.
        }
    }

    private LibSqlClient Open(bool http, Action<LibSqlOptions>? configure = null) => Clients.Open(_database, null, http, configure);
}
