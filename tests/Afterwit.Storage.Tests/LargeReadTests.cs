using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>What is more than a server sends in one answer, and more than it takes in one message.</summary>
public sealed class LargeReadTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly StorageOptions Uncompressed = new() { Compression = new() { Episodes = PayloadCodecKind.None } };

    private SqldDatabase _server = null!;

    public async Task InitializeAsync() => _server = await SharedSqld.NewDatabaseAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Many_episodes_are_read_replaced_compressed_and_learned_from()
    {
        Episode[] all = [.. Enumerable.Range(0, 220).Select(n => Noisy(n, 60_000))];
        await using (var plain = await OpenAsync(Uncompressed))
            await WriteAsync(plain, all);
        await using var store = await OpenAsync();
        var found = await store.GetEpisodesAsync([.. all.Select(e => e.Id), all[0].Id], None);
        Assert.All(all.Append(all[0]).Zip(found), pair => Samples.AssertSame(pair.First, pair.Second));
        Assert.Equal(220, (await store.GetToolTracesAsync([.. all.Select(e => e.Id), all[0].Id], None)).Sum(t => t.Steps.Count));
        Assert.Equal(220, (await store.GetStepsAsync([.. all.Select(e => new StepReference(e.Id, 0))], None)).Count);

        Episode[] changed = [.. all.Skip(20).Select(e => Samples.Learn(e with { Task = "changed" }).Episode)];
        await using (var plain = await OpenAsync(Uncompressed))
            Assert.All((await plain.WriteBatchAsync(new() { Episodes = changed }, BatchOptions.Default, None)).Episodes, item => Assert.Equal(BatchOutcome.Stored, item.Outcome));
        Assert.Equal((220, 0), await store.CompressAsync() is var report ? (report.Recompressed, report.Unreadable) : default);
        Assert.Equal(1, await CountAsync(store, "SELECT count(*) FROM dictionaries"));
        Assert.Equal(changed.Select(e => e.Steps[0]), (await store.GetEpisodesAsync([.. changed.Select(e => e.Id)], None)).Select(e => e!.Steps[0]));
        var forgotten = await store.WriteBatchAsync(new() { Forgotten = [.. all.Select(e => e.Id)] }, BatchOptions.Default, None);
        Assert.All(forgotten.Forgotten, item => Assert.Equal(BatchOutcome.Removed, item.Outcome));
    }

    [Fact]
    public async Task One_episode_comes_back_running_and_ended()
    {
        await using var memory = new AgentMemory(await OpenAsync(Uncompressed));
        var id = await memory.StartAsync("long");
        for (var i = 0; i < 4; i++)
            await memory.LogAsync(id, [.. Enumerable.Range(4 * i, 4).Select(n => Step.ToolCall("LIST", $"{n}", Noise(n, 900_000)))]);
        var running = await memory.GetAsync(id);
        Assert.Equal(Enumerable.Range(0, 16).Select(n => Noise(n, 900_000)), running.Steps.Select(s => s.Observation));
        var ended = await memory.CompleteAsync(id, Outcome.Success("done"));
        Samples.AssertSame(ended, await memory.GetAsync(id));
        Samples.AssertSame(ended, (await memory.Store.GetEpisodesAsync([id], None))[0]);
        Assert.Equal(16, Assert.Single(await memory.Store.GetToolTracesAsync([id], None)).Steps.Count);
        await memory.ForgetAsync(id);
        Assert.Equal(0, (await memory.Store.GetStatisticsAsync(None)).Episodes);
    }

    [Fact]
    public async Task Vectors_of_a_wider_format_than_the_newest_are_searched()
    {
        await using (var wide = await OpenAsync(new() { EmbeddingFormat = EmbeddingFormat.Float32 }))
        {
            foreach (var part in Enumerable.Range(0, 4_000).Chunk(1_000))
                await wide.WriteBatchAsync(new() { Episodes = [.. part.Select(n => Samples.Learn(Samples.Run(n, "t")).Episode)], Embeddings = [.. part.Select(Embed)] }, BatchOptions.Default, None);
        }

        await using var store = await OpenAsync(new() { EmbeddingFormat = EmbeddingFormat.Int8 });
        await store.WriteBatchAsync(new() { Embeddings = [Embed(3_999)] }, BatchOptions.Default, None);
        Assert.Equal(Samples.Id(7), (await store.FindNearestAsync(new() { Embedding = new("m", Embed(7).Vector) }, None))[0].Head.Id);

        static Embedding Embed(int n)
        {
            var random = new Random(n);
            return new(Samples.Id(n), "m", Enumerable.Range(0, 1_024).Select(_ => random.NextSingle() - 0.5f).ToArray());
        }
    }

    [Fact]
    public async Task A_replacement_of_several_messages_takes_few_round_trips_over_a_slow_network_beside_another_writer()
    {
        await using var network = new FaultProxy(_server.Server, TimeSpan.FromMilliseconds(40));
        await using var store = await SqlMemoryStore.OpenAsync(await LibSqlDatabase.OpenAsync(network.WsUrl, new() { Namespace = _server.Namespace }), null, Uncompressed);
        await using var other = await OpenAsync(Uncompressed);
        Episode[] all = [.. Enumerable.Range(0, 240).Select(n => Noisy(n, 100_000))];
        await WriteAsync(other, all);
        using var stop = new CancellationTokenSource();
        var beside = Task.Run(async () =>
        {
            for (var n = 10_000; !stop.IsCancellationRequested; n++)
                await other.StartEpisodeAsync(new() { Id = Samples.Id(n), Task = "beside", StartedAt = Samples.Start }, None);
        });
        var before = store.Database.Statistics.RoundTrips;
        var result = await store.WriteBatchAsync(new() { Episodes = [.. all.Select(e => e with { Task = "changed" })] }, BatchOptions.Default, None);
        Assert.All(result.Episodes, item => Assert.Equal(BatchOutcome.Stored, item.Outcome));
        Assert.InRange(store.Database.Statistics.RoundTrips - before, 2, 60);
        await stop.CancelAsync();
        await beside;
        Assert.Equal(240, await CountAsync(other, "SELECT count(*) FROM episodes WHERE task = 'changed'"));
    }

    private static async Task WriteAsync(SqlMemoryStore store, Episode[] episodes)
    {
        foreach (var part in episodes.Chunk(50))
            await store.WriteBatchAsync(new() { Episodes = part }, BatchOptions.Default, None);
    }

    private static async Task<long> CountAsync(SqlMemoryStore store, string sql)
    {
        var count = 0L;
        await store.Database.ReadAsync([new(sql, [], row => count = row.GetInt64(0))], None);
        return count;
    }

    private static Episode Noisy(int number, int characters) =>
        Samples.Learn(Samples.Run(number, $"task {number}", "") with { Steps = [Step.ToolCall("LIST", $"{number}", Noise(number, characters)) with { Ordinal = 0 }] }).Episode;

    private static string Noise(int seed, int characters)
    {
        var bytes = new byte[characters / 2];
        new Random(seed).NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }

    private async Task<SqlMemoryStore> OpenAsync(StorageOptions? options = null) =>
        await SqlMemoryStore.OpenAsync(await LibSqlDatabase.OpenAsync(_server.WsUrl, new() { Namespace = _server.Namespace }), null, options);
}
