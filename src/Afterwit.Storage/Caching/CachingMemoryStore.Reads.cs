namespace Afterwit.Storage;

/// <content>Items by id, and the results of queries.</content>
public sealed partial class CachingMemoryStore
{
    /// <inheritdoc/>
    public Task<Episode?> GetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        var key = QueryKey.Of(CacheKind.Episode, id);
        var kept = Look(key, out var refresh);
        return kept is not null && !refresh && IsFresh() ? (Task<Episode?>)kept.Task : ReadEpisodeAsync(key, kept, refresh, id, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Episode?>> GetEpisodesAsync(IReadOnlyList<EpisodeId> ids, CancellationToken cancellationToken) =>
        ManyAsync(ids, static id => QueryKey.Of(CacheKind.Episode, id), static id => On(Aspect.Episode, id), Inner.GetEpisodesAsync, null, cancellationToken);

    /// <inheritdoc/>
    public Task<Pattern?> GetPatternAsync(PatternId id, CancellationToken cancellationToken)
    {
        var key = QueryKey.Of(id);
        var kept = Look(key, out var refresh);
        return kept is not null && !refresh && IsFresh() ? (Task<Pattern?>)kept.Task : ReadPatternAsync(key, kept, refresh, id, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern?>> GetPatternsAsync(IReadOnlyList<PatternId> ids, CancellationToken cancellationToken) =>
        ManyAsync(ids, QueryKey.Of, static _ => Generations.On(Aspect.Learned), Inner.GetPatternsAsync, OnPattern, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Relationship>> GetRelationshipsAsync(EpisodeId episode, CancellationToken cancellationToken) =>
        ReadAsync(QueryKey.Of(CacheKind.Relationships, episode), OnEdges(episode), token => Inner.GetRelationshipsAsync(episode, token), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<IReadOnlyList<Relationship>>> GetRelationshipsAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken) =>
        ManyAsync(episodes, static id => QueryKey.Of(CacheKind.Relationships, id), OnEdges, Inner.GetRelationshipsAsync, null, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Embedding?>> GetEmbeddingsAsync(IReadOnlyList<EpisodeId> episodes, string model, CancellationToken cancellationToken) =>
        ManyAsync(episodes, id => new(CacheKind.Embedding, id.Value, model), static id => On(Aspect.Vectors, id), (missing, token) => Inner.GetEmbeddingsAsync(missing, model, token), null, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<EpisodeSummary>> ListEpisodesAsync(EpisodeFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ReadAsync(QueryKey.Of(filter), Generations.On(Aspect.Heads, filter.Domain, filter.Scope.Project), token => Inner.ListEpisodesAsync(filter, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ToolTrace>> GetToolTracesAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        var key = QueryKey.Of(CacheKind.Traces, new KeyText().Add(episodes));
        var kept = Look(key, out var refresh);
        return ReadAsync(key, kept, refresh, Generations.On(Aspect.Heads), token => Inner.GetToolTracesAsync(episodes, token), OnTraces, cancellationToken);

        // What has a verdict has ended: its steps change no more, whatever running episodes log.
        Dependencies OnTraces(IReadOnlyList<ToolTrace> traces) =>
            Generations.On(traces.Count == episodes.Distinct().Count() && traces.All(t => t.Success is not null) ? Aspect.Learned : Aspect.Heads);
    }

    /// <inheritdoc/>
    public Task<CandidateSet> FindCandidatesAsync(CandidateQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.BySteps
            ? Inner.FindCandidatesAsync(query, cancellationToken)
            : ReadAsync(QueryKey.Of(query), Generations.On(Aspect.Learned, query.Domain, query.Scope.Project), token => Inner.FindCandidatesAsync(query, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> FindPatternsAsync(IReadOnlyList<long> conditions, CancellationToken cancellationToken) =>
        ReadAsync(QueryKey.Of(CacheKind.Patterns, new KeyText().Add(conditions)), Generations.On(Aspect.Learned), token => Inner.FindPatternsAsync(conditions, token), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> ListPatternsAsync(PatternFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ReadAsync(QueryKey.Of(filter), Generations.On(Aspect.Learned, filter.Domain), token => Inner.ListPatternsAsync(filter, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> FindPatternsAsync(IReadOnlyList<PatternId> ids, CancellationToken cancellationToken) => Inner.FindPatternsAsync(ids, cancellationToken);

    /// <inheritdoc/>
    public Task<ILookup<PatternId, Evidence>> GetEvidenceAsync(IReadOnlyList<PatternId> patterns, Scope scope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        var text = new KeyText().Add([.. patterns.Select(p => p.Value)]).Add(scope);
        return ReadAsync(QueryKey.Of(CacheKind.Evidence, text), Generations.On(Aspect.Learned), token => Inner.GetEvidenceAsync(patterns, scope, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RelatedEpisode>> GetRelatedAsync(GraphQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ReadAsync(QueryKey.Of(query), OnGraph, token => Inner.GetRelatedAsync(query, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<IReadOnlyList<RelatedEpisode>>> GetRelatedAsync(IReadOnlyList<EpisodeId> episodes, int each, CancellationToken cancellationToken) =>
        ReadAsync(QueryKey.Of(CacheKind.Graph, new KeyText().Add("of each").Add(episodes).Add((long)each)), OnGraph, token => Inner.GetRelatedAsync(episodes, each, token), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Relationship>> FindPathAsync(GraphQuery query, EpisodeId to, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ReadAsync(QueryKey.Of(query, to), OnGraph, token => Inner.FindPathAsync(query, to, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<NearEpisode>> FindNearestAsync(NearestQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ReadAsync(QueryKey.Of(query), Generations.On(Aspect.Learned, query.Domain, query.Scope.Project), token => Inner.FindNearestAsync(query, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> GetOrComputeAsync<T>(ResultKey key, Func<CancellationToken, Task<T>> compute, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(key);
        var on = Generations.On(Aspect.Learned, key.Domain, key.Project);
        if (key.Domain is null)
            on = on with { Third = Generations.Of(Aspect.Graph) }; // what belongs to a hit may lie anywhere
        return ReadAsync(QueryKey.Of(key), on, token => Inner.GetOrComputeAsync(key, compute, token), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlySet<EpisodeId>> FindUnchangedAsync(IReadOnlyList<Episode> episodes, CancellationToken cancellationToken)
    {
        var unchanged = await Inner.FindUnchangedAsync(episodes, cancellationToken).ConfigureAwait(false);
        if (unchanged.Count > 0)
            LookNext(); // another process may have stored them
        return unchanged;
    }

    // Not kept: the steps of a recall, and what is found by steps, are asked for again by nothing but the same recall, whose result is kept whole, and are most of its bytes.

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<StepReference, Step>> GetStepsAsync(IReadOnlyList<StepReference> steps, CancellationToken cancellationToken) => Inner.GetStepsAsync(steps, cancellationToken);

    /// <inheritdoc/>
    public Task<Receipt?> GetReceiptAsync(ReceiptId id, CancellationToken cancellationToken) => Inner.GetReceiptAsync(id, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Receipt>> GetReceiptsAsync(EpisodeId episode, int limit, CancellationToken cancellationToken) => Inner.GetReceiptsAsync(episode, limit, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecalledRuns>> CountRecalledRunsAsync(string? domain, CancellationToken cancellationToken) => ReadAsync(
        QueryKey.Of(CacheKind.Patterns, new KeyText().Add("with recall").Add(domain)), Generations.On(Aspect.Learned, domain), token => Inner.CountRecalledRunsAsync(domain, token), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Checkpoint>> GetCheckpointsAsync(EpisodeId episode, CancellationToken cancellationToken) => Inner.GetCheckpointsAsync(episode, cancellationToken);

    /// <inheritdoc/>
    public Task<StoreStatistics> GetStatisticsAsync(CancellationToken cancellationToken) => Inner.GetStatisticsAsync(cancellationToken);

    private static Dependencies On(Aspect aspect, EpisodeId id) => new(Generations.Of(aspect, id));

    /// <summary>An episode that is forgotten takes its edges along, and with them those of episodes that nobody names.</summary>
    private static Dependencies OnEdges(EpisodeId id) => new(Generations.Of(Aspect.Edges, id), Generations.OfUnknown(Aspect.Edges));

    private static Dependencies OnGraph => new(Generations.Of(Aspect.Graph), Generations.Of(Aspect.Heads));

    /// <summary>What is learned of a domain is taught by its episodes alone.</summary>
    private static Dependencies OnPattern(Pattern? pattern) => Generations.On(Aspect.Learned, pattern is null ? null : pattern.Domain ?? "");

    // Apart from the members above: what a closure needs is made only where it is.
    private Task<Episode?> ReadEpisodeAsync(QueryKey key, CachedValue? kept, bool refresh, EpisodeId id, CancellationToken cancellationToken) =>
        ReadAsync(key, kept, refresh, On(Aspect.Episode, id), token => LoadEpisodeAsync(id, token), null, cancellationToken);

    private Task<Pattern?> ReadPatternAsync(QueryKey key, CachedValue? kept, bool refresh, PatternId id, CancellationToken cancellationToken) =>
        ReadAsync(key, kept, refresh, Generations.On(Aspect.Learned), token => Inner.GetPatternAsync(id, token), OnPattern, cancellationToken);

    private async Task<Episode?> LoadEpisodeAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        var stamp = _generations.Sum(On(Aspect.Place, id));
        var episode = await Inner.GetEpisodeAsync(id, cancellationToken).ConfigureAwait(false);
        if (episode?.Status == EpisodeStatus.Running)
            KeepPlace(episode, stamp);
        return episode;
    }
}
