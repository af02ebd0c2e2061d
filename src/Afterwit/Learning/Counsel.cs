namespace Afterwit;

/// <summary>Turns what is stored into advice: looks up the patterns of the state and the runs of similar tasks, and lets <see cref="Advisor"/> weigh them.</summary>
internal sealed class Counsel(IMemoryStore store, Recaller recaller)
{
    private const int Neighbours = 20;
    private const int PlaybookRuns = 12;
    private const int PatternSources = 20;

    /// <summary>What to do next and what to avoid.</summary>
    public async Task<Advice> AdviseAsync(AdviceRequest request, CancellationToken cancellationToken)
    {
        var similar = await SimilarAsync(request, cancellationToken).ConfigureAwait(false);
        var domain = request.Domain ?? DomainOf(similar);
        var patterns = await store.FindPatternsAsync(Advisor.Conditions(request, domain), cancellationToken).ConfigureAwait(false);
        var traces = (await store.GetToolTracesAsync([.. similar.Select(s => s.Candidate.Head.Id)], cancellationToken).ConfigureAwait(false)).ToDictionary(t => t.Episode);
        var best = similar.Count == 0 ? 1 : Math.Max(1e-9, TextOf(similar[0]));
        var neighbours = similar.Where(s => traces.ContainsKey(s.Candidate.Head.Id))
            .Select(s => new Neighbour(traces[s.Candidate.Head.Id], TextOf(s) / best, s.Candidate.Head.Context.Tags.Intersect(request.Tags, StringComparer.Ordinal).Any()))
            .ToList();
        var advice = Advisor.Advise(request, domain, patterns, neighbours);
        var evidence = await store.GetEvidenceAsync([.. advice.Next.Concat(advice.Avoid).SelectMany(s => s.Patterns).Distinct()], request.Scope, cancellationToken).ConfigureAwait(false);
        return advice with { Next = [.. advice.Next.Select(s => Cite(s, evidence))], Avoid = [.. advice.Avoid.Select(s => Cite(s, evidence))] };
    }

    /// <summary>The way that runs like the task went.</summary>
    public async Task<Playbook?> PlaybookAsync(RecallQuery query, CancellationToken cancellationToken)
    {
        var scored = (await recaller.ScoreAsync(query with { IncludeFailed = true }, Recaller.TermsOf(query.Text), cancellationToken).ConfigureAwait(false)).Take(PlaybookRuns).ToList();
        var runs = new List<SimilarEpisode>(scored.Count);
        foreach (var candidate in scored)
        {
            if (await store.GetEpisodeAsync(candidate.Candidate.Head.Id, cancellationToken).ConfigureAwait(false) is { } episode)
                runs.Add(new(episode, TextOf(candidate)));
        }

        var patterns = await store.FindPatternsOfAsync([.. runs.Select(r => r.Episode.Id)], cancellationToken).ConfigureAwait(false);
        return PlaybookBuilder.Build(runs, patterns);
    }

    /// <summary>What answers a query, of every kind that it asks for; without a receipt.</summary>
    public async Task<RecallResult> RecallAsync(RecallQuery query, CancellationToken cancellationToken)
    {
        var terms = Recaller.TermsOf(query.Text);
        if (terms.Count == 0 && query.Context.Tags.Count == 0)
            return new(null, [], 0, "The query has no word to search for: only signs or function words.");
        var episodes = query.Types.HasFlag(RecallTypes.Episode) || query.Types.HasFlag(RecallTypes.Pattern)
            ? await recaller.EpisodesAsync(query, terms, Math.Max(query.Limit, PatternSources), cancellationToken).ConfigureAwait(false)
            : [];
        List<IReadOnlyList<RecallHit>> kinds = [];
        if (query.Types.HasFlag(RecallTypes.Playbook) && await PlaybookAsync(query, cancellationToken).ConfigureAwait(false) is { } playbook)
            kinds.Add([Hit(playbook)]);
        if (query.Types.HasFlag(RecallTypes.Episode))
            kinds.Add(episodes);
        if (query.Types.HasFlag(RecallTypes.Step))
            kinds.Add(await recaller.StepsAsync(query, terms, cancellationToken).ConfigureAwait(false));
        if (query.Types.HasFlag(RecallTypes.Pattern))
            kinds.Add(await PatternsAsync(episodes, query.Limit, cancellationToken).ConfigureAwait(false));

        var hits = kinds.Count == 0 ? [] : Recaller.TakeTurns(kinds);
        var (kept, tokens) = Recaller.Within(hits, query.Limit, query.MaxTokens);
        var emptyReason = kept.Count > 0 ? null
            : hits.Count > 0 ? $"The best hit alone costs more than {query.MaxTokens} tokens: raise the budget."
            : await recaller.WhyEmptyAsync(query, terms, cancellationToken).ConfigureAwait(false);
        return new(null, kept, tokens, emptyReason);
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

    private async Task<IReadOnlyList<RecallHit>> PatternsAsync(IReadOnlyList<RecallHit> episodes, int limit, CancellationToken cancellationToken)
    {
        // A lesson is as close to the query as the episodes that show it, and as good as its numbers.
        var weights = episodes.Take(PatternSources).ToDictionary(h => EpisodeId.Parse(h.Id), h => h.Score);
        var patterns = await store.FindPatternsOfAsync([.. weights.Keys], cancellationToken).ConfigureAwait(false);
        var all = Math.Max(1e-9, weights.Values.Sum());
        return [.. patterns.Where(p => p.State == PatternState.Active)
            .Select(p => (Pattern: p, Fit: p.Evidence.DistinctBy(e => e.Episode).Sum(e => weights[e.Episode]) / all))
            .Select(x => (x.Pattern, x.Fit, Score: x.Fit * Math.Max(x.Pattern.LowerBound, 1 - x.Pattern.UpperBound)))
            .OrderByDescending(x => x.Score).ThenBy(x => x.Pattern.Id.Value)
            .Take(limit)
            .Select(x => new RecallHit(
                x.Pattern.Id.ToString(), RecallTypes.Pattern, PatternText.Describe(x.Pattern), x.Score, [new("fit", x.Fit, x.Score), new("lower bound", x.Pattern.LowerBound, 0)], null, [], null, null))];
    }
}
