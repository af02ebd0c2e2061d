namespace Afterwit;

/// <summary>Finds the episodes and steps that answer a query: candidates from the store, scores, near-duplicates folded, the best steps named.</summary>
internal sealed class Recaller(IMemoryStore store, TimeProvider time)
{
    /// <summary>Two tasks that share so much of their terms (Jaccard) are the same task in other words.</summary>
    private const double NearDuplicate = 0.8;

    private const int CharactersPerToken = 4;
    private const int TitleLength = 160;
    private const int RelatedPerHit = 3;

    /// <summary>The scored episodes of a query, best first, failed ones included where the query says so.</summary>
    public async Task<List<ScoredEpisode>> ScoreAsync(RecallQuery query, IReadOnlyList<string> terms, CancellationToken cancellationToken, bool inDomain = false)
    {
        var set = await store.FindCandidatesAsync(Candidates(query, terms) with { Domain = inDomain ? query.Context.Domain : null }, cancellationToken).ConfigureAwait(false);
        return RecallScorer.Score(set, query.Context, time.GetUtcNow());
    }

    /// <summary>The terms of a query, each once.</summary>
    public static List<string> TermsOf(string text) => [.. TextAnalyzer.Terms(text.AsSpan(0, Math.Min(text.Length, TextAnalyzer.IndexedLength))).Distinct(StringComparer.Ordinal)];

    /// <summary>What a hit says in one line.</summary>
    public static string Summarise(Step step) => TextRules.Excerpt(
        step.Kind == StepKind.Message
            ? $"{step.Speaker}: {step.Text}"
            : $"{step.Tool} {step.Arguments} → {(step.IsError ? "error: " : "")}{step.Observation}",
        TitleLength);

    private static CandidateQuery Candidates(RecallQuery query, IReadOnlyList<string> terms) => new()
    {
        Terms = terms,
        Tags = query.Context.Tags,
        Embedding = query.Embedding,
        Scope = query.Scope,
        IncludeFailed = query.IncludeFailed,
        Since = query.Since,
        Until = query.Until,
    };

    /// <summary>The episodes that answer a query, best first.</summary>
    public async Task<IReadOnlyList<RecallHit>> EpisodesAsync(RecallQuery query, IReadOnlyList<string> terms, int limit, CancellationToken cancellationToken)
    {
        var groups = Fold(await ScoreAsync(query, terms, cancellationToken).ConfigureAwait(false), limit);
        var wanted = groups.Where(g => g[0].BestOrdinal >= 0).Select(g => new StepReference(g[0].Candidate.Head.Id, g[0].BestOrdinal)).ToList();
        var reading = store.GetStepsAsync(wanted, cancellationToken);
        var relating = store.GetRelatedAsync([.. groups.Select(g => g[0].Candidate.Head.Id)], RelatedPerHit, cancellationToken);
        await Task.WhenAll(reading, relating).ConfigureAwait(false);
        var steps = await reading.ConfigureAwait(false);
        return [.. groups.Zip(await relating.ConfigureAwait(false), (group, related) =>
        {
            var (first, head) = (group[0], group[0].Candidate.Head);
            var best = steps.GetValueOrDefault(new(head.Id, first.BestOrdinal));
            return new RecallHit(
                head.Id.ToString(), RecallTypes.Episode, TextRules.Excerpt(head.Task, TitleLength), first.Score, first.Terms,
                best is null ? null : new(best.Ordinal, Summarise(best), first.BestScore),
                [.. group.Skip(1).Select(s => s.Candidate.Head.Id.ToString())], head.Status, head.SourceId)
            {
                Related = [.. related.Where(r => query.Scope.Includes(r.Head.Scope)).Select(r => RelatedHit.Of(head, r, TitleLength))],
            };
        })];
    }

    /// <summary>Folds runs of nearly the same task under the same circumstances into the best of them. Failed ones never hide behind one that succeeded.</summary>
    private static List<List<ScoredEpisode>> Fold(List<ScoredEpisode> scored, int limit)
    {
        var groups = new List<List<ScoredEpisode>>();
        foreach (var episode in scored)
        {
            var group = groups.Find(g => IsSame(g[0], episode));
            if (group is not null)
                group.Add(episode);
            else if (groups.Count < limit)
                groups.Add([episode]);
        }

        return groups;
    }

