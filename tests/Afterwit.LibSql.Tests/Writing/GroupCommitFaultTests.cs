using Afterwit.LibSql.Tests.Faults;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Writing;

/// <summary>Units of work that share a commit: what fails, fails alone.</summary>
public sealed class GroupCommitFaultTests : IAsyncLifetime
{
    private SqldDatabase _database = null!;
    private FaultProxy _proxy = null!;
    private LibSqlClient _client = null!;

    public async Task InitializeAsync()
    {
        _database = await SharedSqld.NewDatabaseAsync();
        using var raw = new RawSqld(_database);
        await raw.RunAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, word TEXT UNIQUE); CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)");
        _proxy = Network(_database);
        _client = Clients.Open(_database, _proxy);
        await _client.CountAsync("SELECT 1");
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _proxy.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Units_that_violate_a_constraint_or_change_other_rows_than_expected_fail_alone()
    {
        var units = await TogetherAsync(Enumerable.Range(1, 16).Select(i => (Func<Task>)(() => i switch
        {
            4 => _client.WriteAsync([new(new("INSERT INTO t VALUES (?, 'four')", i)), new("INSERT INTO t VALUES (1, 'again')")]),
            7 => _client.WriteAsync([new(new("INSERT INTO t VALUES (?, 'seven')", i)), new("UPDATE t SET word = 'x' WHERE id = 999", ExpectedRows: 1)]),
            9 => _client.InsertAsync("INSERT INTO t VALUES (1, 'nine')"),
            12 => _client.InsertAsync("INSERT INTO nowhere VALUES (1)"),
            _ => _client.WriteAsync([new(new("INSERT INTO t VALUES (?, ?)", i, $"w{i}")), new(new("UPDATE t SET word = word || '!' WHERE id = ?", i), ExpectedRows: 1)]),
        })));
        Assert.Equal("SQLITE_CONSTRAINT", Assert.IsType<LibSqlServerException>(units[3]).Code);
        Assert.Equal((1, 0L), Assert.IsType<UnexpectedRowsException>(units[6]) is var e ? (e.Step, e.Actual) : default);
        Assert.Equal("SQLITE_CONSTRAINT", Assert.IsType<LibSqlServerException>(units[8]).Code);
        Assert.Contains("nowhere", Assert.IsType<LibSqlServerException>(units[11]).Message, StringComparison.Ordinal);
        Assert.Equal(4, units.Count(u => u is not null));
        Assert.Equal(12, await _client.CountAsync("SELECT count(*) FROM t WHERE word = 'w' || id || '!'"));
        Assert.Equal(12, await _client.CountAsync("SELECT count(*) FROM t"));
        Assert.InRange(_client.Statistics.LargestGroup, 8, 16);
    }

    [Fact]
    public async Task An_error_with_which_the_engine_undoes_everything_fails_one_unit_and_leaves_nothing_outside_of_the_transaction()
    {
        var units = await TogetherAsync(Enumerable.Range(1, 16).Select(i => (Func<Task>)(() => i switch
        {
            6 => _client.WriteAsync([new("INSERT INTO p VALUES (600)"), new("INSERT OR ROLLBACK INTO t VALUES (1, 'six')"), new("INSERT INTO p VALUES (601)")]),
            11 => _client.InsertAsync("INSERT OR ROLLBACK INTO t VALUES (1, 'eleven')"),
            _ => _client.WriteAsync([new(new("INSERT INTO t VALUES (?, ?)", i, $"w{i}")), new(new("INSERT INTO p VALUES (?)", i))]),
        })));
        Assert.Equal([6, 11], units.Select((u, i) => (u, i)).Where(u => u.u is not null).Select(u => u.i + 1));
        Assert.All([units[5], units[10]], u => Assert.Equal("SQLITE_CONSTRAINT", Assert.IsType<LibSqlServerException>(u).Code));
        Assert.Equal(14, await _client.CountAsync("SELECT count(*) FROM t"));
        Assert.Equal(14, await _client.CountAsync("SELECT count(*) FROM p WHERE id BETWEEN 1 AND 99"));
        Assert.Equal(0, await _client.CountAsync("SELECT count(*) FROM p WHERE id >= 100"));
    }

    [Fact]
    public async Task A_unit_that_makes_the_commit_itself_fail_fails_alone()
    {
        var units = await TogetherAsync(Enumerable.Range(1, 8).Select(i => (Func<Task>)(() => i == 3
            ? _client.InsertAsync("INSERT INTO c VALUES (3, 999)") // found wrong at the commit
            : _client.InsertAsync("INSERT INTO t VALUES (?, ?)", false, i, $"w{i}"))));
        Assert.Contains("FOREIGN KEY", Assert.IsType<LibSqlServerException>(units[2]).Message, StringComparison.Ordinal);
        Assert.Equal(7, units.Count(u => u is null));
        Assert.Equal(7, await _client.CountAsync("SELECT count(*) FROM t"));
        Assert.Equal(0, await _client.CountAsync("SELECT count(*) FROM c"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Writes_wait_for_another_process_that_holds_the_database(int writers)
    {
        using var raw = new RawSqld(_database);
        await using var other = Clients.Open(_database);
        var held = await other.BeginTransactionAsync();
        await held.ExecuteAsync("INSERT INTO p VALUES (1)");
        var before = _client.Statistics.RoundTrips;
        var writes = Enumerable.Range(1, writers).Select(i => _client.InsertAsync("INSERT INTO t VALUES (?, NULL)", false, i)).ToList();
        await Eventually.IsTrueAsync(() => _client.Statistics.RoundTrips > before); // sent
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System); // not for long: the server takes the lock away from who holds it for 5 s
        Assert.All(writes, w => Assert.False(w.IsCompleted));
        await held.CommitAsync();
        await held.DisposeAsync();
        await Task.WhenAll(writes).SoonAsync();
        Assert.Equal(writers, await _client.CountAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task An_answer_that_was_lost_is_asked_for_again_only_where_that_is_safe()
    {
        // All of them in one group, whose answer does not come: the cut lies a little behind the answer to the one before them, and theirs is long.
        await _client.InsertAsync("INSERT INTO p VALUES (-2)"); // the first answer opens the stream too
        var bytes = _proxy.Bytes(Direction.ToClient);
        await _client.InsertAsync("INSERT INTO p VALUES (-3)");
        _proxy.CutAfter(Direction.ToClient, _proxy.Bytes(Direction.ToClient) - bytes + 20);
        var units = await TogetherAsync(Enumerable.Range(1, 8).Select(i => (Func<Task>)(() => _client.InsertAsync("INSERT INTO t VALUES (?, NULL) ON CONFLICT DO NOTHING", i % 2 == 0, i))));
        for (var i = 1; i <= 8; i++)
        {
            if (i % 2 == 0)
                Assert.Null(units[i - 1]);
            else
                Assert.True(Assert.IsType<LibSqlConnectionException>(units[i - 1]).OutcomeUnknown);
        }

        Assert.Equal(8, await _client.CountAsync("SELECT count(*) FROM t")); // the unsafe ones were kept too, which nobody could know
    }

    [Fact]
    public async Task A_unit_of_several_messages_whose_last_answer_was_lost_is_sent_again_or_its_outcome_is_unknown()
    {
        // A last answer so long that a cut a little before its end lies inside of it: how long the others are varies with what they say of durations.
        var last = new WriteStep("INSERT INTO p VALUES (1) ON CONFLICT(id) DO UPDATE SET id = id RETURNING hex(zeroblob(5000))");
        await LargeAsync(1, safeToRepeat: true, last); // opens the stream
        var before = _proxy.Bytes(Direction.ToClient);
        await LargeAsync(2, safeToRepeat: true, last);
        var answers = _proxy.Bytes(Direction.ToClient) - before;
        _proxy.CutAfter(Direction.ToClient, answers - 5_000);
        await LargeAsync(3, safeToRepeat: true, last);
        Assert.Equal(1, _client.Statistics.Retries);
        _proxy.CutAfter(Direction.ToClient, answers - 5_000);
        Assert.True((await Assert.ThrowsAsync<LibSqlConnectionException>(() => LargeAsync(4, safeToRepeat: false, last))).OutcomeUnknown);
        Assert.Equal(4 * 8, await _client.CountAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_unit_of_several_messages_that_fails_in_a_later_one_leaves_nothing()
    {
        var error = await Assert.ThrowsAsync<UnexpectedRowsException>(() => LargeAsync(1, safeToRepeat: true, new WriteStep("UPDATE t SET word = NULL WHERE id = 1", ExpectedRows: 1)));
        Assert.Equal((8, 0L), (error.Step, error.Actual));
        Assert.Equal("SQLITE_CONSTRAINT", (await Assert.ThrowsAsync<LibSqlServerException>(() => LargeAsync(1, safeToRepeat: true, new WriteStep("INSERT INTO t VALUES (15, NULL)")))).Code);
        Assert.Equal(0, await _client.CountAsync("SELECT count(*) FROM t"));
        await LargeAsync(1, safeToRepeat: true);
        Assert.Equal(8, await _client.CountAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_transaction_that_holds_others_for_5_seconds_is_ended_by_the_server_and_says_so()
    {
        await using var other = Clients.Open(_database);
        await using var slow = await _client.BeginTransactionAsync();
        await slow.ExecuteAsync("INSERT INTO t VALUES (1, 'slow')");
        await other.InsertAsync("INSERT INTO t VALUES (2, 'next')").SoonAsync();
        var error = await Assert.ThrowsAsync<LibSqlServerException>(() => slow.ExecuteAsync("INSERT INTO t VALUES (3, 'slow')"));
        Assert.Equal(("TRANSACTION_TIMEOUT", true), (error.Code, error.IsTransient));
        await Assert.ThrowsAsync<LibSqlServerException>(() => slow.CommitAsync());
        await slow.DisposeAsync();
        Assert.Equal(2, await _client.CountAsync("SELECT sum(id) FROM t"));
    }

    private static FaultProxy Network(SqldDatabase database) => new(database.Server);

    /// <summary>Eight rows, together more than goes in one message.</summary>
    private Task<IReadOnlyList<ResultSet>> LargeAsync(int unit, bool safeToRepeat, params WriteStep[] last) =>
        _client.WriteAsync([.. Enumerable.Range(10 * unit, 8).Select(id => new WriteStep(new("INSERT INTO t VALUES (?, ?) ON CONFLICT(id) DO NOTHING", id, $"{id}{new string('x', 3_000_000)}"))), .. last], safeToRepeat);

    /// <summary>Queues units behind one whose answer is held back, so that they share one commit. Null where one was kept, else its error.</summary>
    private async Task<Exception?[]> TogetherAsync(IEnumerable<Func<Task>> units)
    {
        _proxy.Hold(Direction.ToServer);
        var (before, head) = (_client.Statistics.RoundTrips, _client.InsertAsync("INSERT INTO p VALUES (-1)"));
        await Eventually.IsTrueAsync(() => _client.Statistics.RoundTrips > before);
        var writes = units.Select(u => u()).ToList();
        _proxy.Release(Direction.ToServer);
        await head;
        return await Task.WhenAll(writes.Select(async w =>
        {
            try
            {
                await w.SoonAsync();
                return default(Exception);
            }
            catch (LibSqlException e)
            {
                return e;
            }
        }));
    }
}
