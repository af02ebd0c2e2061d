namespace Afterwit;

/// <summary>Turns what is stored into advice: looks up the patterns of the state and the runs of similar tasks, and lets <see cref="Advisor"/> weigh them.</summary>
internal sealed class Counsel(IMemoryStore store, Recaller recaller)
{
    private const int Neighbours = 20;
    private const int PlaybookRuns = 12;
    private const int PatternSources = 20;

    /// <summary>What to do next and what to avoid.</summary>
    public Task<Advice> AdviseAsync(AdviceRequest request, CancellationToken cancellationToken) =>
        store.GetOrComputeAsync(RecallKeys.Of(request), token => WeighAsync(request, token), cancellationToken);

    private async Task<Advice> WeighAsync(AdviceRequest request, CancellationToken cancellationToken)
    {
        var similar = await SimilarAsync(request, cancellationToken).ConfigureAwait(false);
        var domain = request.Domain ?? DomainOf(similar);
        var finding = store.FindPatternsAsync(Advisor.Conditions(request, domain), cancellationToken);
        var tracing = store.GetToolTracesAsync([.. similar.Select(s => s.Candidate.Head.Id)], cancellationToken);
        await Task.WhenAll(finding, tracing).ConfigureAwait(false);
        var patterns = await finding.ConfigureAwait(false);
        var traces = (await tracing.ConfigureAwait(false)).ToDictionary(t => t.Episode);
        var best = similar.Count == 0 ? 1 : Math.Max(1e-9, TextOf(similar[0]));
        var neighbours = similar.Where(s => traces.ContainsKey(s.Candidate.Head.Id))
            .Select(s => new Neighbour(traces[s.Candidate.Head.Id], TextOf(s) / best, s.Candidate.Head.Context.Tags.Intersect(request.Tags, StringComparer.Ordinal).Any()))
            .ToList();
        var advice = Advisor.Advise(request, domain, patterns, neighbours);
        var evidence = await store.GetEvidenceAsync([.. advice.Next.Concat(advice.Avoid).SelectMany(s => s.Patterns).Distinct()], request.Scope, cancellationToken).ConfigureAwait(false);
        return advice with { Next = [.. advice.Next.Select(s => Cite(s, evidence))], Avoid = [.. advice.Avoid.Select(s => Cite(s, evidence))] };
    }

    /// <summary>The way that runs like the task went.</summary>
    public async Task<Playbook?> PlaybookAsync(RecallQuery query, CancellationToken cancellationToken) =>
        // A list of one or none: that there is no way is a result, too.
        (await store.GetOrComputeAsync<IReadOnlyList<Playbook>>(RecallKeys.OfPlaybook(query), async token => await BuildAsync(query, token).ConfigureAwait(false) is { } found ? [found] : [], cancellationToken).ConfigureAwait(false))
            is [var playbook] ? playbook : null;

    private async Task<Playbook?> BuildAsync(RecallQuery query, CancellationToken cancellationToken)
    {
        var scored = (await recaller.ScoreAsync(query with { IncludeFailed = true }, Recaller.TermsOf(query.Text), cancellationToken).ConfigureAwait(false)).Take(PlaybookRuns).ToList();
        var episodes = await store.GetEpisodesAsync([.. scored.Select(s => s.Candidate.Head.Id)], cancellationToken).ConfigureAwait(false);
        List<SimilarEpisode> runs = [.. scored.Zip(episodes).Where(run => run.Second is not null).Select(run => new SimilarEpisode(run.Second!, TextOf(run.First)))];
        var patterns = await store.FindPatternsAsync([.. runs.SelectMany(run => Shown(run.Episode)).Distinct()], cancellationToken).ConfigureAwait(false);
        return PlaybookBuilder.Build(runs, patterns);
    }

    /// <summary>The patterns that an episode shows. They are learned from it once more rather than kept with it: an id for each would be as many bytes as its steps.</summary>
    private static IEnumerable<PatternId> Shown(Episode episode) => Learner.Observe(episode).Select(o => o.Pattern);

    /// <summary>What answers a query, of every kind that it asks for; without a receipt.</summary>
    public async Task<RecallResult> RecallAsync(RecallQuery query, CancellationToken cancellationToken)
    {
        var terms = Recaller.TermsOf(query.Text);
        if (terms.Count == 0 && query.Context.Tags.Count == 0 && query.Embedding is null)
            return new(null, [], 0, "The query has no word to search for: only signs or function words.");
        var result = await store.GetOrComputeAsync(RecallKeys.Of(query), token => FindAsync(query, terms, token), cancellationToken).ConfigureAwait(false);
        // Why there is nothing may have to do with episodes outside of what was asked for: it is not a part of the result that is kept.
        return result.Hits.Count > 0 || result.EmptyReason is not null ? result : result with { EmptyReason = await recaller.WhyEmptyAsync(query, terms, cancellationToken).ConfigureAwait(false) };
    }

