using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Contract;

public abstract partial class MemoryStoreContract
{
    private const string Model = "a model";

    [Fact]
    public async Task Embeddings_come_back_in_the_order_asked_and_are_replaced_and_removed()
    {
        await ImportAsync(Enumerable.Range(1, 3).Select(i => Samples.Run(i, $"task {i}")));
        await PutAsync(new(Samples.Id(1), Model, Vector(1)), new(Samples.Id(2), Model, Vector(2)), new(Samples.Id(2), "another", Vector(9, 3)));
        await PutAsync(new(Samples.Id(2), Model, Vector(3)), new(Samples.Id(2), Model, Vector(4)));
        var found = await Store.GetEmbeddingsAsync([Samples.Id(3), Samples.Id(2), Samples.Id(99), Samples.Id(1), Samples.Id(2)], Model, None);
        Assert.Equal([null, Samples.Id(2), null, Samples.Id(1), Samples.Id(2)], found.Select(e => e?.Episode));
        AssertClose(Vector(4), found[1]!.Vector);
        AssertClose(Vector(1), found[3]!.Vector);
        Assert.Equal(3, Assert.Single(await Store.GetEmbeddingsAsync([Samples.Id(2)], "another", None))!.Vector.Length);

        await Store.WriteBatchAsync(new() { RemovedEmbeddings = [new(Samples.Id(2), Model), new(Samples.Id(3), Model)] }, BatchOptions.Default, None);
        Assert.Equal([true, false], (await Store.GetEmbeddingsAsync([Samples.Id(1), Samples.Id(2)], Model, None)).Select(e => e is not null));
        Assert.NotNull(Assert.Single(await Store.GetEmbeddingsAsync([Samples.Id(2)], "another", None)));
    }

    [Fact]
    public async Task An_embedding_without_its_episode_or_of_another_length_is_refused_with_all_beside_it()
    {
        await ImportAsync(Samples.Run(1, "task 1"), Samples.Run(2, "task 2"));
        await PutAsync(new Embedding(Samples.Id(1), Model, Vector(1)));
        Assert.Contains(Samples.Id(3).ToString(), await RefusedAsync(new(Samples.Id(2), Model, Vector(2)), new(Samples.Id(3), Model, Vector(2))));
        var lengths = await RefusedAsync(new Embedding(Samples.Id(2), Model, Vector(2, 7)));
        Assert.Contains(" 7 ", lengths);
        Assert.Contains($" {Vector(1).Length}.", lengths);
        Assert.Contains(" 5.", await RefusedAsync(new(Samples.Id(1), "new", Vector(2, 5)), new(Samples.Id(2), "new", Vector(2, 6))));
        Assert.Contains("NaN", await RefusedAsync(new Embedding(Samples.Id(2), Model, new[] { 1f, float.NaN })));
        Assert.Contains("U+0000", await RefusedAsync(new Embedding(Samples.Id(2), "m\0x", Vector(1))));
        Assert.Contains("4097", await RefusedAsync(new Embedding(Samples.Id(2), Model, new float[4097])));
        Assert.Contains("101", await RefusedAsync(new Embedding(Samples.Id(2), new string('m', 101), Vector(2))));
        Assert.Equal([true, false], (await Store.GetEmbeddingsAsync([Samples.Id(1), Samples.Id(2)], Model, None)).Select(e => e is not null));
        await Assert.ThrowsAsync<ArgumentException>(() => NearestAsync(Vector(1, 9)));

        async Task<string> RefusedAsync(params Embedding[] embeddings) => (await Assert.ThrowsAsync<BatchException>(() => PutAsync(embeddings))).Message;
    }

