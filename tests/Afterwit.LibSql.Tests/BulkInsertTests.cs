using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests;

/// <summary>Many rows as one statement: what is rewritten, and that a real server gets the same values as row by row.</summary>
public sealed class BulkInsertTests : IAsyncLifetime, IAsyncDisposable
{
    private SqldDatabase _database = null!;
    private LibSqlClient _client = null!;

    public async Task InitializeAsync()
    {
        _database = await SharedSqld.NewDatabaseAsync();
        _client = new(_database.Url, new() { Namespace = _database.Namespace, Timeout = Eventually.Patience });
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (?1)", "v", "INSERT INTO t SELECT (j.value->>0) FROM json_each(?1) j WHERE true ")]
    [InlineData(" insert or ignore into main.t (a, b)\nvalues(?2,?1)", "vb", " insert or ignore into main.t (a, b)\nSELECT substr(?2,j.value->>1,j.value->>2),(j.value->>0) FROM json_each(?1) j WHERE true ")]
    [InlineData("INSERT INTO \"a (b\"(\"VALUES (\", c) VALUES (?1, 'it''s ?1 :)')", "v", "INSERT INTO \"a (b\"(\"VALUES (\", c) SELECT (j.value->>0), 'it''s ?1 :)' FROM json_each(?1) j WHERE true ")]
    [InlineData("INSERT INTO t(a) VALUES (CAST(?1 AS TEXT) || (?10))", "vvvvvvvvvb", "INSERT INTO t(a) SELECT CAST((j.value->>0) AS TEXT) || (substr(?2,j.value->>9,j.value->>10)) FROM json_each(?1) j WHERE true ")]
    [InlineData("INSERT INTO t(a) VALUES ((SELECT k FROM u WHERE id = ?1)) ON CONFLICT(a) DO UPDATE SET a = excluded.a RETURNING a", "b", "INSERT INTO t(a) SELECT (SELECT k FROM u WHERE id = substr(?2,j.value->>0,j.value->>1)) FROM json_each(?1) j WHERE true ON CONFLICT(a) DO UPDATE SET a = excluded.a RETURNING a")]
    [InlineData("INSERT INTO t AS x(a) VALUES (?1)\nRETURNING a", "v", "INSERT INTO t AS x(a) SELECT (j.value->>0) FROM json_each(?1) j WHERE true RETURNING a")]
    public void A_statement_is_rewritten(string sql, string types, string expected) => Assert.Equal(expected, BulkInsert.Rewrite(sql, types));

    [Fact]
    public void Bytes_travel_as_they_are_behind_the_rows()
    {
        var statement = Assert.Single(BulkInsert.Of("INSERT INTO t VALUES (?1, ?2, ?3)", [[new byte[] { 1, 2 }, 7L, new byte[] { 3 }], [SqlValue.Null, 8L, Array.Empty<byte>()]])).Statement;
        Assert.Equal("INSERT INTO t SELECT substr(?2,j.value->>0,j.value->>1), (j.value->>2), substr(?2,j.value->>3,j.value->>4) FROM json_each(?1) j WHERE true ", statement.Sql);
        Assert.Equal("[[1,2,7,3,1],[null,null,8,4,0]]", statement.Arguments[0].AsString());
        Assert.Equal([1, 2, 3], statement.Arguments[1].AsBlob());
    }

    [Fact]
    public async Task Bytes_that_are_all_empty_stay_bytes()
    {
        await _client.ExecuteAsync("CREATE TABLE t(a, b)");
        Assert.Equal(2, await InsertAsync("INSERT INTO t VALUES (?1, ?2)", [[1L, Array.Empty<byte>()], [2L, SqlValue.Null]], statements: 1));
        Assert.Equal(["blob", "null"], (await _client.ExecuteAsync("SELECT typeof(b) FROM t ORDER BY a")).Select(r => r[0].AsString()));
    }

    [Theory]
    [InlineData("UPDATE t SET a = ?1")]
    [InlineData("REPLACE INTO t VALUES (?1)")]
    [InlineData("INSERT INTO t(a) SELECT ?1")]
    [InlineData("INSERT INTO t(a) SELECT 1 UNION ALL VALUES (?1)")]
    [InlineData("INSERT INTO t(a) SELECT column1 FROM (VALUES (?1))")]
    [InlineData("INSERT INTO t DEFAULT VALUES")]
    [InlineData("INSERT INTO t(a) VALUES (?1), (2)")]
    [InlineData("INSERT INTO t(a) VALUES (?1); DELETE FROM t")]
    [InlineData("INSERT INTO t(a) VALUES (?1) ON CONFLICT(a) DO UPDATE SET a = ?1")]
    [InlineData("INSERT INTO t(a) VALUES (?1) -- it's the first")]
    [InlineData("INSERT INTO t(a) VALUES (/* ) */ ?1)")]
    [InlineData("INSERT INTO t(a) VALUES (?)")]
    [InlineData("INSERT INTO t(a) VALUES (?0)")]
    [InlineData("INSERT INTO t(a) VALUES (?2)")]
    [InlineData("INSERT INTO t(a) VALUES (?99999999999)")]
    [InlineData("INSERT INTO t(a) VALUES (:a)")]
    [InlineData("INSERT INTO t(a) VALUES (@a)")]
    [InlineData("INSERT INTO t(a) VALUES ($a)")]
    [InlineData("INSERT INTO t(a) VALUES (((?1))")]
    [InlineData("INSERT INTO t(a) VALUES ('?1)")]
    [InlineData("INSERT INTO t(a) VALUES (?1 + (SELECT count(*) FROM T))")]
    public void A_statement_of_another_form_is_left_as_it_is(string sql)
    {
        Assert.Null(BulkInsert.Rewrite(sql, "v"));
        var statements = BulkInsert.Of(sql, [[1L], [2L]]).ToList();
        Assert.Equal([(sql, 1L, 1), (sql, 2L, 1)], statements.Select(s => (s.Statement.Sql, s.Statement.Arguments[0].AsInt64(), s.Rows)));
    }

    [Fact]
    public void Rows_that_do_not_fit_together_go_one_by_one()
    {
        SqlValue[][][] odd = [[[1L], [new byte[] { 1 }]], [[1L], [1L, 2L]], [[1.0], [double.NaN]], [[1.0], [double.PositiveInfinity]], [[1.0], [double.MaxValue]], [[1L]]];
        foreach (var rows in odd)
            Assert.Equal(rows, BulkInsert.Of("INSERT INTO t VALUES (?1)", rows).Select(s => s.Statement.Arguments));
        Assert.Empty(BulkInsert.Of("INSERT INTO t VALUES (?1)", []));
    }

    [Fact]
    public async Task Values_of_all_types_arrive_as_they_do_row_by_row()
    {
        var random = new Random(3);
        double[] reals = [1.0, 0.0, -0.0, 1e300, -1e300, 0.1, 0.1 + 0.2, double.Epsilon, 3.328976859851614E+146, 9.9e306, 1e15, 123456789012345680, .. Enumerable.Range(0, 2000).Select(_ => BitConverter.Int64BitsToDouble(random.NextInt64())).Where(r => r < 1e307), .. Enumerable.Range(0, 2000).Select(_ => random.NextDouble())];
        SqlValue[] values =
        [
            long.MinValue, long.MaxValue, long.MinValue + 1, 0L, -1L, 1L << 53, "", "a\0b", "\0", "it's \"quoted\" \\ \n\t\u0001\u007f", "grün \U0001F600 \u2028", "1", "1.0", "null", "[1]", "+/=<>&",
            SqlValue.Utf8Text("utf8 é\0"u8.ToArray()), SqlValue.Null, .. reals.Select(r => (SqlValue)r),
        ];
        byte[]?[] blobs = [[], [0], null, [1, 2, 255], [.. Enumerable.Range(0, 256).Select(i => (byte)i)]];
        SqlValue[][] rows = [.. values.Select((v, i) => new SqlValue[] { i, v, blobs[i % blobs.Length] })];
        await _client.ExecuteAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, v, b BLOB)");
        await _client.ExecuteAsync("CREATE TABLE u(id INTEGER PRIMARY KEY, v, b BLOB)");
        Assert.Equal(rows.Length, await InsertAsync("INSERT INTO t VALUES (?1, ?2, ?3)", rows, statements: 1));
        await _client.WriteAsync([.. rows.Select(r => new WriteStep(new("INSERT INTO u VALUES (?1, ?2, ?3)", r)))]);
        var (bulk, single) = (await _client.ExecuteAsync("SELECT v, b, typeof(v), length(v), hex(v) FROM t ORDER BY id"), await _client.ExecuteAsync("SELECT v, b, typeof(v), length(v), hex(v) FROM u ORDER BY id"));
        for (var i = 0; i < rows.Length; i++)
        {
            Assert.Equal(Enumerable.Range(0, 5).Select(c => single[i, c]), Enumerable.Range(0, 5).Select(c => bulk[i, c]));
            Assert.Equal((SqlValue)blobs[i % blobs.Length], bulk[i, 1]);
            if (values[i] != -0.0)
                Assert.Equal(values[i], bulk[i, 0]);
        }
    }

