using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// Recorded episodes lived through again by an agent with a memory: it recalls its task and looks at the three best hits, starts, and behind each step that it logs it looks where it stands
/// and asks what to do next; it completes, and looks at what became of it. Counted is what the cache of the memory answered.
/// </summary>
internal static class AgentWorkload
{
    /// <summary>What stands for the name of a trace.</summary>
    private const string Items = "agent workload: reads by id", Everything = "agent workload: all lookups, those of advice on new situations included";

    /// <summary>So many episodes are lived through; those before them are what the memory begins with.</summary>
    private const int Lived = 500;

    /// <summary>Lives through the last episodes, with a cache of so many entries.</summary>
    public static async Task<IReadOnlyList<HitRateRow>> RunAsync(IReadOnlyList<Episode> episodes, int entries, CancellationToken cancellationToken)
    {
        var options = new StorageOptions();
        (options.Cache.MaxEntries, options.Cache.WarmStart) = (entries, false);
        await using var memory = await AgentMemory.OpenAsync(SqliteDatabase.InMemory, options, CommandContext.Time, cancellationToken);
        var first = Math.Max(0, episodes.Count - Lived);
        await memory.ImportAsync(episodes.Take(first), cancellationToken: cancellationToken);
        var cache = CommandContext.CacheOf(memory)!;
        var before = cache.Statistics;
        foreach (var episode in episodes.Skip(first))
            await LiveAsync(memory, episode, cancellationToken);
        var after = cache.Statistics;
        return [Row(Items, kind => kind is "episode" or "pattern" or "relationships" or "embedding"), Row(Everything, _ => true)];

        HitRateRow Row(string name, Func<string, bool> counts)
        {
            long Of(CacheStatistics statistics, Func<CacheKindStatistics, long> number) => statistics.Kinds.Where(k => counts(k.Kind)).Sum(number);
            var (hits, misses) = (Of(after, k => k.Hits) - Of(before, k => k.Hits), Of(after, k => k.Misses) - Of(before, k => k.Misses));
            return new(name, entries, (double)hits / Math.Max(1, hits + misses), (int)(hits + misses));
        }
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
}
