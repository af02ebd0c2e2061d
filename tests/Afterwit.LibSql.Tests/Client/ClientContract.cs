using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Client;

/// <summary>What a client does, whichever way leads to the server.</summary>
public abstract class ClientContract : IAsyncLifetime
{
    private SqldDatabase _database = null!;

    private LibSqlClient Client { get; set; } = null!;

    public async Task InitializeAsync()
    {
        _database = await SharedSqld.NewDatabaseAsync();
        Client = Open(_database.Url, new() { Namespace = _database.Namespace });
        await Client.ExecuteAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT UNIQUE)");
    }

    public async Task DisposeAsync()
    {
        await Client.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_statement_is_described_once_and_its_columns_and_parameters_are_known()
    {
        await Client.ExecuteAsync(new("INSERT INTO t VALUES (?1, ?2)", 1L, "one"));
        var select = Statement.Named("SELECT id AS number, body FROM t WHERE id = :id AND body <> @other", ("id", 1L), ("@other", "two"));
        for (var i = 0; i < 5; i++)
        {
            var result = await Client.ExecuteAsync(select);
            Assert.Equal((1L, "one"), (result[0]["number"].AsInt64(), result[0]["body"].AsString()));
            Assert.Equal(["number", "body"], result.Columns.Select(c => c.Name));
        }

        Assert.Equal(3, Client.Statistics.Described); // the table, the insert, the select
        Assert.Equal(3, Client.Statistics.StatementMisses);
        var description = await Client.DescribeAsync(select.Sql);
        Assert.Equal([":id", "@other"], description.Parameters);
        Assert.True(description.IsReadOnly);
        Assert.Equal(3, Client.Statistics.Described);
        var unknown = await Assert.ThrowsAsync<ArgumentException>(() => Client.ExecuteAsync(Statement.Named(select.Sql, ("id", 1L), ("nobody", 2L))));
        Assert.Contains("nobody", unknown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => Client.ExecuteAsync(Statement.Named(select.Sql, ("id", 1L))));
    }

    [Fact]
    public async Task A_change_of_the_schema_changes_the_columns_of_a_known_statement()
    {
        await Client.ExecuteAsync("INSERT INTO t VALUES (1, 'one')");
        Assert.Equal(2, (await Client.ExecuteAsync("SELECT * FROM t")).Columns.Count);
        await Client.ExecuteAsync("ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'm'");
        var after = await Client.ExecuteAsync("SELECT * FROM t");
        Assert.Equal(3, after.Columns.Count);
        Assert.Equal("m", after[0]["more"].AsString());
    }

    [Fact]
    public async Task Reads_of_many_callers_go_together_and_each_gets_its_own_answer()
    {
        await Client.BulkInsertAsync("INSERT INTO t VALUES (?1, ?2)", [.. Enumerable.Range(0, 200).Select(i => new SqlValue[] { (long)i, $"body {i}" })]);
        var read = (int i) => Client.ExecuteAsync(new("SELECT body FROM t WHERE id = ?1", (long)i));
        for (var i = 0; i < 5; i++)
            await read(i);
        var bodies = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i => (await read(i))[0, 0].AsString()));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"body {i}"), bodies);
        Assert.True(Client.Statistics.GroupedReads > Client.Statistics.ReadGroups, $"{Client.Statistics.GroupedReads} reads in {Client.Statistics.ReadGroups} groups");
    }

    [Fact]
    public async Task A_read_that_fails_in_a_group_fails_alone()
    {
        const string sql = "SELECT CASE ?1 WHEN 13 THEN json('no json') ELSE ?1 END";
        for (var i = 0; i < 5; i++)
            await Client.ExecuteAsync(new(sql, 1L));
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(async i =>
        {
            try
            {
                return (await Client.ExecuteAsync(new(sql, (long)i)))[0, 0].AsInt64();
            }
            catch (LibSqlServerException)
            {
                return -1;
            }
        }));
        Assert.Equal(Enumerable.Range(0, 64).Select(i => i == 13 ? -1L : i), answers);
    }

    [Fact]
    public async Task A_caller_who_gives_up_in_a_group_leaves_the_others_their_answers()
    {
        for (var i = 0; i < 5; i++)
            await Client.ExecuteAsync(new("SELECT ?1", 1L));
        using var stop = new CancellationTokenSource();
        var kept = Enumerable.Range(0, 32).Select(i => Client.ExecuteAsync(new("SELECT ?1", (long)i))).ToList();
        var given = Enumerable.Range(0, 32).Select(i => Client.ExecuteAsync(new("SELECT ?1", (long)i), stop.Token)).ToList();
        await stop.CancelAsync();
        foreach (var task in given)
            await Record.ExceptionAsync(() => task);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => (long)i), (await Task.WhenAll(kept)).Select(r => r[0, 0].AsInt64()));
        Assert.Equal(7L, (await Client.ExecuteAsync(new("SELECT ?1", 7L)))[0, 0].AsInt64());
    }

    [Fact]
    public async Task Statements_read_together_see_one_snapshot()
    {
        await Client.ExecuteAsync("INSERT INTO t VALUES (1, 'one')");
        var results = await Client.ReadAsync([new("SELECT count(*) FROM t"), new("SELECT body FROM t WHERE id = ?1", 1L), "SELECT 1.5, NULL, x'00ff'"]);
        Assert.Equal(1L, results[0][0, 0].AsInt64());
        Assert.Equal("one", results[1][0, 0].AsString());
        Assert.Equal((1.5, true), (results[2][0, 0].AsDouble(), results[2][0, 1].IsNull));
        Assert.Equal([0, 255], results[2][0, 2].AsBlob());
        Assert.Empty(await Client.ReadAsync([]));
        await Assert.ThrowsAsync<LibSqlServerException>(() => Client.ReadAsync(["SELECT 1", "SELECT * FROM nowhere"]));
    }

    [Fact]
    public async Task A_transaction_keeps_what_it_commits_and_undoes_the_rest()
    {
        await using (var kept = await Client.BeginTransactionAsync())
        {
            await kept.ExecuteAsync("INSERT INTO t VALUES (1, 'kept')");
            await kept.CommitAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() => kept.ExecuteAsync("SELECT 1"));
        }

        await using (var undone = await Client.BeginTransactionAsync())
            await undone.ExecuteAsync("INSERT INTO t VALUES (2, 'undone')");
        Assert.Equal("kept", Assert.Single((await Client.ReadAsync(["SELECT body FROM t"]))[0])[0].AsString());
        var left = await Assert.ThrowsAsync<ArgumentException>(() => Client.ExecuteAsync("BEGIN"));
        Assert.Contains(nameof(LibSqlClient.BeginTransactionAsync), left.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_may_only_read_reads_and_every_write_is_refused_before_it_is_sent()
    {
        using var jwt = await Jwt.CreateAsync();
        await using var server = await SqldServer.StartAsync(new() { JwtKeyFile = jwt.KeyFile });
        await using (var owner = Open(server.Url, new() { AuthToken = await jwt.TokenAsync() }))
            await owner.ExecuteAsync("CREATE TABLE t(id)");
        var token = await jwt.TokenAsync("""{"a":"ro"}""");
        await using var reader = Open(server.Url, new() { AuthToken = token });
        Assert.Empty(await reader.ExecuteAsync("SELECT * FROM t"));
        Func<Task>[] writes =
        [
            () => reader.ExecuteAsync("INSERT INTO t VALUES (1)"), () => reader.WriteAsync([new("INSERT INTO t VALUES (1)")]),
            () => reader.ExecuteScriptAsync("INSERT INTO t VALUES (1)"), () => reader.BeginTransactionAsync(),
        ];
        foreach (var write in writes)
            Assert.DoesNotContain(token, (await Assert.ThrowsAsync<LibSqlAuthenticationException>(write)).ToString(), StringComparison.Ordinal);
        Assert.Empty(await reader.ExecuteAsync("SELECT * FROM t"));
        Assert.InRange(reader.Statistics.SocketsOpened, 1, 1);
    }

    [Fact]
    public async Task Nothing_begins_or_ends_a_transaction_on_a_shared_stream()
    {
        string[] statements = ["BEGIN", " /* a */ -- b\n ; begin immediate", "COMMIT", "ROLLBACK", "SAVEPOINT s", "END"];
        foreach (var sql in statements)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => Client.ExecuteAsync(sql));
            await Assert.ThrowsAsync<ArgumentException>(() => Client.ReadAsync([sql]));
            await Assert.ThrowsAsync<ArgumentException>(() => Client.WriteAsync([new(sql)]));
            await Assert.ThrowsAsync<ArgumentException>(async () => await Client.StreamAsync(sql).GetAsyncEnumerator().MoveNextAsync());
        }
    }

    [Fact]
    public async Task An_answer_that_is_too_large_leaves_no_transaction_behind()
    {
        const string large = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) SELECT printf('%01000d', i) FROM n";
        await Assert.ThrowsAnyAsync<LibSqlException>(() => Client.ReadAsync(["SELECT 1", large]));
        await Client.ExecuteAsync("INSERT INTO t VALUES (1, 'kept')");
        await using var other = Open(_database.Url, new() { Namespace = _database.Namespace });
        Assert.Equal(1L, (await other.ExecuteAsync("SELECT count(*) FROM t"))[0, 0].AsInt64());
        await other.ExecuteAsync("INSERT INTO t VALUES (2, 'by another')");
        Assert.Equal(2L, (await Client.ExecuteAsync("SELECT count(*) FROM t"))[0, 0].AsInt64());
    }

    [Fact]
    public async Task A_write_that_cannot_be_parsed_fails_alone()
    {
        var writes = Enumerable.Range(0, 24).Select(i => Client.WriteAsync([new(i == 13 ? "INSERT INTO INTO t" : $"INSERT INTO t VALUES ({i}, 'w {i}')")])).ToList();
        var failed = 0;
        foreach (var write in writes)
            failed += await Record.ExceptionAsync(() => write) is null ? 0 : 1;
        Assert.Equal((1, 23L), (failed, (await Client.ExecuteAsync("SELECT count(*) FROM t"))[0, 0].AsInt64()));
    }

    [Fact]
    public async Task A_script_is_kept_whole_or_not_at_all()
    {
        await Client.ExecuteScriptAsync("CREATE TABLE a(x); INSERT INTO a VALUES (1); INSERT INTO a VALUES (2)");
        await Assert.ThrowsAsync<LibSqlServerException>(() => Client.ExecuteScriptAsync("INSERT INTO a VALUES (3); INSERT INTO nowhere VALUES (4)"));
        Assert.Equal(2L, (await Client.ExecuteAsync("SELECT count(*) FROM a"))[0, 0].AsInt64());
    }

    [Fact]
    public async Task Rows_of_a_large_result_come_one_after_the_other()
    {
        await Client.BulkInsertAsync("INSERT INTO t VALUES (?1, ?2)", [.. Enumerable.Range(0, 5_000).Select(i => new SqlValue[] { (long)i, $"{i} {new string('x', 200)}" })]);
        var next = 0L;
        await foreach (var row in Client.StreamAsync("SELECT id, body FROM t ORDER BY id"))
            Assert.Equal(next++, row["id"].AsInt64());
        Assert.Equal(5_000, next);

        await foreach (var row in Client.StreamAsync("SELECT id FROM t"))
            break; // a caller who stops gives the stream back
        await Assert.ThrowsAsync<LibSqlServerException>(async () =>
        {
            await foreach (var row in Client.StreamAsync("SELECT * FROM nowhere"))
                Assert.Fail("there is no row");
        });
        Assert.Equal(0, Client.Servers.Primary.Pool.InUse);
    }

    [Fact]
    public async Task Steps_of_a_batch_run_by_their_conditions()
    {
        var result = await Client.BatchAsync(
        [
            new("INSERT INTO t VALUES (1, 'a')"),
            new("INSERT INTO t VALUES (1, 'b')", BatchCondition.Ok(0)),
            new("INSERT INTO t VALUES (2, 'c')", BatchCondition.Error(1)),
            new("INSERT INTO t VALUES (3, 'd')", BatchCondition.All(BatchCondition.Ok(0), BatchCondition.Not(BatchCondition.Error(1)))),
            new("BEGIN", BatchCondition.Any(BatchCondition.Ok(1), BatchCondition.IsAutocommit)),
        ]);
        Assert.Equal([true, false, true, false, true], result.Results.Select(r => r is not null));
        Assert.Equal("SQLITE_CONSTRAINT", result.Errors[1]!.Code);
        Assert.Equal(2L, (await Client.ExecuteAsync("SELECT count(*) FROM t"))[0, 0].AsInt64());
        await Client.ExecuteAsync("INSERT INTO t VALUES (9, 'the transaction that was left open is gone')");
    }

    private protected abstract LibSqlClient Open(string url, LibSqlOptions options);
}

public sealed class SocketClientTests : ClientContract
{
    private protected override LibSqlClient Open(string url, LibSqlOptions options) => new(url.Replace("http", "ws", StringComparison.Ordinal), options, new QuietClock());
}

public sealed class HttpClientTests : ClientContract
{
    private protected override LibSqlClient Open(string url, LibSqlOptions options) => new(url, options, new QuietClock());
}

public sealed class HttpJsonClientTests : ClientContract
{
    private protected override LibSqlClient Open(string url, LibSqlOptions options)
    {
        options.HttpEncoding = HttpEncoding.Json;
        return new(url, options, new QuietClock());
    }
}