    private async Task<RecallResult> FindAsync(RecallQuery query, List<string> terms, CancellationToken cancellationToken)
    {
        var ofEpisodes = query.Types.HasFlag(RecallTypes.Episode) || query.Types.HasFlag(RecallTypes.Pattern)
            ? recaller.EpisodesAsync(query, terms, Math.Max(query.Limit, PatternSources), cancellationToken)
            : Task.FromResult<IReadOnlyList<RecallHit>>([]);
        var ofPlaybook = query.Types.HasFlag(RecallTypes.Playbook) ? PlaybookAsync(query, cancellationToken) : Task.FromResult<Playbook?>(null);
        var ofSteps = query.Types.HasFlag(RecallTypes.Step) ? recaller.StepsAsync(query, terms, cancellationToken) : Task.FromResult<IReadOnlyList<RecallHit>>([]);
        var ofPatterns = query.Types.HasFlag(RecallTypes.Pattern) ? PatternsAsync(ofEpisodes, query.Limit, cancellationToken) : Task.FromResult<IReadOnlyList<RecallHit>>([]);
        await Task.WhenAll(ofEpisodes, ofPlaybook, ofSteps, ofPatterns).ConfigureAwait(false);
        var episodes = await ofEpisodes.ConfigureAwait(false);
        List<IReadOnlyList<RecallHit>> kinds = [];
        if (await ofPlaybook.ConfigureAwait(false) is { } playbook)
            kinds.Add([Hit(playbook)]);
        if (query.Types.HasFlag(RecallTypes.Episode))
            kinds.Add(episodes);
        if (query.Types.HasFlag(RecallTypes.Step))
            kinds.Add(await ofSteps.ConfigureAwait(false));
        if (query.Types.HasFlag(RecallTypes.Pattern))
            kinds.Add(await ofPatterns.ConfigureAwait(false));

        var hits = kinds.Count == 0 ? [] : Recaller.TakeTurns(kinds);
        var (kept, tokens) = Recaller.Within(hits, query.Limit, query.MaxTokens);
        return new(null, kept, tokens, kept.Count == 0 && hits.Count > 0 ? $"The best hit alone costs more than {query.MaxTokens} tokens: raise the budget." : null);
    }

    /// <summary>Where an unfinished episode stands.</summary>
    public static AdviceRequest RequestFor(Episode episode)
    {
        var calls = episode.Steps.Where(s => s.IsAction).ToList();
        var last = calls.Count == 0 ? null : calls[^1];
        return new()
        {
            Task = episode.Task,
            Domain = episode.Context.Domain,
            Tags = episode.Context.Tags,
            Scope = new(Project: episode.Scope.Project),
            Tools = [.. calls.Select(s => s.Tool!)],
            Error = last is { IsError: true } ? last.Observation ?? "" : null,
            FailedAction = last is { IsError: true } ? last.Arguments : null,
            Observation = last is { IsError: false } ? last.Observation : null,
        };
    }

    private static RecallHit Hit(Playbook playbook) => new(
        playbook.Id, RecallTypes.Playbook, TextRules.Excerpt(string.Join(" → ", playbook.Steps.Select(s => s.Tool)), 160), playbook.LowerBound,
        [new("lower bound", playbook.LowerBound, playbook.LowerBound)], null, [], null, null);

    private static Suggestion Cite(Suggestion suggestion, ILookup<PatternId, Evidence> evidence) =>
        suggestion with { Evidence = [.. suggestion.Evidence.Concat(suggestion.Patterns.SelectMany(p => evidence[p])).DistinctBy(e => e.Episode).Take(5)] };

    private static double TextOf(ScoredEpisode scored) => scored.Terms[0].Value;

    private static string? DomainOf(List<ScoredEpisode> similar) =>
        similar.GroupBy(s => s.Candidate.Head.Context.Domain, StringComparer.Ordinal).OrderByDescending(g => g.Sum(TextOf)).FirstOrDefault()?.Key;

    private async Task<List<ScoredEpisode>> SimilarAsync(AdviceRequest request, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Task))
            return [];
        var query = new RecallQuery { Text = request.Task, Scope = request.Scope, IncludeFailed = true, Context = new() { Domain = request.Domain, Tags = request.Tags } };
        var scored = await recaller.ScoreAsync(query, Recaller.TermsOf(request.Task), cancellationToken, inDomain: true).ConfigureAwait(false);
        return [.. scored.OrderByDescending(TextOf).Take(Neighbours)];
    }

    private async Task<IReadOnlyList<RecallHit>> PatternsAsync(Task<IReadOnlyList<RecallHit>> ofEpisodes, int limit, CancellationToken cancellationToken)
    {
        var episodes = await ofEpisodes.ConfigureAwait(false);
        // A lesson is as close to the query as the episodes that show it, and as good as its numbers.
        var weights = episodes.Take(PatternSources).ToDictionary(h => EpisodeId.Parse(h.Id), h => h.Score);
        var sources = await store.GetEpisodesAsync([.. weights.Keys], cancellationToken).ConfigureAwait(false);
        var shown = sources.OfType<Episode>().SelectMany(e => Shown(e).Select(pattern => (Pattern: pattern, Weight: weights[e.Id]))).ToLookup(x => x.Pattern, x => x.Weight);
        var patterns = await store.FindPatternsAsync([.. shown.Select(of => of.Key)], cancellationToken).ConfigureAwait(false);
        var all = Math.Max(1e-9, weights.Values.Sum());
        return [.. patterns.Where(p => p.State == PatternState.Active)
            .Select(p => (Pattern: p, Fit: shown[p.Id].Sum() / all))
            .Select(x => (x.Pattern, x.Fit, Score: x.Fit * Math.Max(x.Pattern.LowerBound, 1 - x.Pattern.UpperBound)))
            .OrderByDescending(x => x.Score).ThenBy(x => x.Pattern.Id.Value)
            .Take(limit)
            .Select(x => new RecallHit(
                x.Pattern.Id.ToString(), RecallTypes.Pattern, PatternText.Describe(x.Pattern), x.Score, [new("fit", x.Fit, x.Score), new("lower bound", x.Pattern.LowerBound, 0)], null, [], null, null))];
    }
}
