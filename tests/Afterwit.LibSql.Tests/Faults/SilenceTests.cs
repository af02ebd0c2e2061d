using System.Diagnostics;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Faults;

/// <summary>A server that takes everything and answers nothing: each call ends by its own deadline and says why, and the server is left alone.</summary>
public sealed class SilenceTests : IAsyncLifetime
{
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
        await using var client = Open(proxy, http, milliseconds: 500);
        await client.ExecuteAsync("SELECT 1");
        await client.ExecuteAsync("DELETE FROM t");
        var held = await client.BeginTransactionAsync();
        proxy.BlackHole = true;
        var start = Stopwatch.GetTimestamp();
        Task[] calls =
        [
            client.ReadAsync(["SELECT 1"]), client.ReadAsync(["SELECT 1", "SELECT 2"]), client.ExecuteAsync("SELECT 1"), client.ExecuteAsync("DELETE FROM t"), client.ExecuteAsync("SELECT 99"),
            client.InsertAsync("INSERT INTO t VALUES (1)"), client.InsertAsync("INSERT INTO t VALUES (1)", safeToRepeat: true), client.BatchAsync([new("SELECT 1")]), client.DescribeAsync("SELECT 5"),
            client.ExecuteScriptAsync("SELECT 1"), client.BeginTransactionAsync(), held.ExecuteAsync("SELECT 1"), client.StreamAsync("SELECT 1").GetAsyncEnumerator().MoveNextAsync().AsTask(),
        ];
        foreach (var call in calls)
        {
            var error = await Assert.ThrowsAnyAsync<LibSqlException>(() => call);
            Assert.True(error is LibSqlConnectionException or PoolExhaustedException, error.ToString());
            Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
        }

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 0, 1500);
        proxy.BlackHole = false;
        proxy.Cut();
        await held.DisposeAsync();
        await Eventually.IsTrueAsync(IsBackAsync, TimeSpan.FromSeconds(5));

        async Task<bool> IsBackAsync()
        {
            try
            {
                return await client.CountAsync("SELECT 1") == 1;
            }
            catch (LibSqlException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_socket_over_which_nothing_comes_any_more_is_left_even_though_it_stays_open()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy, http: false, milliseconds: 300);
        await client.ExecuteAsync("SELECT 1");
        proxy.BlackHole = true;
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => client.ExecuteAsync("SELECT 1"));
        proxy.BlackHole = false; // what was swallowed does not come back: only another socket helps
        await Eventually.IsTrueAsync(async () =>
        {
            try
            {
                return (await client.ExecuteAsync("SELECT 1")).Count == 1;
            }
            catch (LibSqlConnectionException)
            {
                return false;
            }
        }, TimeSpan.FromSeconds(5));
        Assert.Equal(2, client.Statistics.SocketsOpened);
    }

    [Fact]
    public async Task A_slow_statement_ends_at_its_deadline_and_leaves_the_socket_to_others()
    {
        await using var client = Open(null, http: false, milliseconds: 400);
        await client.ExecuteAsync("SELECT 1");
        const string Endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000000) SELECT count(*) FROM n";
        await using var transaction = await client.BeginTransactionAsync();
        await transaction.ExecuteAsync("INSERT INTO t VALUES (1)");
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => client.ReadAsync([Endless]));
        await Task.Delay(TimeSpan.FromSeconds(1.3), TimeProvider.System); // longer than the question takes whether the socket is dead
        await transaction.CommitAsync();
        Assert.Equal(1, await client.CountAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_write_behind_others_that_hang_ends_by_its_own_deadline_and_knows_that_it_was_not_sent()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy, http: false, milliseconds: 600);
        await client.InsertAsync("INSERT INTO t VALUES (0)");
        proxy.Pause();
        var first = client.InsertAsync("INSERT INTO t VALUES (1)");
        await Eventually.IsTrueAsync(() => Task.FromResult(client.Statistics.RoundTrips == 2));
        var (queued, later) = (TimeAsync("INSERT INTO t VALUES (2)"), default(Task<(TimeSpan, LibSqlConnectionException)>));
        await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System);
        later = TimeAsync("INSERT INTO t VALUES (3)");
        Assert.True((await Assert.ThrowsAsync<LibSqlConnectionException>(() => first)).OutcomeUnknown);
        foreach (var (took, _) in new[] { await queued, await later })
            Assert.InRange(took.TotalMilliseconds, 500, 1000);
        proxy.Cut();
        proxy.Resume();

        async Task<(TimeSpan Took, LibSqlConnectionException Error)> TimeAsync(string sql)
        {
            var start = Stopwatch.GetTimestamp();
            var error = await Assert.ThrowsAsync<LibSqlConnectionException>(() => client.InsertAsync(sql));
            return (Stopwatch.GetElapsedTime(start), error);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_is_disposed_of_in_time_although_the_server_is_silent(bool http)
    {
        await using var proxy = new FaultProxy(_database.Server);
        var client = Open(proxy, http, milliseconds: 500);
        await client.ExecuteAsync("SELECT 1");
        proxy.BlackHole = true;
        var start = Stopwatch.GetTimestamp();
        await client.DisposeAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 0, 2500);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.ReadAsync(["SELECT 1"]));
    }

    [Fact]
    public async Task A_reader_that_is_slow_or_a_network_that_takes_nothing_hangs_nobody_beyond_the_deadline()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Open(proxy, http: false, milliseconds: 700);
        await client.ExecuteAsync("SELECT 1");
        var rows = 0;
        await foreach (var row in client.StreamAsync("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i, printf('%01000d', i) FROM n"))
        {
            if (++rows % 1000 == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System); // longer in all than a call may take: the time is that of each page
            if (rows == 10)
                Assert.Equal(1, (await client.ExecuteAsync("SELECT 1"))[0, 0].AsInt64()); // the rows that wait hold nobody else
        }

        Assert.Equal(3000, rows);
        proxy.Hold(Direction.ToServer);
        var start = Stopwatch.GetTimestamp();
        var large = new byte[4 << 20];
        var stuck = Enumerable.Range(0, 4).Select(_ => Assert.ThrowsAnyAsync<LibSqlException>(() => client.ReadAsync([new("SELECT length(?)", large)]))).ToList();
        await Task.WhenAll(stuck);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 600, 1600);
        proxy.Release(Direction.ToServer);
    }

    private LibSqlClient Open(FaultProxy? proxy, bool http, int milliseconds) => Clients.Open(_database, proxy, http, o => o.Timeout = TimeSpan.FromMilliseconds(milliseconds));
}
