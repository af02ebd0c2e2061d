using Afterwit.LibSql;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Sqlite;

public sealed class SqliteDatabaseTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Patience = Eventually.Patience;
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["memory.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_thousand_reads_open_one_connection_and_prepare_each_statement_once()
    {
        await using var database = await OpenAsync();
        await InsertAsync(database, 1);
        var before = (database.Statistics.StatementHits, database.Statistics.StatementMisses, database.Statistics.ConnectionsOpened, database.Statistics.ConnectionsReused);
        for (var i = 0; i < 1000; i++)
            Assert.Equal(1, await NumberAsync(database, "SELECT count(*) FROM t"));
        var statistics = database.Statistics;
        Assert.Equal((before.StatementHits + 999, before.StatementMisses + 1), (statistics.StatementHits, statistics.StatementMisses));
        Assert.Equal(before.ConnectionsOpened + 1, statistics.ConnectionsOpened);
        Assert.Equal(before.ConnectionsReused + 999, statistics.ConnectionsReused);
        Assert.Equal((1000, 0), (statistics.Reads, statistics.ConnectionWaits));
        Assert.True(statistics.PrepareTime > TimeSpan.Zero);
    }

    [Fact]
    public async Task Queries_of_one_read_share_a_snapshot()
    {
        await using var database = await OpenAsync();
        await InsertAsync(database, 1);
        List<long> seen = [];
        await database.ReadAsync(
            [
                new("SELECT count(*) FROM t", [], row =>
                {
                    seen.Add(row.GetInt64(0));
                    OtherWriter.Run(File, "INSERT INTO t VALUES (2)");
                }),
                new("SELECT count(*) FROM t", [], row => seen.Add(row.GetInt64(0))),
            ],
            None);
        Assert.Equal([1, 1], seen);
        Assert.Equal(2, await NumberAsync(database, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task The_least_recently_used_statement_goes_first()
    {
        await using var database = await OpenAsync(new() { StatementCacheSize = 8, MaxReaders = 1 });
        var statistics = database.Statistics;
        async Task<long> MissesAsync(params int[] statements)
        {
            var before = statistics.StatementMisses;
            foreach (var statement in statements)
                await NumberAsync(database, $"SELECT {statement}");
            return statistics.StatementMisses - before;
        }

        Assert.Equal(8, await MissesAsync(0, 1, 2, 3, 4, 5, 6, 7));
        Assert.Equal(1, await MissesAsync(0, 8)); // 1 goes
        Assert.Equal(0, await MissesAsync(0, 2, 3, 4, 5, 6, 7, 8));
        Assert.Equal(9, await MissesAsync(1, 0, 2, 3, 4, 5, 6, 7, 8)); // one more than there is room for: each has just gone
    }

    [Fact]
    public async Task Who_finds_every_reader_in_use_waits_is_counted_and_served()
    {
        await using var database = await OpenAsync(new() { MaxReaders = 1 });
        using var reading = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var first = Task.Run(() => database.ReadAsync([new("SELECT 1", [], _ =>
        {
            reading.Set();
            Assert.True(goOn.Wait(Patience));
        })], None));
        Assert.True(reading.Wait(Patience));

        var second = NumberAsync(database, "SELECT 2");
        using var impatient = new CancellationTokenSource();
        var third = NumberAsync(database, "SELECT 3", impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third.WaitAsync(Patience));
        Assert.False(second.IsCompleted);
        Assert.Equal(2, database.Statistics.ConnectionWaits);
        goOn.Set();
        await first.WaitAsync(Patience);
        Assert.Equal(2, await second.WaitAsync(Patience));
    }

    [Fact]
    public async Task Writes_that_come_while_one_is_on_its_way_share_the_next_commit()
    {
        await using var database = await OpenAsync();
        using var other = new OtherWriter(File);
        var before = database.Statistics.Commits;
        var writes = Enumerable.Range(0, 64).Select(i => InsertAsync(database, i)).ToList();
        other.Release();
        await Task.WhenAll(writes).WaitAsync(Patience);
        Assert.Equal(64, await NumberAsync(database, "SELECT count(*) FROM t"));
        Assert.InRange(database.Statistics.Commits - before, 1, 2);
        Assert.InRange(database.Statistics.LargestGroup, 32, 64);
    }

    [Fact]
    public async Task A_group_is_no_larger_than_the_setting()
    {
        await using var database = await OpenAsync(new() { MaxGroupCommit = 4 });
        using var other = new OtherWriter(File);
        var writes = Enumerable.Range(0, 20).Select(i => InsertAsync(database, i)).ToList();
        other.Release();
        await Task.WhenAll(writes).WaitAsync(Patience);
        Assert.Equal(4, database.Statistics.LargestGroup);
    }

    [Fact]
    public async Task One_failing_member_of_a_group_fails_alone()
    {
        await using var database = await OpenAsync();
        await InsertAsync(database, 7);
        List<Task<IReadOnlyList<CommandResult>>> writes;
        using (var other = new OtherWriter(File))
        {
            writes =
            [
                InsertAsync(database, 1), // on its way alone
                InsertAsync(database, 2),
                database.WriteAsync([new("INSERT INTO t VALUES (3)"), new("INSERT INTO t VALUES (7)")], None),
                database.WriteAsync([new("INSERT INTO t VALUES (4)"), new("UPDATE t SET i = 9 WHERE i = 404") { EachChangesOne = true, Conflict = "no 404" }], None),
                database.WriteAsync([new("INSERT INTO t VALUES (5)"), new("INSERT INTO nowhere VALUES (1)")], None),
                InsertAsync(database, 6),
            ];
            other.Release();
            await Task.WhenAll(writes).ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(Patience);
        }

        Assert.Equal([true, true, false, false, false, true], writes.Select(w => w.IsCompletedSuccessfully));
        await Assert.ThrowsAsync<DatabaseException>(() => writes[2]);
        Assert.Equal("no 404", (await Assert.ThrowsAsync<ConflictException>(() => writes[3])).Message);
        Assert.Contains("nowhere", (await Assert.ThrowsAsync<DatabaseException>(() => writes[4])).Message);
        Assert.Equal(["1", "2", "6", "7"], OtherWriter.Read(File, "SELECT i FROM t ORDER BY i"));
    }

    [Fact]
    public async Task Each_execution_has_to_change_one_row_and_not_as_many_as_all_together()
    {
        await using var database = await OpenAsync();
        await InsertAsync(database, 1);
        await InsertAsync(database, 2);
        Task UpdateAsync(params int[] bounds) => database.WriteAsync([new("UPDATE t SET i = -i WHERE i >= ?1", [.. bounds.Select(b => new SqlValue[] { b })]) { EachChangesOne = true }], None);
        await Assert.ThrowsAsync<ConflictException>(() => UpdateAsync(1, 1)); // two rows, then none
        Assert.Equal(["1", "2"], OtherWriter.Read(File, "SELECT i FROM t ORDER BY i"));
        await UpdateAsync(2, 1);
        Assert.Equal(["-2", "-1"], OtherWriter.Read(File, "SELECT i FROM t ORDER BY i"));
    }

    [Fact]
    public async Task What_is_cancelled_before_it_is_picked_up_is_not_written()
    {
        await using var database = await OpenAsync(new() { MaxGroupCommit = 1 }); // the last of the queue is picked up after the others are committed
        using var other = new OtherWriter(File);
        using var change = new CancellationTokenSource();
        var first = InsertAsync(database, 1);
        var filler = Enumerable.Range(10, 5).Select(i => InsertAsync(database, i)).ToList();
        var second = database.WriteAsync([new("INSERT INTO t VALUES (2)")], change.Token);
        await change.CancelAsync();
        other.Release();
        await Task.WhenAll([first, .. filler]).WaitAsync(Patience);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Patience));
        Assert.Equal(0, await NumberAsync(database, "SELECT count(*) FROM t WHERE i = 2"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => database.WriteAsync([new("INSERT INTO t VALUES (2)")], change.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NumberAsync(database, "SELECT 1", change.Token));
    }

    [Fact]
    public async Task Disposing_writes_what_is_queued_and_then_refuses_more()
    {
        var database = await OpenAsync();
        var other = new OtherWriter(File);
        var writes = Enumerable.Range(0, 50).Select(i => InsertAsync(database, i)).ToList();
        var closing = database.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => InsertAsync(database, 404));
        other.Release();
        other.Dispose();
        await closing.WaitAsync(Patience);
        Assert.All(writes, w => Assert.True(w.IsCompletedSuccessfully));
        await database.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => NumberAsync(database, "SELECT 1"));
        Assert.Equal(["50"], OtherWriter.Read(File, "SELECT count(*) FROM t"));
        Assert.False(System.IO.File.Exists(File + "-wal"), "the log was not checkpointed into the file");
    }

    [Theory]
    [InlineData(Durability.Full, 2)]
    [InlineData(Durability.Normal, 1)]
    public async Task Every_connection_has_the_settings_that_keep_data(Durability durability, int synchronous)
    {
        await using var database = await OpenAsync(new() { Synchronous = durability, BusyTimeout = TimeSpan.FromMilliseconds(1500) });
        (string Sql, long Expected)[] settings = [("SELECT foreign_keys FROM pragma_foreign_keys", 1), ("SELECT synchronous FROM pragma_synchronous", synchronous), ("SELECT timeout FROM pragma_busy_timeout", 1500), ("SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1)];
        foreach (var (sql, expected) in settings)
        {
            Assert.Equal((sql, expected), (sql, await NumberAsync(database, sql)));
            Assert.Equal((sql, expected), (sql, (await database.WriteAsync([new(sql)], None))[0].Returned));
        }

        await Assert.ThrowsAsync<DatabaseException>(() => database.WriteAsync([Command.OfScript("CREATE TABLE c(i REFERENCES t(i))"), new("INSERT INTO c VALUES (404)")], None));
    }

    [Fact]
    public async Task The_defaults_wait_for_the_disk()
    {
        await using var database = await OpenAsync();
        Assert.Equal(2, (await database.WriteAsync([new("SELECT synchronous FROM pragma_synchronous")], None))[0].Returned);
        Assert.Equal(60_000, await NumberAsync(database, "SELECT timeout FROM pragma_busy_timeout"));
    }

    [Fact]
    public async Task The_file_and_its_log_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var database = await OpenAsync();
        foreach (var file in (string[])[File, File + "-wal", File + "-shm"])
            Assert.Equal((file, UnixFileMode.UserRead | UnixFileMode.UserWrite), (file, System.IO.File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task Reads_go_on_while_another_holds_the_write_lock()
    {
        await using var database = await OpenAsync();
        await InsertAsync(database, 1);
        using var other = new OtherWriter(File);
        other.Run("INSERT INTO t VALUES (2)");
        Assert.Equal(1, await NumberAsync(database, "SELECT count(*) FROM t"));
        var write = InsertAsync(database, 3);
        Assert.Equal(1, await NumberAsync(database, "SELECT count(*) FROM t"));
        Assert.False(write.IsCompleted);
        other.Release();
        await write.WaitAsync(Patience);
        Assert.Equal(3, await NumberAsync(database, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_lock_that_is_held_too_long_gives_one_clear_error_and_nothing_is_lost()
    {
        await using var database = await OpenAsync(new() { BusyTimeout = TimeSpan.FromMilliseconds(200) });
        await InsertAsync(database, 1);
        using var other = new OtherWriter(File);
        var error = await Assert.ThrowsAsync<DatabaseException>(() => InsertAsync(database, 2).WaitAsync(Patience));
        Assert.True(error.IsTransient);
        Assert.Contains(File, error.Message);
        Assert.Contains("Storage:BusyTimeout", error.Message);
        Assert.DoesNotContain("locked", error.Message);
        other.Release();
        await InsertAsync(database, 2);
        Assert.Equal(2, await NumberAsync(database, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Every_kind_of_value_goes_in_and_out_of_a_statement_that_is_used_again()
    {
        await using var database = await OpenAsync();
        await database.WriteAsync([Command.OfScript("CREATE TABLE v(n INTEGER PRIMARY KEY, x)")], None);
        SqlValue[] values = [long.MinValue, long.MaxValue, 0.1, double.MaxValue, "", Samples.Odd, "null", SqlValue.Null, Array.Empty<byte>(), new byte[] { 0, 255 }, true];
        await database.WriteAsync([new("INSERT INTO v(x) VALUES (?1)", [.. values.Select(v => new[] { v })])], None);
        var read = new List<object>();
        await database.ReadAsync(
            [new("SELECT typeof(x), x FROM v ORDER BY n", [], row => read.Add(row.GetString(0) switch
            {
                "integer" => row.GetInt64(1), "real" => row.GetDouble(1), "text" => row.GetString(1), "blob" => row.GetBlob(1), _ => DBNull.Value,
            }))], None);
        Assert.Equal(values.Select(v => v.AsObject()), read);
    }

    [Fact]
    public async Task Appending_a_step_writes_one_row()
    {
        await using var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(_folder["store.db"]), new FakeClock());
        await store.StartEpisodeAsync(new() { Id = Samples.Id(1), Task = "t", StartedAt = Samples.Start }, None);
        async Task<long> RowsWrittenAsync() => (await store.Database.WriteAsync([new("SELECT total_changes()")], None))[0].Returned!.Value;
        await store.AppendStepsAsync(Samples.Id(1), [.. Enumerable.Range(0, 500).Select(i => Step.ToolCall("t", new string('x', 1000), $"{i}"))], None);
        var before = await RowsWrittenAsync();
        for (var i = 0; i < 20; i++)
            await store.AppendStepsAsync(Samples.Id(1), [Step.ToolCall("t")], None);
        Assert.Equal(before + 20, await RowsWrittenAsync());
    }

    [Theory]
    [InlineData("BusyTimeout")]
    [InlineData("MaxReaders")]
    [InlineData("StatementCacheSize")]
    [InlineData("MaxGroupCommit")]
    [InlineData("MaxBytes")]
    [InlineData("Synchronous")]
    public void A_setting_out_of_its_range_is_named(string setting)
    {
        var options = setting switch
        {
            "BusyTimeout" => new SqliteOptions { BusyTimeout = TimeSpan.FromMilliseconds(99) },
            "MaxReaders" => new() { MaxReaders = 0 },
            "StatementCacheSize" => new() { StatementCacheSize = 7 },
            "MaxGroupCommit" => new() { MaxGroupCommit = 10_001 },
            "MaxBytes" => new() { MaxBytes = -1 },
            _ => new() { Synchronous = (Durability)7 },
        };
        var error = Assert.Throws<ArgumentException>(() => SqliteDatabase.Open(File, options));
        Assert.Contains($"Storage:{setting}", error.Message);
        Assert.Contains("allowed", error.Message);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public void A_library_that_is_too_old_is_named_with_what_to_install()
    {
        Assert.Null(NativeSqlite.TooOld(new(3, 35, 0)));
        Assert.Contains("3.34.1", NativeSqlite.TooOld(new(3, 34, 1))!.Message);
    }

    private static async Task<long> NumberAsync(SqliteDatabase database, string sql, CancellationToken cancellationToken = default)
    {
        long? found = null;
        await database.ReadAsync([new(sql, [], row => found = row.GetInt64(0))], cancellationToken);
        return found!.Value;
    }

    private static Task<IReadOnlyList<CommandResult>> InsertAsync(SqliteDatabase database, int i) => database.WriteAsync([new("INSERT INTO t VALUES (?1)", i)], None);

    private async Task<SqliteDatabase> OpenAsync(SqliteOptions? options = null)
    {
        var database = SqliteDatabase.Open(File, options);
        await database.WriteAsync([Command.OfScript("CREATE TABLE t(i INTEGER PRIMARY KEY)")], None);
        return database;
    }
}
