using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Faults;

/// <summary>The connection ends before a message, inside of it, behind it, and inside of its answer; for every kind of message and on both ways.</summary>
public sealed class CutTests : IAsyncLifetime
{
    private const string Insert = "INSERT INTO t(id) VALUES (1)";
    private SqldDatabase _database = null!;

    /// <summary>Whether over HTTP; the direction; after how many bytes.</summary>
    public static TheoryData<bool, bool, int> Cuts
    {
        get
        {
            var data = new TheoryData<bool, bool, int>();
            foreach (var http in new[] { false, true })
            {
                foreach (var (toServer, bytes) in new[] { (true, 0), (true, 7), (false, 0), (false, 5), (false, 20) })
                    data.Add(http, toServer, bytes);
            }

            return data;
        }
    }

    public async Task InitializeAsync()
    {
        _database = await SharedSqld.NewDatabaseAsync();
        using var raw = new RawSqld(_database);
        await raw.RunAsync("CREATE TABLE t(id INTEGER)");
        await raw.RunAsync("CREATE TABLE u(id INTEGER PRIMARY KEY)");
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task What_only_reads_is_asked_again(bool http, bool toServer, int bytes)
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = await WarmAsync(proxy, http);
        Cut(proxy, toServer, bytes);
        Assert.Equal(0, await client.CountAsync("SELECT count(*) FROM t"));
        Cut(proxy, toServer, bytes);
        Assert.Equal(2, (await client.ReadAsync(["SELECT 1", "SELECT 2"])).Count);
        Cut(proxy, toServer, bytes);
        Assert.True((await client.DescribeAsync("SELECT count(*) FROM u")).IsReadOnly);
        await client.ExecuteAsync("SELECT 7");
        Cut(proxy, toServer, bytes);
        Assert.Equal(7, (await client.ExecuteAsync("SELECT 7"))[0, 0].AsInt64());
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_write_that_is_safe_to_repeat_is_repeated_and_kept_once(bool http, bool toServer, int bytes)
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = await WarmAsync(proxy, http);
        Cut(proxy, toServer, bytes);
        await client.InsertAsync("INSERT INTO u(id) VALUES (1) ON CONFLICT DO NOTHING", safeToRepeat: true);
        Cut(proxy, toServer, bytes);
        await client.WriteAsync([new("INSERT INTO u(id) VALUES (2) ON CONFLICT DO NOTHING"), new("INSERT INTO u(id) VALUES (3) ON CONFLICT DO NOTHING")], safeToRepeat: true);
        Assert.Equal(3, await client.CountAsync("SELECT count(*) FROM u"));
        Assert.True(client.Statistics.Retries >= 2);
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_write_that_is_not_safe_to_repeat_is_told_that_its_outcome_is_unknown(bool http, bool toServer, int bytes)
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = await WarmAsync(proxy, http);
        await IsUnknownAsync(() => client.InsertAsync(Insert));
        await IsUnknownAsync(() => client.WriteAsync([new("UPDATE u SET id = 0 WHERE id < 0"), new(Insert, ExpectedRows: 1)]));
        await IsUnknownAsync(() => client.BatchAsync([new(Insert)]));
        await IsUnknownAsync(() => client.ExecuteAsync("INSERT INTO t(id) VALUES (2)")); // never seen before
        var kept = await client.CountAsync("SELECT count(*) FROM t");
        Assert.InRange(kept, toServer ? 0 : 3, toServer ? 0 : 4); // the answer about the kind of a new statement comes before the statement is run

        async Task IsUnknownAsync(Func<Task> write)
        {
            Assert.True(await client.CountAsync("SELECT count(*) FROM u") >= 0);
            Cut(proxy, toServer, bytes);
            var error = await Assert.ThrowsAsync<LibSqlConnectionException>(write);
            Assert.True(error.OutcomeUnknown);
            Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 7)]
    [InlineData(false, 0)]
    [InlineData(false, 5)]
    public async Task A_transaction_is_lost_as_a_whole_and_its_begin_is_repeated(bool toServer, int bytes)
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = await WarmAsync(proxy, http: false);
        Cut(proxy, toServer, bytes);
        await using (var begun = await client.BeginTransactionAsync())
        {
            await begun.ExecuteAsync(Insert);
            Cut(proxy, toServer, bytes);
            await Assert.ThrowsAsync<LibSqlConnectionException>(() => begun.ExecuteAsync(Insert));
            await Assert.ThrowsAsync<LibSqlConnectionException>(() => begun.CommitAsync());
        }

