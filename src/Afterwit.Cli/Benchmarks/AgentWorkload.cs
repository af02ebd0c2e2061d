using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// Recorded episodes lived through again by an agent with a memory: it recalls its task and looks at the three best hits, starts, and behind each step that it logs it looks where it stands
/// and asks what to do next; it completes, and looks at what became of it. Counted is what the cache of the memory answered,
/// next to what one could that never gives up anything valid: a situation that is new, or that a write just changed, is asked for the first time.
/// </summary>
internal static class AgentWorkload
{
    /// <summary>What stands for the name of a trace.</summary>
    private const string Name = "agent workload";

    /// <summary>So many episodes are lived through; those before them are what the memory begins with.</summary>
    private const int Lived = 500;

    private static readonly string[] Items = ["episode", "pattern", "relationships", "embedding"];

    /// <summary>Lives through the last episodes, with a cache of so many entries each: all lookups by id, all of the results of queries, both, and each kind by itself.</summary>
    public static async Task<IReadOnlyList<HitRateRow>> RunAsync(IReadOnlyList<Episode> episodes, IReadOnlyList<int> sizes, CancellationToken cancellationToken)
    {
        var best = await LiveAllAsync(episodes, Unbounded(), cancellationToken);
        var rows = new List<HitRateRow>();
        foreach (var entries in sizes)
        {
            var kinds = await LiveAllAsync(episodes, new() { MaxEntries = entries }, cancellationToken);
            rows.Add(Row("reads by id", Items.Contains));
            rows.Add(Row("results of queries", kind => !Items.Contains(kind)));
            rows.Add(Row("all lookups", _ => true));
            rows.AddRange(kinds.Where(k => k.Count > 0).Select(k => Row($"{k.Kind} alone", kind => kind == k.Kind)));

            HitRateRow Row(string name, Func<string, bool> counts)
            {
                var (ours, bound) = (Lookups.Of(kinds, counts), Lookups.Of(best, counts));
                return new($"{Name}: {name}", entries, ours.Rate, (int)ours.Count, bound.Rate, bound.New);
            }
        }

        return rows;
    }

    /// <summary>Nothing is given up but what a write changed.</summary>
    private static CacheOptions Unbounded()
    {
        var (days, many) = (TimeSpan.FromDays(1), 10_000_000);
        return new() { MaxEntries = many, MaxBytes = 1L << 40, BaseLifetime = days, MinLifetime = days, MaxLifetime = days, AbsentLifetime = days, QueryLifetime = days };
    }

    private static async Task<IReadOnlyList<Lookups>> LiveAllAsync(IReadOnlyList<Episode> episodes, CacheOptions cacheOptions, CancellationToken cancellationToken)
    {
        var options = new StorageOptions { Cache = cacheOptions };
        (options.Cache.WarmStart, options.Tuning.Enabled) = (false, false);
        await using var memory = await AgentMemory.OpenAsync(SqliteDatabase.InMemory, options, CommandContext.Time, cancellationToken);
        var first = Math.Max(0, episodes.Count - Lived);
        await memory.ImportAsync(episodes.Take(first), cancellationToken: cancellationToken);
        var cache = MemoryParts.CacheOf(memory)!;
        var before = cache.Statistics;
        foreach (var episode in episodes.Skip(first))
            await LiveAsync(memory, episode, cancellationToken);
        return [.. cache.Statistics.Kinds.Zip(before.Kinds, (a, b) => new Lookups(a.Kind, a.Hits - b.Hits, a.Misses - b.Misses, a.Stale - b.Stale))];
    }

    private static async Task LiveAsync(AgentMemory memory, Episode episode, CancellationToken cancellationToken)
    {
        foreach (var hit in (await memory.RecallAsync(new() { Text = episode.Task, Context = episode.Context, KeepReceipt = false }, cancellationToken)).Hits.Take(3))
            await memory.GetAsync(EpisodeId.Parse(hit.Id), cancellationToken);
        var id = await memory.StartAsync(episode.Task, episode.Scope, episode.Context, cancellationToken: cancellationToken);
        List<string> tools = [];
        foreach (var step in episode.Steps)
        {
            await memory.LogAsync(id, step with { Ordinal = 0 }, cancellationToken);
            await memory.GetAsync(id, cancellationToken);
            if (step.Tool is null)
                continue;
            tools.Add(step.Tool);
            await memory.AdviseAsync(
                new()
                {
                    Task = episode.Task,
                    Domain = episode.Context.Domain,
                    Tags = episode.Context.Tags,
                    Tools = [.. tools],
                    Error = step.IsError ? step.Observation ?? "" : null,
                    FailedAction = step.IsError ? step.Arguments : null,
                },
                cancellationToken);
        }

        await memory.CompleteAsync(id, episode.Outcome!, cancellationToken);
        await memory.GetAsync(id, cancellationToken);
    }

    /// <summary>What was looked up of one kind; <paramref name="Stale"/> are the misses that found what a write had made outdated.</summary>
    private sealed record Lookups(string Kind, long Hits, long Misses, long Stale)
    {
        public long Count => Hits + Misses;

        public double Rate => (double)Hits / Math.Max(1, Count);

        /// <summary>Where nothing is ever given up: what was never looked up before.</summary>
        public double New => (double)(Misses - Stale) / Math.Max(1, Count);

        public static Lookups Of(IEnumerable<Lookups> kinds, Func<string, bool> counts) =>
            kinds.Where(k => counts(k.Kind)).Aggregate(new Lookups("", 0, 0, 0), (a, b) => new("", a.Hits + b.Hits, a.Misses + b.Misses, a.Stale + b.Stale));
    }
}
