using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Embeddings over a file: formats side by side, several processes, the number of round trips, and what recall makes of them.</summary>
public sealed class EmbeddingTests : IDisposable
{
    private const string Model = "a model";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeClock _clock = new(Samples.Start.AddDays(1));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Vectors_of_all_formats_compressed_or_not_lie_side_by_side_and_are_compared()
    {
        var number = 0;
        foreach (var codec in (PayloadCodecKind[])[PayloadCodecKind.None, PayloadCodecKind.Gzip])
        {
            foreach (var format in Enum.GetValues<EmbeddingFormat>())
            {
                await using var store = await OpenAsync(new() { EmbeddingFormat = format, Compression = new() { Embeddings = codec, Threshold = 0 } });
                await AddAsync(store, [.. Enumerable.Range(number, 10)]);
                number += 10;
            }
        }

        await using var all = await OpenAsync();
        var query = Vector(1_000);
        var near = await all.FindNearestAsync(new() { Embedding = new(Model, query), Limit = 60 }, default);
        Assert.Equal(60, near.Count);
        Assert.All(near, n => Assert.Equal(Cosine(query, VectorOf(n.Head.Id)), n.Cosine, 0.01));
        var stored = await all.GetEmbeddingsAsync([.. Enumerable.Range(0, 60).Select(Samples.Id)], Model, default);
        Assert.All(stored, e => Assert.All(VectorOf(e!.Episode).Zip(e.Vector.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 0.005f)));
        Assert.All(Enumerable.Range(0, 10), i => Assert.Equal(Vector(i), stored[i]!.Vector.ToArray())); // Float32 is exact
    }

    [Fact]
    public async Task What_16_bits_cannot_hold_stays_exact()
    {
        await using var store = await OpenAsync(new() { EmbeddingFormat = EmbeddingFormat.Float16 });
        await AddEpisodesAsync(store, [1, 2]);
        float[][] vectors = [[1e6f, -3.25f], [1e-9f, 2e-9f]];
        await store.WriteBatchAsync(new() { Embeddings = [new(Samples.Id(1), Model, vectors[0]), new(Samples.Id(2), Model, vectors[1])] }, BatchOptions.Default, default);
        Assert.Equal(vectors, (await store.GetEmbeddingsAsync([Samples.Id(1), Samples.Id(2)], Model, default)).Select(e => e!.Vector.ToArray()));
    }

    [Fact]
    public async Task Another_process_is_seen_by_the_next_search()
    {
        await using var mine = await OpenAsync();
        await using var others = await OpenAsync();
        await AddAsync(mine, [1, 2]);
        Assert.Equal(2, (await NearestAsync(mine, 1)).Count);
        await AddAsync(others, [3]);
        Assert.Equal(Samples.Id(3), (await NearestAsync(mine, 3))[0].Head.Id);
        await others.WriteBatchAsync(new() { Embeddings = [new(Samples.Id(1), Model, Vector(50))] }, BatchOptions.Default, default);
        Assert.Equal(Samples.Id(1), (await NearestAsync(mine, 50))[0].Head.Id);
        await others.WriteBatchAsync(new() { RemovedEmbeddings = [new(Samples.Id(1), Model)] }, BatchOptions.Default, default);
        Assert.DoesNotContain(Samples.Id(1), (await NearestAsync(mine, 50)).Select(n => n.Head.Id));
        var recalled = await mine.FindCandidatesAsync(new() { Terms = ["task"], Embedding = new(Model, Vector(50)) }, default);
        Assert.Equal(0, recalled.Candidates.Single(c => c.Head.Id == Samples.Id(1)).Meaning);
    }

    [Fact]
    public async Task A_search_is_one_round_trip_and_newer_vectors_cost_two_more()
    {
        await using var store = await OpenAsync();
        await AddAsync(store, [.. Enumerable.Range(0, 20)]);
        await NearestAsync(store, 1);
        Assert.Equal(1, await TripsAsync(() => NearestAsync(store, 2)));
        await AddAsync(store, [30]);
        Assert.Equal(4, await TripsAsync(() => NearestAsync(store, 30))); // the search, what is newest, what is new, the search
        Assert.Equal(1, await TripsAsync(() => NearestAsync(store, 30)));

        var query = new CandidateQuery { Terms = ["task"] };
        await store.FindCandidatesAsync(query, default);
        var without = await TripsAsync(() => store.FindCandidatesAsync(query, default));
        Assert.Equal(without + 1, await TripsAsync(() => store.FindCandidatesAsync(query with { Embedding = new(Model, Vector(1)) }, default)));

        async Task<long> TripsAsync(Func<Task> search)
        {
            var before = store.Database.Statistics.Reads;
            await search();
            return store.Database.Statistics.Reads - before;
        }
    }

