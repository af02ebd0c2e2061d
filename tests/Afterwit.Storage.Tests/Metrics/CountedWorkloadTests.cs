using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Metrics;

/// <summary>Alone: values that become text are counted by the whole process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Every figure of a report against what the test itself counted.</summary>
[Collection(nameof(Alone))]
public sealed class CountedWorkloadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task On_a_file()
    {
        var engine = SqliteDatabase.Open(_folder["memory.db"]);
        await RunAsync(engine, (before, after, counted) =>
        {
            Assert.Equal(counted.Statements, after.Statements.Hits + after.Statements.Misses - before.Statements.Hits - before.Statements.Misses);
            Assert.Equal(counted.Reads, after.Pool.Reused - before.Pool.Reused);
            Assert.Equal((2, 1, 0, 8, 8, 0, 0, null), (after.Pool.Opened, after.Pool.Open, after.Pool.InUse, after.Pool.Size, after.Pool.Max, after.Pool.Waits, after.Pool.Resizes, after.Pool.Reason));
            Assert.Null(after.Network);
            Assert.Equal("sqlite", after.System);
        });
    }

    [Fact]
    public async Task On_a_server()
    {
        await using var server = await SharedSqld.NewDatabaseAsync();
        var engine = await LibSqlDatabase.OpenAsync(server.WsUrl, new Afterwit.LibSql.LibSqlOptions { Namespace = server.Namespace }, new QuietClock());
        await RunAsync(engine, (before, after, counted) =>
        {
            var client = engine.Client.Statistics;
            Assert.Equal((client.BytesSent, client.BytesReceived, 0, 0), (after.Network!.BytesSent, after.Network.BytesReceived, after.Network.Retries, after.Network.BusyRetries));
            Assert.True(after.Network.BytesReceived > before.Network!.BytesReceived);
            Assert.Equal(client.StreamsReused, after.Pool.Reused);
            Assert.InRange(after.Pool.Reused - before.Pool.Reused, counted.Reads + counted.Writes - 3, counted.Reads + counted.Writes); // two reads of a recall may go as one
            Assert.Equal((client.StreamsOpened, client.Resizes), (after.Pool.Opened, after.Pool.Resizes));
            Assert.Equal("libsql", after.System);
        });
    }

    [Fact]
    public async Task Values_that_become_text()
    {
        await using var store = Compose(SqliteDatabase.Open(_folder["memory.db"]), out var metrics, out _);
        var episode = Samples.Run(1, "count the users", tags: ["env:test"]) with { Metadata = new Dictionary<string, string> { ["ticket"] = "42" } };
        await store.WriteBatchAsync(new() { Episodes = [Samples.Learn(episode).Episode] }, BatchOptions.Default, CancellationToken.None);
        var before = metrics.Report().Serialization;
        for (var i = 0; i < 9; i++)
            Assert.NotNull(await store.GetEpisodeAsync(episode.Id, CancellationToken.None));
        for (var i = 0; i < 4; i++)
            await store.FindPatternsAsync([i], CancellationToken.None);
        var after = metrics.Report().Serialization;
        Assert.Equal((9 * 4, 4), (after.Read - before.Read, after.Written - before.Written)); // reward, reflection, tags, metadata; the list of conditions
        Assert.True(after.ReadMs > before.ReadMs && after.WriteMs > before.WriteMs);
    }

    [Fact]
    public async Task Groups_of_writes()
    {
        await using var store = Compose(SqliteDatabase.Open(_folder["memory.db"]), out var metrics, out var counted);
        var (before, writes) = (metrics.Report().Writer, counted.Writes);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => store.StartEpisodeAsync(new() { Id = Samples.Id(i), Task = "t", StartedAt = Samples.Start }, CancellationToken.None)));
        var groups = metrics.Database.Measures.Groups;
        var after = metrics.Report().Writer;
        Assert.Equal((40, 40), (after.Writes - before.Writes, counted.Writes - writes));
        Assert.Equal((after.Commits, after.Writes, metrics.Database.LargestGroup), (groups.Count, groups.Sum, after.GroupMax));
    }

    [Fact]
    public async Task A_caller_who_waits_for_a_connection()
    {
        var engine = SqliteDatabase.Open(_folder["memory.db"], new() { MaxReaders = 1 });
        await using var store = Compose(engine, out var metrics, out _);
        using var hold = new ManualResetEventSlim();
        using var held = new ManualResetEventSlim();
        var holder = Task.Run(() => engine.ReadAsync([new("SELECT 1", [], _ => { held.Set(); hold.Wait(); })], CancellationToken.None));
        held.Wait();
        var waiter = store.GetEpisodeAsync(Samples.Id(1), CancellationToken.None);
        var during = metrics.Report().Pool;
        Assert.Equal((1, 1, 1, 1), (during.InUse, during.Open, during.Waiting, during.Waits));
        hold.Set();
        await Task.WhenAll(holder, waiter);
        var after = metrics.Report().Pool;
        Assert.Equal((0, 1, 0, 1), (after.InUse, after.Open, after.Waiting, after.Waits));
        Assert.True(after.WaitMs > 0);
        Assert.Equal(1, metrics.Database.Measures.Waits.Count);
    }

    /// <summary>7 starts, 31 steps logged one by one, 5 completions, 11 gets, 3 recalls, lists of each kind, and one step for an episode that is not there.</summary>
    private static async Task RunAsync(IDatabase engine, Action<MemoryReport, MemoryReport, Counted> more)
    {
        await using var memory = new AgentMemory(Compose(engine, out var metrics, out var counter), new FakeClock());
        await memory.Store.GetStatisticsAsync(CancellationToken.None); // a connection is open
        var before = metrics.Report();
        var (reads, writes, rows, statements) = (counter.Reads, counter.Writes, counter.Rows, counter.Statements);

        var ids = new List<EpisodeId>();
        for (var i = 0; i < 7; i++)
            ids.Add(await memory.StartAsync($"count the users of shop {i}", context: new() { Domain = "sql", Tags = ["env:test"] }, metadata: new Dictionary<string, string> { ["n"] = "1" }));
        for (var i = 0; i < 31; i++)
            await memory.LogAsync(ids[i % 7], Step.ToolCall("SELECT", "count(*)", "12"));
        for (var i = 0; i < 5; i++)
            await memory.CompleteAsync(ids[i], Outcome.Success("done"));
        for (var i = 0; i < 11; i++)
            await memory.GetAsync(ids[i % 7]);
        for (var i = 0; i < 3; i++)
            await memory.RecallAsync(new() { Text = "count the users", KeepReceipt = false });
        foreach (var filter in (EpisodeFilter[])
            [
                new() { Metadata = new("n", "1"), Tag = "env:test" }, new() { Tag = "env:test", Domain = "sql" }, new() { Tag = "env:test" }, new() { Domain = "sql", Status = EpisodeStatus.Running },
                new() { Scope = new(Project: "shop") }, new() { Status = EpisodeStatus.Running }, new() { Since = Samples.Start }, new(),
            ])
            await memory.Store.ListEpisodesAsync(filter, CancellationToken.None);
        await Assert.ThrowsAsync<NotFoundException>(() => memory.LogAsync(Samples.Id(99), Step.ToolCall("SELECT", "1", "1")));

        var after = metrics.Report();
        Assert.Equal(
            [
                ("start_episode", null, 7, 0), ("append_steps", null, 32, 1), ("complete_episode", null, 5, 0), ("get_episode", null, 5 + 11, 0),
                ("list_episodes", "metadata", 1, 0), ("list_episodes", "tag", 2, 0), ("list_episodes", "domain", 1, 0), ("list_episodes", "scope", 1, 0), ("list_episodes", "status", 1, 0),
                ("list_episodes", "time", 1, 0), ("list_episodes", "nothing", 1, 0), ("find_candidates", null, 3, 0),
            ],
            after.Operations.Where(o => o.Operation is "start_episode" or "append_steps" or "complete_episode" or "get_episode" or "list_episodes" or "find_candidates").Select(o => (o.Operation, o.Query, o.Count, o.Errors)));
        var counted = new Counted(counter.Reads - reads, counter.Writes - writes, counter.Rows - rows, counter.Statements - statements);
        Assert.Equal(7 + 32 + 5, counted.Writes);
        Assert.Equal((counted.Reads, counted.Writes), (Calls("read"), Calls("write")));
        Assert.Equal(counted.Rows, after.Rows - before.Rows);
        Assert.Equal(counted.Writes - counter.FailedWrites, after.Writer.Writes - before.Writer.Writes);
        Assert.Equal(counted.Writes - counter.FailedWrites, after.Writer.Commits - before.Writer.Commits); // one after the other: each alone
        Assert.Equal((1, 1, 1), (after.Writer.GroupP50, after.Writer.GroupP95, after.Writer.GroupMax));
        Assert.Equal(counted.Reads + counted.Writes - (engine is SqliteDatabase ? counter.FailedWrites : 0), after.RoundTrips - before.RoundTrips);
        Assert.Equal(5, after.EpisodesLearned);
        Assert.Equal([("write", nameof(ConflictException), 1L), ("append_steps", nameof(NotFoundException), 1L)], after.Errors.Select(e => (e.Operation, e.Type, e.Count)));
        Assert.All(after.Operations.Concat(after.Calls), o => Assert.True(o.P50Us > 0 && o.P50Us <= o.P95Us && o.P95Us <= o.P99Us && o.P99Us <= o.MaxUs && o.PerS10s > 0, o.ToString()));
        Assert.True(after.Pool.CreateMs > 0);
        more(before, after, counted);

        long Calls(string name) => after.Calls.Single(c => c.Operation == name).Count - before.Calls.Single(c => c.Operation == name).Count;
    }

    private static MeasuringMemoryStore Compose(IDatabase engine, out MemoryMetrics metrics, out FakeCounter counter)
    {
        metrics = new(engine, engine.Name, new FakeMoments());
        counter = new(engine);
        return new(SqlMemoryStore.OpenAsync(new MeasuringDatabase(counter, metrics), new FakeClock()).GetAwaiter().GetResult(), metrics);
    }

    private sealed record Counted(long Reads, long Writes, long Rows, long Statements);

    /// <summary>Each look at it comes a microsecond after the last: a call takes some time, and never so much that the rate of the last seconds is none.</summary>
    private sealed class FakeMoments : TimeProvider
    {
        private long _now = 5_000_000_000;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => Interlocked.Add(ref _now, 1_000);
    }
}