    [Fact]
    public async Task The_nearest_are_those_that_comparing_all_numbers_finds()
    {
        var vectors = Enumerable.Range(1, 60).ToDictionary(Samples.Id, i => Vector(i));
        await ImportAsync(Enumerable.Range(1, 60).Select(i => Samples.Run(i, $"task {i}")));
        await PutAsync([.. vectors.Select(v => new Embedding(v.Key, Model, v.Value))]);
        for (var i = 100; i < 105; i++)
        {
            var query = Vector(i);
            var expected = vectors.ToDictionary(v => v.Key, v => Cosine(query, v.Value));
            var near = await NearestAsync(query);
            Assert.Equal(10, near.Count);
            // One byte for each number: what lies closer together than its error may change places.
            Assert.All(near, n => Assert.Equal(expected[n.Head.Id], n.Cosine, 0.01));
            Assert.All(near.Zip(expected.Values.OrderDescending()), pair => Assert.Equal(pair.Second, pair.First.Cosine, 0.01));
            Assert.Equal(near.Select(n => n.Cosine).OrderDescending(), near.Select(n => n.Cosine));
        }

        Assert.Equal(60, (await NearestAsync(Vector(7), q => q with { Limit = 1000 })).Count);
    }

    [Fact]
    public async Task Of_equally_near_ones_the_newest_comes_first()
    {
        await ImportAsync(Enumerable.Range(1, 4).Select(i => Samples.Run(i, $"task {i}")));
        foreach (var i in (int[])[2, 1, 4, 3])
            await PutAsync(new Embedding(Samples.Id(i), Model, Vector(5)));
        Assert.Equal(new[] { 3, 4, 1 }.Select(Samples.Id), (await NearestAsync(Vector(5), q => q with { Limit = 3 })).Select(n => n.Head.Id));
    }

    [Fact]
    public async Task What_was_stored_replaced_removed_forgotten_or_completed_is_seen_by_the_next_search()
    {
        await ImportAsync(Enumerable.Range(1, 3).Select(i => Samples.Run(i, $"task {i}")));
        await PutAsync(new Embedding(Samples.Id(1), Model, Vector(1)));
        Assert.Equal([Samples.Id(1)], await IdsAsync(Vector(1)));
        await PutAsync(new(Samples.Id(2), Model, Vector(2)), new(Samples.Id(3), Model, Vector(3)));
        Assert.Equal(Samples.Id(3), (await IdsAsync(Vector(3)))[0]);
        await PutAsync(new Embedding(Samples.Id(1), Model, Vector(3)), new(Samples.Id(3), Model, Vector(1)));
        Assert.Equal(Samples.Id(1), (await IdsAsync(Vector(3)))[0]);
        Assert.Equal(Samples.Id(3), (await IdsAsync(Vector(1)))[0]);
        await Store.WriteBatchAsync(new() { RemovedEmbeddings = [new(Samples.Id(1), Model)] }, BatchOptions.Default, None);
        Assert.Equal(new[] { Samples.Id(2), Samples.Id(3) }.OrderBy(i => i.Value), (await IdsAsync(Vector(3))).OrderBy(i => i.Value));
        await Store.ForgetEpisodeAsync(Samples.Id(3), None);
        Assert.Equal([Samples.Id(2)], await IdsAsync(Vector(3)));

        var running = await StartAsync(4);
        await PutAsync(new Embedding(running, Model, Vector(4)));
        Assert.Equal([Samples.Id(2)], await IdsAsync(Vector(4)));
        await Store.CompleteEpisodeAsync(await EndedAsync(running), None);
        Assert.Equal([running, Samples.Id(2)], await IdsAsync(Vector(4)));

        // Another length after all were removed.
        await Store.WriteBatchAsync(new() { RemovedEmbeddings = [new(Samples.Id(2), Model), new(running, Model)] }, BatchOptions.Default, None);
        await PutAsync(new Embedding(running, Model, Vector(4, 8)));
        Assert.Equal([running], await IdsAsync(Vector(4, 8)));
    }