    private static bool IsSame(ScoredEpisode a, ScoredEpisode b)
    {
        var (x, y) = (a.Candidate.Head, b.Candidate.Head);
        if ((x.Status == EpisodeStatus.Succeeded) != (y.Status == EpisodeStatus.Succeeded) || x.Context.Domain != y.Context.Domain || !x.Context.Tags.SequenceEqual(y.Context.Tags, StringComparer.Ordinal))
            return false;
        if (x.Task == y.Task)
            return true;
        var (small, large) = a.TaskTerms.Count <= b.TaskTerms.Count ? (a.TaskTerms, b.TaskTerms) : (b.TaskTerms, a.TaskTerms);
        if (small.Count < NearDuplicate * large.Count)
            return false;
        var shared = small.Count(large.Contains);
        return shared >= NearDuplicate * (small.Count + large.Count - shared);
    }

    /// <summary>The steps that answer a query, best first.</summary>
    public async Task<IReadOnlyList<RecallHit>> StepsAsync(RecallQuery query, IReadOnlyList<string> terms, CancellationToken cancellationToken)
    {
        var set = await store.FindCandidatesAsync(Candidates(query, terms) with { BySteps = true, Tags = [], Embedding = null }, cancellationToken).ConfigureAwait(false);
        var ranked = StepRanker.Preselect(set, Math.Max(100, query.Limit * 8));
        var steps = await store.GetStepsAsync([.. ranked.Select(r => r.Reference)], cancellationToken).ConfigureAwait(false);
        return StepRanker.Rank(query.Text, set, ranked, steps, query.Limit);
    }

    /// <summary>Why a query found nothing.</summary>
    public async Task<string> WhyEmptyAsync(RecallQuery query, IReadOnlyList<string> terms, CancellationToken cancellationToken)
    {
        var bySteps = query.Types == RecallTypes.Step;
        var anywhere = await store.FindCandidatesAsync(new() { Terms = terms, Tags = query.Context.Tags, IncludeFailed = true, BySteps = bySteps }, cancellationToken).ConfigureAwait(false);
        if (anywhere.TotalEpisodes == 0)
            return "The memory holds no finished episode yet.";
        if (terms.Count == 0)
            return "The query has no word to search for, and no episode within the scope and time asked for has an embedding of its model.";
        if (bySteps && anywhere.Candidates.Count == 0 && (await store.FindCandidatesAsync(new() { Terms = terms, IncludeFailed = true }, cancellationToken).ConfigureAwait(false)).Candidates.Count > 0)
            return "The words occur in tasks, and in no step: ask for episodes.";
        // A word may be known and occur no more: what held it was forgotten.
        if (anywhere.Terms.Count == 0 || anywhere.Candidates.Count == 0)
            return $"None of the words occurs in the {anywhere.TotalEpisodes} episodes of this memory: {string.Join(", ", terms.Take(10))}.";
        var inScope = await store.FindCandidatesAsync(Candidates(query with { IncludeFailed = true }, terms) with { BySteps = bySteps, Embedding = null }, cancellationToken).ConfigureAwait(false);
        return inScope.Candidates.Count == 0 ? "Episodes match, but none within the scope and time asked for."
            : inScope.Candidates.All(c => c.Head.Status is EpisodeStatus.Failed or EpisodeStatus.Abstained) ? "Only episodes that failed match: include failed ones to see them."
            : "Nothing was learned from the episodes that match.";
    }

    /// <summary>The hits of several kinds in turn, the best of each first: their scores are not of one scale, and no kind crowds out another.</summary>
    public static List<RecallHit> TakeTurns(IReadOnlyList<IReadOnlyList<RecallHit>> kinds)
    {
        var hits = new List<RecallHit>();
        for (var rank = 0; rank < kinds.Max(k => k.Count); rank++)
            hits.AddRange(kinds.Where(k => rank < k.Count).Select(k => k[rank]));
        return hits;
    }

    /// <summary>As many of the hits as the limits allow, and what they cost.</summary>
    public static (List<RecallHit> Hits, int Tokens) Within(List<RecallHit> hits, int limit, int? maxTokens)
    {
        var kept = new List<RecallHit>();
        var tokens = 0;
        foreach (var hit in hits.Take(limit))
        {
            var length = hit.Id.Length + hit.Title.Length + (hit.BestStep?.Summary.Length ?? 0) + hit.Related.Sum(r => r.Id.ToString().Length + r.Meaning.Length + r.Title.Length);
            var cost = (length + CharactersPerToken - 1) / CharactersPerToken;
            if (tokens + cost > maxTokens)
                break;
            tokens += cost;
            kept.Add(hit);
        }

        return (kept, tokens);
    }
}
