using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Two stores on one database, each as in a process of its own: what the one writes, the other sees in time.</summary>
public sealed class ForeignChangesTests : IAsyncLifetime, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly List<IAsyncDisposable> _open = [];
    private readonly TemporaryFolder _folder = new();
    private readonly FakeClock _clock = new();
    private SqldDatabase? _server;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var opened in _open)
            await opened.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_another_process_wrote_is_seen_after_the_interval_and_not_before_it_is_asked_for(bool onServer)
    {
        var (here, there) = (await OpenAsync(onServer, new() { CheckInterval = TimeSpan.FromSeconds(10) }), await OpenAsync(onServer));
        await ImportAsync(here, Samples.Run(1, "old"));
        await Eventually.IsTrueAsync(() => here.Statistics.Checks > 0);
        await AskAsync(here, "old", 1);
        await ImportAsync(there, Samples.Run(1, "new"), Samples.Run(2, "more"));
        _clock.Now = _clock.Now.AddSeconds(4);
        await AskAsync(here, "old", 1);
        _clock.Now = _clock.Now.AddSeconds(6);
        await AskAsync(here, "new", 2);
        Assert.Equal((2, 1), (here.Statistics.Checks, here.Statistics.ForeignChanges));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_an_interval_every_read_sees_what_was_written_before_it(bool onServer)
    {
        var (here, there) = (await OpenAsync(onServer, new() { CheckInterval = TimeSpan.Zero }), await OpenAsync(onServer));
        for (var version = 1; version <= 20; version++)
        {
            await ImportAsync(there, Samples.Run(1, $"version {version}"));
            await AskAsync(here, $"version {version}", 1);
            await AskAsync(here, $"version {version}", 1);
        }

        Assert.True(here.Statistics.Hits >= 20, $"{here.Statistics.Hits} hits");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Commits_of_ones_own_are_no_foreign_ones(bool onServer)
    {
        var (here, there) = (await OpenAsync(onServer), await OpenAsync(onServer));
        var own = ((SqlMemoryStore)here.Inner).Database;
        var before = await own.ForeignChangesAsync([], None);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => ImportAsync(here, Samples.Run(n, "task"))));
        Assert.Equal(before, await own.ForeignChangesAsync([], None));
        await there.RetirePatternAsync(new(1), true, None); // one statement, which changes nothing
        await ImportAsync(there, Samples.Run(50, "task"));
        Assert.NotEqual(before, await own.ForeignChangesAsync([], None));
    }

    [Fact]
    public async Task A_batch_of_several_messages_is_announced_too()
    {
        var (here, there) = (await OpenAsync(onServer: true, new() { CheckInterval = TimeSpan.Zero }), await OpenAsync(onServer: true));
        var run = new Episode { Id = Samples.Id(1), Task = "old", StartedAt = Samples.Start };
        await there.StartEpisodeAsync(run, None);
        await AskAsync(here, "old", 1);
        var large = Step.Message("user", new string('x', 1_000_000)) with { Ordinal = 0 };
        Episode[] more = [.. Enumerable.Range(2, 25).Select(n => new Episode { Id = Samples.Id(n), Task = "large", StartedAt = Samples.Start, Steps = [large] })];
        await there.WriteBatchAsync(new() { Episodes = [run with { Task = "new" }, .. more] }, BatchOptions.Default, None);
        await AskAsync(here, "new", 20); // as many as are listed
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_through_the_client_of_the_database_is_announced(bool inTransaction)
    {
        var (here, there) = (((SqlMemoryStore)(await OpenAsync(onServer: true)).Inner).Database, ((SqlMemoryStore)(await OpenAsync(onServer: true)).Inner).Database);
        var (own, foreign) = (await here.ForeignChangesAsync([], None), await there.ForeignChangesAsync([], None));
        var client = ((LibSqlDatabase)here).Client;
        if (inTransaction)
        {
            await using var transaction = await client.BeginTransactionAsync();
            await transaction.ExecuteAsync("UPDATE totals SET packs = packs");
            await transaction.CommitAsync();
        }
        else
        {
            await client.ExecuteAsync("UPDATE totals SET packs = packs");
        }

        Assert.Equal(own, await here.ForeignChangesAsync([], None));
        Assert.NotEqual(foreign, await there.ForeignChangesAsync([], None));
    }

    [Fact]
    public async Task Who_writes_what_another_process_just_wrote_reads_that()
    {
        var (here, there) = (await OpenAsync(onServer: false), await OpenAsync(onServer: false));
        await Eventually.IsTrueAsync(() => here.Statistics.Checks > 0);
        await ImportAsync(here, Samples.Run(1, "old", domain: "air"));
        await AskAsync(here, "old", 1);
        await ImportAsync(there, Samples.Run(1, "new", domain: "air"));
        var result = await here.WriteBatchAsync(new() { Episodes = [Samples.Learn(Samples.Run(1, "new", domain: "air")).Episode] }, BatchOptions.Default, None);
        Assert.Equal(BatchOutcome.Unchanged, result.Episodes[0].Outcome);
        await AskAsync(here, "new", 1);

        await ImportAsync(there, Samples.Run(1, "newer", domain: "air"));
        Assert.Single(await here.FindUnchangedAsync([Samples.Learn(Samples.Run(1, "newer", domain: "air")).Episode], None));
        await AskAsync(here, "newer", 1);
    }

    [Fact]
    public async Task Who_forgets_what_another_process_just_moved_to_another_domain_finds_it_in_neither()
    {
        var (here, there) = (await OpenAsync(onServer: false), await OpenAsync(onServer: false));
        await Eventually.IsTrueAsync(() => here.Statistics.Checks > 0);
        await ImportAsync(here, Samples.Run(1, "task", domain: "air"));
        await ImportAsync(there, Samples.Run(1, "task", domain: "code"));
        Assert.Single(await here.ListEpisodesAsync(new() { Domain = "code" }, None));
        Assert.True(await here.ForgetEpisodeAsync(Samples.Id(1), None));
        Assert.Empty(await here.ListEpisodesAsync(new() { Domain = "code" }, None));
        Assert.Empty(await here.ListEpisodesAsync(new() { Domain = "air" }, None));
    }

    [Fact]
    public async Task The_rows_of_processes_long_gone_go_and_what_they_committed_stays_counted()
    {
        var own = ((SqlMemoryStore)(await OpenAsync(onServer: true)).Inner).Database;
        await own.WriteAsync([new("INSERT INTO writers(id, commits, at) VALUES (1, 2, 0), (2, 3, 0)")], None);
        var before = await own.ForeignChangesAsync([], None);
        Assert.Equal(5, before);
        var there = await OpenAsync(onServer: true);
        await ImportAsync(there, Samples.Run(1, "task"));
        await ImportAsync(there, Samples.Run(2, "task"));
        Assert.Equal(before + 2, await own.ForeignChangesAsync([], None));
        var rows = new List<(long Id, long Commits)>();
        await own.ReadAsync([new("SELECT id, commits FROM writers ORDER BY id", [], row => rows.Add((row.GetInt64(0), row.GetInt64(1))))], None);
        Assert.Equal((0, 5), rows[0]);
        Assert.Equal(3, rows.Count);
    }

    [Fact]
    public async Task A_commit_that_cannot_be_announced_is_not_kept()
    {
        var database = ((SqlMemoryStore)(await OpenAsync(onServer: true)).Inner).Database;
        await Assert.ThrowsAsync<DatabaseException>(() => database.WriteAsync([new("DROP TABLE writers")], None));
        await Assert.ThrowsAsync<DatabaseException>(() => database.WriteAsync([new("DELETE FROM patterns"), new("DROP TABLE writers")], None));
        await database.ForeignChangesAsync([], None);
    }

    [Fact]
    public async Task A_look_that_fails_is_no_answer_the_database_is_asked_instead()
    {
        var database = new FakeDeafDatabase(SqliteDatabase.Open(_folder["memory.db"]));
        var store = await CachedStore.OpenAsync(database, time: _clock);
        _open.Add(store);
        await ImportAsync(store, Samples.Run(1, "task"));
        await Eventually.IsTrueAsync(() => store.Statistics.Checks > 0);
        await AskAsync(store, "task", 1);
        database.IsDeaf = true;
        _clock.Now = _clock.Now.AddSeconds(2);
        var loads = store.Of("episode").Loads;
        await AskAsync(store, "task", 1);
        Assert.Equal(loads + 1, store.Of("episode").Loads);
        for (var i = 0; i < 50; i++)
            await AskAsync(store, "task", 1);
        Assert.Equal((loads + 51, 1), (store.Of("episode").Loads, store.Statistics.FailedChecks)); // for a moment nobody tries again
        database.IsDeaf = false;
        _clock.Now = _clock.Now.AddMilliseconds(100);
        await AskAsync(store, "task", 1);
        Assert.Equal(loads + 51, store.Of("episode").Loads);
    }

    [Fact]
    public async Task A_note_of_the_hottest_items_that_cannot_be_left_is_counted()
    {
        var database = new FakeDeafDatabase(SqliteDatabase.Open(_folder["memory.db"]));
        var store = await CachedStore.OpenAsync(database, time: _clock);
        await ImportAsync(store, Samples.Run(1, "task"));
        await Eventually.IsTrueAsync(() => store.Statistics.Checks > 0);
        for (var i = 0; i < 150; i++)
            await store.GetEpisodeAsync(Samples.Id(1), None);
        database.IsDeaf = true;
        await store.DisposeAsync();
        Assert.Equal(1, store.Statistics.FailedTasks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_read_is_older_than_the_last_acknowledged_write(bool onServer)
    {
        var store = await OpenAsync(onServer);
        var acknowledged = new int[4];
        for (var key = 0; key < acknowledged.Length; key++)
            await ImportAsync(store, Versioned(key, 0));
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(reader => Task.Run(async () =>
        {
            var reads = 0;
            for (var random = new Random(reader); !stop.IsCancellationRequested; reads++)
            {
                var key = random.Next(acknowledged.Length);
                var least = Volatile.Read(ref acknowledged[key]);
                var task = random.Next(4) switch
                {
                    0 => (await store.GetEpisodeAsync(Samples.Id(key), None))!.Task,
                    1 => (await store.GetEpisodesAsync([Samples.Id(key), Samples.Id((key + 1) % 4)], None))[0]!.Task,
                    2 => (await store.ListEpisodesAsync(new() { Domain = $"d{key}" }, None)).Single().Task,
                    _ => (await store.FindCandidatesAsync(new() { Terms = ["version"], Domain = $"d{key}" }, None)).Candidates.Single().Head.Task,
                };
                Assert.True(int.Parse(task.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) >= least, $"key {key}: '{task}' after version {least} was acknowledged");
            }

            return reads;
        })).ToList();
        await Task.WhenAll(Enumerable.Range(0, acknowledged.Length).Select(key => Task.Run(async () =>
        {
            for (var version = 1; version <= 60; version++)
            {
                await ImportAsync(store, Versioned(key, version));
                Volatile.Write(ref acknowledged[key], version);
            }
        })));
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(readers), reads => Assert.True(reads > 0));
        Assert.True(store.Statistics.Hits > 0);
    }

    private static Episode Versioned(int key, int version) => Samples.Run(key, $"version {version}", domain: $"d{key}");

    private static Task<ImportCounts> ImportAsync(CachingMemoryStore store, params Episode[] episodes) => store.ImportEpisodesAsync([.. episodes.Select(Samples.Learn)], None);

    private static async Task AskAsync(CachingMemoryStore store, string task, int count)
    {
        Assert.Equal(task, (await store.GetEpisodeAsync(Samples.Id(1), None))!.Task);
        Assert.Equal(count, (await store.ListEpisodesAsync(new(), None)).Count);
    }

    private async Task<CachingMemoryStore> OpenAsync(bool onServer, CacheOptions? options = null)
    {
        if (onServer)
            _server ??= await SharedSqld.NewDatabaseAsync();
        var store = await CachedStore.OpenAsync(onServer ? await LibSqlDatabase.OpenAsync(_server!.WsUrl, new() { Namespace = _server.Namespace }) : SqliteDatabase.Open(_folder["memory.db"]), options, _clock);
        _open.Add(store);
        return store;
    }

    private sealed class FakeDeafDatabase(IDatabase inner) : DatabaseDecorator(inner)
    {
        public bool IsDeaf { get; set; }

        public override Task<long> ForeignChangesAsync(IReadOnlyList<Query> along, CancellationToken cancellationToken) => IsDeaf ? throw new DatabaseException("not now") : base.ForeignChangesAsync(along, cancellationToken);

        public override Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken) =>
            IsDeaf ? throw new DatabaseException("not now") : base.WriteAsync(unitOfWork, cancellationToken);
    }
}
