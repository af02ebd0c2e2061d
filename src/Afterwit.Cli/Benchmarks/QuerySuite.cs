using System.Diagnostics;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>The same lists and recalls again and again: from the cache, next to the same store without it. And an episode by its id.</summary>
internal static class QuerySuite
{
    private const string Name = "queries";
    private const int Queries = 20;
    private const int Batch = 1_000;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        await using var memory = await options.Database.OpenMemoryAsync(await options.Database.FreshAsync(cancellationToken), cancellationToken);
        return await MeasureAsync(memory, options, cancellationToken);
    }

    private static async Task<IReadOnlyList<BenchRow>> MeasureAsync(AgentMemory memory, BenchOptions options, CancellationToken cancellationToken)
    {
        var cache = MemoryParts.CacheOf(memory) ?? throw new ArgumentException("bench queries measures the cache: leave Storage:Cache:Enabled on.");
        // The same store without the cache. It stays open: the cache owns it.
        var bare = new AgentMemory(cache.Inner, CommandContext.Time);
        var corpus = await BenchCorpus.LoadAsync(options.Source, cancellationToken);
        await memory.ImportAsync(corpus.Take(options.Sizes.Min()), cancellationToken: cancellationToken);
        var statistics = MemoryParts.DatabaseOf(memory).Statistics;
        string[] texts = [.. corpus.Queries(Queries)];
        List<BenchRow> rows = [];

        await CompareAsync("list of 20 of a domain", (of, i) => of.Store.ListEpisodesAsync(new() { Domain = corpus.Originals[i].Context.Domain }, cancellationToken));
        await CompareAsync("recall", (of, i) => of.RecallAsync(new() { Text = texts[i], KeepReceipt = false }, cancellationToken));
        rows.Add(await ByIdAsync(memory, corpus.Originals[0].Id, options.Rounds * 200));
        rows.Add(await AfterWritesAsync(memory, bare, corpus, texts, options.Rounds * 10, cancellationToken));
        return rows;

        async Task CompareAsync(string what, Func<AgentMemory, int, Task> ask)
        {
            var (without, with) = (new Meter(statistics), new Meter(statistics));
            for (var i = 0; i < Queries; i++)
                await Task.WhenAll(ask(bare, i), ask(memory, i));
            for (var i = 0; i < options.Rounds * 100; i++)
            {
                await without.TimeAsync(() => ask(bare, i % Queries));
                await with.TimeAsync(() => ask(memory, i % Queries));
            }

            var baseline = without.Row(Name, $"{what}, without the cache");
            rows.AddRange([baseline, with.Row(Name, $"{what}, from the cache", baseline)]);
        }
    }

    /// <summary>In batches: one hit is shorter than the clock can tell.</summary>
    private static async Task<BenchRow> ByIdAsync(AgentMemory memory, EpisodeId id, int batches)
    {
        await memory.GetAsync(id);
        List<double> microseconds = [];
        var allocated = 0L;
        for (var i = -batches / 4; i < batches; i++)
        {
            var (bytes, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            for (var k = 0; k < Batch; k++)
                _ = memory.GetAsync(id);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMicroseconds / Batch;
            bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
            if (i < 0)
                continue; // compiled meanwhile
            microseconds.Add(elapsed);
            allocated += bytes;
        }

        return BenchRow.Of(Name, "get by id, from the cache (of batches)", microseconds, Batch) with { AllocatedBytes = (double)allocated / (batches * Batch) };
    }

    /// <summary>Right after each write the answers are those of the database. Measured is the first read after it.</summary>
    private static async Task<BenchRow> AfterWritesAsync(AgentMemory memory, AgentMemory bare, BenchCorpus corpus, string[] texts, int writes, CancellationToken cancellationToken)
    {
        var meter = new Meter();
        foreach (var (episode, i) in corpus.Originals.Take(writes).Select((e, i) => (e, i)))
        {
            await memory.ImportAsync([episode with { Outcome = Outcome.Failure($"changed {i}"), StartedAt = CommandContext.Time.GetUtcNow() }], cancellationToken: cancellationToken);
            IReadOnlyList<EpisodeSummary> listed = [];
            await meter.TimeAsync(async () => listed = await memory.Store.ListEpisodesAsync(new(), cancellationToken));
            var (recall, expected) = (await IdsAsync(memory), await IdsAsync(bare));
            if (listed[0].Id != episode.Id || listed[0].Status != EpisodeStatus.Failed || recall != expected)
                throw new InvalidDataException($"After write {i} the cache gave an answer from before it.");

            async Task<string> IdsAsync(AgentMemory of) => string.Join(',', (await of.RecallAsync(new() { Text = texts[i % texts.Length], IncludeFailed = true, KeepReceipt = false }, cancellationToken)).Hits.Select(h => h.Id));
        }

        return meter.Row(Name, "the first list after a write: every answer as the database has it");
    }
}