    [Fact]
    public async Task Only_what_passes_the_filter_is_near()
    {
        await ImportAsync(
            Samples.Run(1, "task 1", scope: new(Project: "p", Agent: "a")), Samples.Run(2, "task 2", scope: new(Project: "q")), Samples.Run(3, "task 3", domain: "shop"),
            Samples.Run(4, "task 4", outcome: Outcome.Failure()), Samples.Run(5, "task 5", outcome: Outcome.Abstention()), Samples.Run(6, "task 6", outcome: new(EpisodeStatus.Partial)));
        await PutAsync([.. Enumerable.Range(1, 6).Select(i => new Embedding(Samples.Id(i), Model, Vector(i)))]);
        await CheckAsync(q => q, 1, 2, 3, 6);
        await CheckAsync(q => q with { IncludeFailed = true }, 1, 2, 3, 4, 5, 6);
        await CheckAsync(q => q with { Scope = new(Project: "p") }, 1);
        await CheckAsync(q => q with { Scope = new(Project: "p", Agent: "b") });
        await CheckAsync(q => q with { Domain = "shop" }, 3);

        async Task CheckAsync(Func<NearestQuery, NearestQuery> with, params int[] expected) =>
            Assert.Equal(expected.Select(i => Samples.Id(i).Value).Order(), (await NearestAsync(Vector(1), with)).Select(n => n.Head.Id.Value).Order());
    }

    [Fact]
    public async Task What_means_the_same_is_a_candidate_whatever_its_words()
    {
        await ImportAsync(Samples.Run(1, "polish the lens"), Samples.Run(2, "buff the glass"), Samples.Run(3, "fry an egg"));
        await PutAsync([.. Enumerable.Range(1, 3).Select(i => new Embedding(Samples.Id(i), Model, Vector(i)))]);
        var query = new CandidateQuery { Terms = [.. TextAnalyzer.Terms("polish lens")] };
        Assert.Equal([(Samples.Id(1), 0.0)], (await Store.FindCandidatesAsync(query, None)).Candidates.Select(c => (c.Head.Id, c.Meaning)));
        var found = (await Store.FindCandidatesAsync(query with { Embedding = new(Model, Vector(2)) }, None)).Candidates.ToDictionary(c => c.Head.Id, c => c.Meaning);
        Assert.Equal(3, found.Count);
        Assert.All(found, f => Assert.Equal(Cosine(Vector(2), Vector(Enumerable.Range(1, 3).Single(i => Samples.Id(i) == f.Key))), f.Value, 0.01));
        Assert.Equal(3, (await Store.FindCandidatesAsync(new() { Terms = [], Embedding = new(Model, Vector(2)) }, None)).Candidates.Count);
        Assert.Empty((await Store.FindCandidatesAsync(new() { Terms = [], Embedding = new("unknown", Vector(2)) }, None)).Candidates);
    }

    /// <summary>The same in every run, and unlike any other.</summary>
    private static float[] Vector(int seed, int dimensions = 48)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, dimensions).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    private static double Cosine(float[] a, float[] b)
    {
        double Dot(float[] x, float[] y) => x.Zip(y).Sum(pair => (double)pair.First * pair.Second);
        return Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
    }

    private static void AssertClose(float[] expected, ReadOnlyMemory<float> actual) => Assert.All(expected.Zip(actual.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 0.005f));

    private Task<BatchResult> PutAsync(params Embedding[] embeddings) => Store.WriteBatchAsync(new() { Embeddings = embeddings }, BatchOptions.Default, None);

    private Task<IReadOnlyList<NearEpisode>> NearestAsync(float[] query, Func<NearestQuery, NearestQuery>? with = null)
    {
        var nearest = new NearestQuery { Embedding = new(Model, query) };
        return Store.FindNearestAsync(with is null ? nearest : with(nearest), None);
    }

    private async Task<List<EpisodeId>> IdsAsync(float[] query) => [.. (await NearestAsync(query)).Select(n => n.Head.Id)];
}
