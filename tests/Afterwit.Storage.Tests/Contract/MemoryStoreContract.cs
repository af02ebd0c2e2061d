using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Contract;

/// <summary>What every store does, whatever the engine. A subclass says how one is opened.</summary>
public abstract partial class MemoryStoreContract : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private IMemoryStore Store { get; set; } = null!;

    public async Task InitializeAsync() => Store = await OpenAsync();

    public virtual async Task DisposeAsync() => await Store.DisposeAsync();

    /// <summary>Opens an empty store.</summary>
    protected abstract Task<IMemoryStore> OpenAsync();

    private Task<ImportCounts> ImportAsync(params IEnumerable<Episode> episodes) => Store.ImportEpisodesAsync([.. episodes.Select(Samples.Learn)], None);

    private async Task<List<Pattern>> PatternsAsync() => [.. (await Store.ListPatternsAsync(new() { MinSupport = 0, IncludeRetired = true, Limit = int.MaxValue }, None)).OrderBy(p => p.Id.Value)];

    private async Task<List<EpisodeId>> FindAsync(string word, Func<CandidateQuery, CandidateQuery>? with = null)
    {
        var query = new CandidateQuery { Terms = [.. TextAnalyzer.Terms(word).Distinct()] };
        return [.. (await Store.FindCandidatesAsync(with is null ? query : with(query), None)).Candidates.Select(c => c.Head.Id)];
    }

    private async Task<EpisodeId> StartAsync(int number, string task = "a task that runs")
    {
        await Store.StartEpisodeAsync(new() { Id = Samples.Id(number), Task = task, StartedAt = Samples.Start }, None);
        return Samples.Id(number);
    }

    private async Task<LearnedEpisode> EndedAsync(EpisodeId id, Outcome? outcome = null) =>
        Samples.Learn((await Store.GetEpisodeAsync(id, None))! with { Outcome = outcome ?? Outcome.Success(), EndedAt = Samples.Start.AddHours(1) });

    /// <summary>That the patterns are exactly what these episodes teach: counts, errors, agents and evidence.</summary>
    private async Task AssertTaughtByAsync(params Episode[] episodes)
    {
        var expected = episodes.SelectMany(e => Learner.Observe(e).Select(o => (Episode: e, Seen: o))).GroupBy(x => PatternId.Of(x.Seen.Kind, x.Seen.Domain, x.Seen.Condition, x.Seen.Action)).ToDictionary(g => g.Key);
        var stored = await PatternsAsync();
        Assert.Equal(expected.Keys.Order(Comparer<PatternId>.Create((a, b) => a.Value.CompareTo(b.Value))), stored.Select(p => p.Id));
        foreach (var head in stored)
        {
            var pattern = (await Store.GetPatternAsync(head.Id, None))!;
            var seen = expected[head.Id].ToList();
            Assert.Equal(
                (seen.Count(s => s.Seen.Success), seen.Count(s => !s.Seen.Success), seen.Count(s => s.Seen.ActionFailed)),
                (pattern.Successes, pattern.Failures, pattern.Errors));
            Assert.Equal(
                seen.Where(s => s.Episode.Scope.Agent is not null).GroupBy(s => s.Episode.Scope.Agent!).Select(g => (g.Key, g.Count(s => s.Seen.Success), g.Count(s => !s.Seen.Success))).Order(),
                pattern.Agents.Select(a => (a.Agent, a.Successes, a.Failures)).Order());
            if (seen.Count <= Pattern.EvidencePerSide)
                Assert.Equal(seen.Select(s => new Evidence(s.Episode.Id, s.Seen.Success, s.Seen.Step)).OrderBy(e => e.Episode.Value), pattern.Evidence.OrderBy(e => e.Episode.Value));
        }
    }
}
