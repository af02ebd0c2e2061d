using System.Globalization;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>What a read, a metadata query and a recall cost as the memory grows, without a cache: each size next to the one before it.</summary>
internal static class GrowthSuite
{
    private const string Name = "growth";
    private const int Batch = 500;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var corpus = await BenchCorpus.LoadAsync(options.Source, cancellationToken);
        await using var memory = await options.Database.OpenUncachedAsync(await options.Database.FreshAsync(cancellationToken), cancellationToken);
        var statistics = MemoryParts.DatabaseOf(memory).Statistics;
        var rows = new List<BenchRow>();
        var (reads, queries, recalls) = (default(BenchRow), default(BenchRow), default(BenchRow));
        var sizes = options.Sizes.Order().ToList();
        var episodes = corpus.Take(sizes[^1]).Select((e, i) => e with { Metadata = new Dictionary<string, string> { ["number"] = Number(i) } }).Chunk(Batch).GetEnumerator();
        var ids = new List<EpisodeId>();
        foreach (var size in sizes)
        {
            for (; ids.Count < size && episodes.MoveNext(); ids.AddRange(episodes.Current.Select(e => e.Id)))
                await memory.ImportAsync(episodes.Current, Batch, cancellationToken);
            var (read, query, recall) = (new Meter(statistics), new Meter(statistics), new Meter(statistics));
            var texts = corpus.Queries(20 + (options.Rounds * 60)).ToList();
            for (var i = -20; i < options.Rounds * 60; i++)
            {
                var at = (int)((i + 20) * 7_919L % ids.Count);
                await Timed(read, () => memory.GetAsync(ids[at], cancellationToken));
                await Timed(query, () => memory.Store.ListEpisodesAsync(new() { Metadata = new("number", Number(at)) }, cancellationToken));
                await Timed(recall, () => memory.RecallAsync(new() { Text = texts[i + 20], KeepReceipt = false }, cancellationToken));

                Task Timed(Meter meter, Func<Task> work) => i < 0 ? work() : meter.TimeAsync(work);
            }

            rows.Add(reads = read.Row(Name, Case("an episode by id"), reads));
            rows.Add(queries = query.Row(Name, Case("a list by metadata"), queries));
            rows.Add(recalls = recall.Row(Name, Case("recall"), recalls));

            string Case(string what) => string.Create(CultureInfo.InvariantCulture, $"{size:N0} episodes: {what}{(reads is null ? "" : ", its time over that of the size before")}");
        }

        return rows;
    }

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);
}