    [Fact]
    public async Task What_few_of_the_nearest_pass_finds_all_the_same()
    {
        await using var store = await OpenAsync();
        await AddAsync(store, [.. Enumerable.Range(0, 1_500)]);
        var query = Vector(5_000);
        var farthest = Enumerable.Range(0, 1_500).OrderBy(i => Cosine(query, Vector(i))).Take(3).Reverse().Select(Samples.Id).ToList();
        await store.WriteBatchAsync(new() { Episodes = [.. farthest.Select(id => Samples.Run(NumberOf(id), $"task {NumberOf(id)}", scope: new(Project: "far")))] }, BatchOptions.Default, default);
        Assert.Equal(farthest, (await store.FindNearestAsync(new() { Embedding = new(Model, query), Scope = new(Project: "far") }, default)).Select(n => n.Head.Id));
    }

    [Fact]
    public void Vectors_beyond_the_bound_push_out_the_oldest()
    {
        var set = VectorSet.Empty(Model, 48);
        for (var i = 0; i < 30; i++)
            set = set.With([.. Enumerable.Range(i * 1_000, 1_000).Select(k => new VectorRow(k + 1, k, EmbeddingFormat.Int8, VectorFormat.Encode(EmbeddingFormat.Int8, Vector(k))))], (i + 1) * 1_000, 1_500_000);
        Assert.InRange(set.Bytes, 400_000, 1_500_000);
        Assert.Equal(30_000, set.Newest);
        Assert.Equal(30_000, set.Nearest(new(Vector(29_999)), 1, null)[0].Key);
        Assert.NotEqual(1, set.Nearest(new(Vector(0)), 1, null)[0].Key);
        set = set.With([new(40_000, 29_999, EmbeddingFormat.Float32, VectorFormat.Encode(EmbeddingFormat.Float32, Vector(1)))], 40_000, 1_500_000);
        Assert.NotEqual(30_000, set.Nearest(new(Vector(29_999)), 1, null)[0].Key);
        Assert.Equal(40_000, set.Nearest(new(Vector(1)), 1, null)[0].Key);
    }

    [Fact]
    public async Task Recall_counts_the_meaning_and_shows_it()
    {
        await using var memory = new AgentMemory(await OpenAsync(), _clock);
        await AddAsync((SqlMemoryStore)memory.Store, [1, 2, 3]);
        var query = new RecallQuery { Text = "task 1", KeepReceipt = false };
        var words = await memory.RecallAsync(query);
        Assert.All(words.Hits, hit => Assert.DoesNotContain("meaning", hit.Terms.Select(t => t.Name)));
        var both = await memory.RecallAsync(query with { Text = "altogether different", Embedding = new(Model, Vector(2)) });
        Assert.Equal(Samples.Id(2).ToString(), both.Hits[0].Id);
        Assert.All(both.Hits, hit => Assert.Equal(hit.Score, hit.Terms.Sum(t => t.Contribution), 12));
        var term = both.Hits[0].Terms.Single(t => t.Name == "meaning");
        Assert.Equal((1.0, 0.5), (Math.Round(term.Value, 3), Math.Round(term.Contribution, 3)));
        Assert.Contains("embedding", (await memory.RecallAsync(query with { Text = "the", Embedding = new("unknown", Vector(2)) })).EmptyReason);
        await Assert.ThrowsAsync<ArgumentException>(() => memory.RecallAsync(query with { Embedding = new(Model, Array.Empty<float>()) }));
    }

    private static int NumberOf(EpisodeId id) => Enumerable.Range(0, 2_000).First(i => Samples.Id(i) == id);

    private static float[] VectorOf(EpisodeId id) => Vector(NumberOf(id));

    private static float[] Vector(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 48).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    private static double Cosine(float[] a, float[] b)
    {
        double Dot(float[] x, float[] y) => x.Zip(y).Sum(pair => (double)pair.First * pair.Second);
        return Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
    }

    private static Task<BatchResult> AddEpisodesAsync(SqlMemoryStore store, IReadOnlyList<int> numbers) =>
        store.WriteBatchAsync(new() { Episodes = [.. numbers.Select(i => Samples.Run(i, $"task {i}"))] }, BatchOptions.Default, default);

    private static async Task AddAsync(SqlMemoryStore store, IReadOnlyList<int> numbers)
    {
        await AddEpisodesAsync(store, numbers);
        await store.WriteBatchAsync(new() { Embeddings = [.. numbers.Select(i => new Embedding(Samples.Id(i), Model, Vector(i)))] }, BatchOptions.Default, default);
    }

    private static Task<IReadOnlyList<NearEpisode>> NearestAsync(SqlMemoryStore store, int seed) => store.FindNearestAsync(new() { Embedding = new(Model, Vector(seed)) }, default);

    private Task<SqlMemoryStore> OpenAsync(StorageOptions? options = null) => SqlMemoryStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]), _clock, options);
}
