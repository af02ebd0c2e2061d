using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Transport;

/// <summary>What every way to a server has to do, tried on a real one.</summary>
public abstract partial class TransportContract : IAsyncLifetime
{
    private SqldDatabase _database = null!;

    private protected LibSqlStatistics Statistics { get; } = new();

    private protected SqldDatabase Database => _database;

    public async Task InitializeAsync() => _database = await SharedSqld.NewDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Values_of_all_types_come_back_as_they_were()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        SqlValue[] values = [SqlValue.Null, 0L, long.MinValue, long.MaxValue, -1.5, 0.1, double.MaxValue, "", "grün \"\\\u0001 \U0001F600 +/=", SqlValue.Utf8Text("utf8 é"u8.ToArray()), Array.Empty<byte>(), new byte[] { 0xFB, 0xEF, 0xBE, 0xFF }, new byte[] { 1 }, new byte[] { 1, 2 }];
        var result = await stream.RunAsync($"SELECT {string.Join(", ", values.Select(_ => "?"))}", values);
        Assert.Equal(values.Select(v => v.Type), Enumerable.Range(0, values.Length).Select(i => result[0, i].Type));
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(values[i].AsObject(), result[0, i].AsObject());
        Assert.Equal((1, values.Length), (result.Count, result.Columns.Count));
    }

    [Fact]
    public async Task A_blob_of_every_length_and_byte_comes_back()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        var random = new Random(7);
        for (var length = 0; length < 50; length++)
        {
            var blob = new byte[length];
            random.NextBytes(blob);
            Assert.Equal(blob, (await stream.RunAsync("SELECT ?", blob))[0, 0].AsBlob());
        }
    }

    [Fact]
    public async Task A_statement_tells_what_it_changed_and_what_its_columns_are()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        await stream.RunAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, word TEXT)");
        var insert = await stream.RunAsync("INSERT INTO t(word) VALUES ('a'), ('b'), ('c')");
        Assert.Equal((3, 3L, 0), (insert.AffectedRows, insert.LastInsertRowId, insert.Count));
        var select = HranaRequest.Execute(Requests.Bind("SELECT id, word, id + 1 AS next FROM t ORDER BY id"));
        var first = (await stream.SendAsync(select, Requests.Soon, CancellationToken.None)).Get<ResultSet>();
        var second = (await stream.SendAsync(select, Requests.Soon, CancellationToken.None)).Get<ResultSet>();
        Assert.Equal([new("id", "INTEGER"), new("word", "TEXT"), new("next", null)], first.Columns);
        Assert.Same(first.ColumnSet, second.ColumnSet);
        Assert.Equal((3, "b", 4L), (second.Count, second[1]["word"].AsString(), second[2, 2].AsInt64()));
        Assert.True(second.RowsRead >= 3);
        Assert.NotNull(insert.ReplicationIndex);
        Assert.True(select.Statement.Prepared.ExpectedBytes > 20);
    }

    [Fact]
    public async Task Parameters_go_by_name_too()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        var request = HranaRequest.Execute(new(new("SELECT :a, @b"), ["x", 2L], ["a", "@b"]));
        var result = (await stream.SendAsync(request, Requests.Soon, CancellationToken.None)).Get<ResultSet>();
        Assert.Equal(("x", 2L), (result[0, 0].AsString(), result[0, 1].AsInt64()));
    }

    [Fact]
    public async Task Requests_of_one_message_are_answered_in_order_and_an_error_stops_none()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        var answers = await stream.SendAsync([Requests.Execute("SELECT 1"), Requests.Execute("SELEC"), new(RequestKind.GetAutocommit), Requests.Execute("SELECT 4")], Requests.Soon, CancellationToken.None);
        Assert.Equal(1L, answers[0].Get<ResultSet>()[0, 0].AsInt64());
        Assert.Equal("SQL_PARSE_ERROR", Assert.Throws<LibSqlServerException>(() => answers[1].Get<ResultSet>()).Code);
        Assert.True(answers[2].IsAutocommit);
        Assert.Equal(4L, answers[3].Get<ResultSet>()[0, 0].AsInt64());
        Assert.True(stream.IsAlive);
    }

    [Fact]
    public async Task A_batch_goes_by_its_conditions()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        await stream.RunAsync("CREATE TABLE t(id INTEGER PRIMARY KEY)");
        var kept = (await stream.SendAsync(Requests.Transaction("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"), Requests.Soon, CancellationToken.None)).Get<BatchResult>();
        Assert.All(kept.Errors, Assert.Null);
        Assert.Null(kept.Results[^1]);
        var undone = (await stream.SendAsync(Requests.Transaction("INSERT INTO t VALUES (3)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (4)"), Requests.Soon, CancellationToken.None)).Get<BatchResult>();
        Assert.Equal([false, false, true, false, false, false], undone.Errors.Select(e => e is not null));
        Assert.Equal([true, true, false, false, false, true], undone.Results.Select(r => r is not null));
        Assert.Equal("SQLITE_CONSTRAINT", undone.Errors[2]!.Code);
        Assert.Equal(2L, (await stream.RunAsync("SELECT count(*) FROM t"))[0, 0].AsInt64());
        var any = Requests.Batch(("SELECT 1", null), ("SELECT 2", BatchCondition.Any(BatchCondition.Error(0), BatchCondition.Ok(0))), ("SELECT 3", BatchCondition.Error(1)));
        Assert.Equal([true, true, false], (await stream.SendAsync(any, Requests.Soon, CancellationToken.None)).Get<BatchResult>().Results.Select(r => r is not null));
    }

    [Fact]
    public async Task A_script_runs_and_a_statement_is_described()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        Assert.Null((await stream.SendAsync(HranaRequest.Sequence(new("CREATE TABLE t(a TEXT); INSERT INTO t VALUES ('x');")), Requests.Soon, CancellationToken.None)).Error);
        var select = (await stream.SendAsync(HranaRequest.Describe(new("SELECT a, ?1, :n FROM t")), Requests.Soon, CancellationToken.None)).Get<StatementDescription>();
        Assert.Equal(["?1", ":n"], select.Parameters);
        Assert.Equal(new Column("a", "TEXT"), select.Columns[0]);
        Assert.Equal((true, false), (select.IsReadOnly, select.IsExplain));
        var insert = (await stream.SendAsync(HranaRequest.Describe(new("INSERT INTO t VALUES (?)")), Requests.Soon, CancellationToken.None)).Get<StatementDescription>();
        Assert.Equal((false, 1), (insert.IsReadOnly, insert.Parameters.Count));
        Assert.NotNull((await stream.SendAsync(HranaRequest.Describe(new("SELECT * FROM nowhere")), Requests.Soon, CancellationToken.None)).Error);
    }

    [Fact]
    public async Task A_transaction_lasts_as_long_as_its_stream()
    {
        await using var transport = Open();
        var (writer, other) = (await OpenAsync(transport), await OpenAsync(transport));
        await writer.RunAsync("CREATE TABLE t(id INTEGER)");
        await writer.RunAsync("BEGIN IMMEDIATE");
        await writer.RunAsync("INSERT INTO t VALUES (1)");
        Assert.False((await writer.SendAsync(new HranaRequest(RequestKind.GetAutocommit), Requests.Soon, CancellationToken.None)).IsAutocommit);
        Assert.Equal(1L, (await writer.RunAsync("SELECT count(*) FROM t"))[0, 0].AsInt64());
        writer.Close();
        Assert.False(writer.IsAlive);
        await other.RunAsync("INSERT INTO t VALUES (2)");
        Assert.Equal(1L, (await other.RunAsync("SELECT count(*) FROM t"))[0, 0].AsInt64());
        other.Close();
        other.Close();
    }

    [Fact]
    public async Task A_cursor_tells_its_steps_rows_and_errors()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        var entries = await stream.CursorAsync("SELECT 1 AS a, 'x' AS b UNION SELECT 2, NULL", "SELECT * FROM nowhere");
        Assert.Equal([CursorEntryKind.StepBegin, CursorEntryKind.Row, CursorEntryKind.Row, CursorEntryKind.StepEnd, CursorEntryKind.StepError], entries.Where(e => e.Kind != CursorEntryKind.ReplicationIndex).Select(e => e.Kind));
        Assert.Equal(["a", "b"], entries[0].Columns!.Columns.Select(c => c.Name));
        Assert.Equal([1L, "x"], entries[1].Row!);
        Assert.Equal([2L, SqlValue.Null], entries[2].Row!);
        Assert.Equal((1, true), (entries[4].Step, entries[4].Error!.Message.Contains("nowhere", StringComparison.Ordinal)));
        Assert.Equal(5L, (await stream.RunAsync("SELECT 5"))[0, 0].AsInt64());
    }

    [Fact]
    public async Task A_cursor_that_is_left_ends_its_stream_alone()
    {
        await using var transport = Open();
        var (stream, other) = (await OpenAsync(transport), await OpenAsync(transport));
        await foreach (var entry in stream.ReadCursorAsync(Requests.Batch(("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n", null)), Requests.Soon, CancellationToken.None))
        {
            if (entry.Kind == CursorEntryKind.Row)
                break;
        }

        stream.Close();
        Assert.False(stream.IsAlive);
        Assert.Equal(1L, (await other.RunAsync("SELECT 1"))[0, 0].AsInt64());
    }

    private protected abstract ITransport Open(string url, LibSqlOptions options);

    private protected ITransport Open(Action<LibSqlOptions>? configure = null) => Open(_database.Url, configure);

    private protected ITransport Open(string url, Action<LibSqlOptions>? configure = null)
    {
        var options = new LibSqlOptions { Namespace = _database.Namespace, ConnectTimeout = Eventually.Patience };
        configure?.Invoke(options);
        return Open(url, options);
    }

    private protected static async Task<HranaStream> OpenAsync(ITransport transport) => await transport.OpenAsync(Requests.Soon, CancellationToken.None);
}