        Assert.Equal(0, await client.CountAsync("SELECT count(*) FROM t"));
        await using (var committing = await client.BeginTransactionAsync())
        {
            await committing.ExecuteAsync(Insert);
            Cut(proxy, toServer, bytes);
            Assert.True((await Assert.ThrowsAsync<LibSqlConnectionException>(() => committing.CommitAsync())).OutcomeUnknown);
        }

        Assert.Equal(toServer ? 0 : 1, await client.CountAsync("SELECT count(*) FROM t"));
        await client.ExecuteScriptAsync("INSERT INTO t VALUES (9); INSERT INTO t VALUES (9)");
        Assert.Equal(2, await client.CountAsync("SELECT count(*) FROM t WHERE id = 9"));
    }

    [Fact]
    public async Task A_transaction_that_is_lost_over_HTTP_holds_others_for_5_seconds_at_most()
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = await WarmAsync(proxy, http: true);
        await using (var transaction = await client.BeginTransactionAsync())
        {
            await transaction.ExecuteAsync(Insert);
            Cut(proxy, toServer: false, 5);
            await Assert.ThrowsAsync<LibSqlConnectionException>(() => transaction.ExecuteAsync(Insert));
        }

        await client.InsertAsync("INSERT INTO t(id) VALUES (5)").SoonAsync(); // the server hears of no end: it gives the lock to who waits for it
        Assert.Equal(5, await client.CountAsync("SELECT sum(id) FROM t"));
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Rows_that_stream_end_with_an_error_and_the_next_ones_come(bool http, bool toServer, int bytes)
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = await WarmAsync(proxy, http);
        const string Numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n";
        Cut(proxy, toServer, bytes);
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => SumAsync());
        Assert.Equal(12_502_500, await SumAsync());
        Cut(proxy, toServer: false, 20_000);
        await Assert.ThrowsAsync<LibSqlConnectionException>(() => SumAsync());
        Assert.Equal(12_502_500, await SumAsync());

        async Task<long> SumAsync()
        {
            var sum = 0L;
            await foreach (var row in client.StreamAsync(Numbers))
                sum += row[0].AsInt64();
            return sum;
        }
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 40)]
    [InlineData(true, 0)]
    [InlineData(true, 40)]
    public async Task A_first_connection_that_breaks_off_is_reported_and_the_next_call_makes_another(bool toServer, int bytes)
    {
        await using var proxy = new FaultProxy(_database.Server);
        await using var client = Clients.Open(_database, proxy);
        Cut(proxy, toServer, bytes);
        Assert.False((await Assert.ThrowsAsync<LibSqlConnectionException>(() => client.InsertAsync(Insert))).OutcomeUnknown);
        await client.InsertAsync(Insert);
        Assert.Equal(1, await client.CountAsync("SELECT count(*) FROM t"));
    }

    /// <summary>A client with two streams that were used: one for each of what a test does at a time.</summary>
    private async Task<LibSqlClient> WarmAsync(FaultProxy proxy, bool http)
    {
        var client = Clients.Open(_database, proxy, http);
        Assert.Equal(0, await client.CountAsync("SELECT count(*) FROM t"));
        return client;
    }

    private static void Cut(FaultProxy proxy, bool toServer, int bytes) => proxy.CutAfter(toServer ? Direction.ToServer : Direction.ToClient, bytes);
}
