using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Faults;

/// <summary>A server that takes everything and answers nothing: each call ends by its own deadline and says why, and the server is left alone.</summary>
public sealed class SilenceTests : IAsyncLifetime
{
    /// <summary>How long a call may take on a clock that stands still.</summary>
    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(30);

    /// <summary>Longer than any test waits for what it awaits: what ends sooner does not end by this.</summary>
    private static readonly TimeSpan Forever = TimeSpan.FromMinutes(5);

    private readonly FakeTime _time = new();
    private SqldDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = await SharedSqld.NewDatabaseAsync();
        using var raw = new RawSqld(_database);
        await raw.RunAsync("CREATE TABLE t(id INTEGER)");
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_kind_of_call_ends_by_its_deadline(bool http)
    {
        await using var proxy = new FaultProxy(_database.Server);
        var options = default(LibSqlOptions)!;
        await using var client = Clients.Open(_database, proxy, http, o => (options = o).Timeout = o.ConnectTimeout = Forever);
        await client.ExecuteAsync("SELECT 1");
        await client.ExecuteAsync("DELETE FROM t");
        options.Timeout = TimeSpan.FromMilliseconds(500);
        var held = default(LibSqlTransaction);
        await Eventually.IsTrueAsync(async () =>
        {
            try
            {
                held = await client.BeginTransactionAsync();
            }
            catch (LibSqlException)
            {
                // It has the short time too.
            }

            return held is not null;
        });
        proxy.BlackHole = true;
        Task[] calls =
        [
            client.ReadAsync(["SELECT 1"]), client.ReadAsync(["SELECT 1", "SELECT 2"]), client.ExecuteAsync("SELECT 1"), client.ExecuteAsync("DELETE FROM t"), client.ExecuteAsync("SELECT 99"),
            client.InsertAsync("INSERT INTO t VALUES (1)"), client.InsertAsync("INSERT INTO t VALUES (1)", safeToRepeat: true), client.BatchAsync([new("SELECT 1")]), client.DescribeAsync("SELECT 5"),
            client.ExecuteScriptAsync("SELECT 1"), client.BeginTransactionAsync(), held!.ExecuteAsync("SELECT 1"), client.StreamAsync("SELECT 1").GetAsyncEnumerator().MoveNextAsync().AsTask(),
        ];
        foreach (var call in calls)
        {
            var error = await Assert.ThrowsAnyAsync<LibSqlException>(() => call.SoonAsync());
            Assert.True(error is LibSqlConnectionException or PoolExhaustedException, error.ToString());
            Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
        }

        proxy.BlackHole = false;
        proxy.Cut();
        options.Timeout = Eventually.Patience;
        await held.DisposeAsync();
        await Eventually.IsTrueAsync(client.AnswersAsync);
    }

    [Fact]
    public async Task A_socket_over_which_nothing_comes_any_more_is_left_even_though_it_stays_open()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy);
        await client.ExecuteAsync("SELECT 1");
        _time.Advance(TimeSpan.FromMilliseconds(1)); // what is sent is sent after what came
        proxy.BlackHole = true;
        var silent = client.ExecuteAsync("SELECT 1");
        _time.Advance(Allowed + TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => silent.SoonAsync());
        proxy.BlackHole = false; // what was swallowed does not come back: only another socket helps
        Assert.Single(await client.ExecuteAsync("SELECT 1").SoonAsync());
        Assert.Equal(2, client.Statistics.SocketsOpened);
    }

    [Fact]
    public async Task A_slow_statement_ends_at_its_deadline_and_leaves_the_socket_to_others()
    {
        await using var client = Open(null);
        await client.ExecuteAsync("SELECT 1");
        const string Endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000000) SELECT count(*) FROM n";
        await using var transaction = await client.BeginTransactionAsync();
        await transaction.ExecuteAsync("INSERT INTO t VALUES (1)");
        _time.Advance(TimeSpan.FromMilliseconds(1)); // what is sent is sent after what came
        var (slow, received) = (client.ReadAsync([Endless]), client.Statistics.BytesReceived);
        _time.Advance(Allowed + TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => slow.SoonAsync());
        await Eventually.IsTrueAsync(() => client.Statistics.BytesReceived > received); // the answer to the question whether the socket is dead
        _time.Advance(TimeSpan.FromSeconds(2)); // longer than that question may take
        await transaction.CommitAsync();
        Assert.Equal(1, await client.CountAsync("SELECT count(*) FROM t"));
        Assert.Equal(1, client.Statistics.SocketsOpened);
    }

    [Fact]
    public async Task A_write_behind_others_that_hang_ends_by_its_own_deadline_and_knows_that_it_was_not_sent()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy);
        await client.InsertAsync("INSERT INTO t VALUES (0)");
        proxy.Pause();
        var first = client.InsertAsync("INSERT INTO t VALUES (1)");
        await Eventually.IsTrueAsync(() => client.Statistics.RoundTrips == 2);
        var queued = client.InsertAsync("INSERT INTO t VALUES (2)");
        _time.Advance(Allowed / 2);
        var later = client.InsertAsync("INSERT INTO t VALUES (3)");
        _time.Advance(Allowed / 4);
        Assert.False(first.IsCompleted || queued.IsCompleted);
        _time.Advance(Allowed / 2);
        Assert.True((await Assert.ThrowsAsync<LibSqlConnectionException>(() => first.SoonAsync())).OutcomeUnknown);
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => queued.SoonAsync());
        Assert.False(later.IsCompleted);
        _time.Advance(Allowed / 2);
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => later.SoonAsync());
        proxy.Cut();
        proxy.Resume();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_is_disposed_of_in_time_although_the_server_is_silent(bool http)
    {
        await using var proxy = new FaultProxy(_database.Server);
        var client = Clients.Open(_database, proxy, http, o => o.Timeout = o.ConnectTimeout = Forever);
        await client.ExecuteAsync("SELECT 1");
        proxy.BlackHole = true;
        await client.DisposeAsync().AsTask().SoonAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.ReadAsync(["SELECT 1"]));
    }

    [Fact]
    public async Task A_reader_that_is_slow_or_a_network_that_takes_nothing_hangs_nobody_beyond_the_deadline()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy);
        await client.ExecuteAsync("SELECT 1");
        var rows = 0;
        await foreach (var row in client.StreamAsync("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i, printf('%01000d', i) FROM n"))
        {
            if (++rows % 1000 == 0)
                _time.Advance(Allowed / 2); // more in all than a call may take: the time is that of each page
            if (rows == 10)
                Assert.Equal(1, (await client.ExecuteAsync("SELECT 1"))[0, 0].AsInt64()); // the rows that wait hold nobody else
        }

        Assert.Equal(3000, rows);
        proxy.Hold(Direction.ToServer);
        var large = new byte[4 << 20];
        var stuck = Enumerable.Range(0, 4).Select(_ => Assert.ThrowsAnyAsync<LibSqlException>(() => client.ReadAsync([new("SELECT length(?)", large)]))).ToList();
        _time.Advance(Allowed * 0.9);
        Assert.All(stuck, s => Assert.False(s.IsCompleted));
        await _time.EndAsync(Task.WhenAll(stuck));
        await Task.WhenAll(stuck);
        proxy.Release(Direction.ToServer);
    }

    private LibSqlClient Open(FaultProxy? proxy) => Clients.Open(_database, proxy, configure: o => (o.Timeout, o.ConnectTimeout) = (Allowed, Forever), time: _time);
}