    [Fact]
    public async Task Conflicts_and_returned_rows_are_those_of_the_statement()
    {
        await _client.ExecuteAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, word TEXT)");
        SqlValue[][] rows = [[1L, "a"], [2L, "b"], [1L, "c"]];
        Assert.Equal(3, await InsertAsync("INSERT INTO t(id, word) VALUES (?1, upper(?2)) ON CONFLICT(id) DO UPDATE SET word = t.word || excluded.word", rows, statements: 1));
        Assert.Equal(["AC", "B"], (await _client.ExecuteAsync("SELECT word FROM t ORDER BY id")).Select(r => r[0].AsString()));
        var statement = Assert.Single(BulkInsert.Of("INSERT INTO t(word) VALUES (?1) RETURNING id", [["x"], ["y"]])).Statement;
        Assert.Equal([3L, 4L], (await _client.ExecuteAsync(statement)).Select(r => r[0].AsInt64()));
    }

    [Fact]
    public async Task Ten_thousand_rows_arrive_in_statements_of_about_three_megabytes()
    {
        await _client.ExecuteAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, word TEXT)");
        SqlValue[][] rows = [.. Enumerable.Range(0, 10_000).Select(i => new SqlValue[] { i, new string((char)('a' + i % 26), 900) })];
        var statements = BulkInsert.Of("INSERT INTO t VALUES (?1, ?2)", rows).ToList();
        Assert.Equal(rows.Length, statements.Sum(s => s.Rows));
        Assert.All(statements.SkipLast(1), s => Assert.InRange(s.Statement.Arguments[0].AsString().Length, 3_100_000, 3_200_000));
        Assert.Equal(rows.Length, await InsertAsync("INSERT INTO t VALUES (?1, ?2)", rows, statements: 3));
        Assert.Equal(rows, (await _client.ExecuteAsync("SELECT id, word FROM t ORDER BY id")).Select(r => new[] { r[0], r[1] }));
    }

    [Fact]
    public async Task A_large_row_goes_alone_and_one_that_is_too_large_is_one_clear_error()
    {
        await _client.ExecuteAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
        SqlValue[][] rows = [[1L, new byte[3]], [2L, new byte[4]], [3L, new byte[4_000_000]], [4L, new byte[5]]];
        Assert.Equal(4, await InsertAsync("INSERT INTO t VALUES (?1, ?2)", rows, statements: 3));
        Assert.Equal([3, 4, 4_000_000, 5], (await _client.ExecuteAsync("SELECT length(b) FROM t ORDER BY id")).Select(r => r[0].AsInt64()));
        rows = [[5L, new byte[1]], [6L, new byte[6_000_000]]];
        var error = await Assert.ThrowsAsync<LibSqlServerException>(() => InsertAsync("INSERT INTO t VALUES (?1, ?2)", rows, statements: 2));
        Assert.Contains("too big", error.Message, StringComparison.Ordinal);
        Assert.Equal(4L, (await _client.ExecuteAsync("SELECT count(*) FROM t"))[0, 0].AsInt64());
    }

    private async Task<long> InsertAsync(string sql, SqlValue[][] rows, int statements)
    {
        var bulk = BulkInsert.Of(sql, rows).ToList();
        Assert.Equal(statements, bulk.Count);
        return (await _client.WriteAsync([.. bulk.Select(s => new WriteStep(s.Statement, s.Rows))])).Sum(r => r.AffectedRows);
    }
}
