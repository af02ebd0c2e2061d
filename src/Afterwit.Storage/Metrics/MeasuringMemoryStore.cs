namespace Afterwit.Storage;

/// <summary>Measures each operation of a store, by its query type. It lies below the cache: what the cache answers is counted there.</summary>
internal sealed class MeasuringMemoryStore(IMemoryStore inner, MemoryMetrics metrics) : IStoreDecorator
{
    /// <inheritdoc/>
    public IMemoryStore Inner => inner;

    /// <summary>What is known of it.</summary>
    public MemoryMetrics Metrics => metrics;

    /// <inheritdoc/>
    public Task StartEpisodeAsync(Episode episode, CancellationToken cancellationToken) => Of(StoreOperation.StartEpisode, metrics.Now(), inner.StartEpisodeAsync(episode, cancellationToken));

    /// <inheritdoc/>
    public Task<int> AppendStepsAsync(EpisodeId episode, IReadOnlyList<Step> steps, CancellationToken cancellationToken) =>
        Of(StoreOperation.AppendSteps, metrics.Now(), inner.AppendStepsAsync(episode, steps, cancellationToken));

    /// <inheritdoc/>
    public Task<int> AppendStepsAsync(EpisodeId episode, IReadOnlyList<Step> steps, string key, CancellationToken cancellationToken) =>
        Of(StoreOperation.AppendSteps, metrics.Now(), inner.AppendStepsAsync(episode, steps, key, cancellationToken));

    /// <inheritdoc/>
    public async Task<bool> CompleteEpisodeAsync(LearnedEpisode learned, CancellationToken cancellationToken)
    {
        var kept = await Of(StoreOperation.CompleteEpisode, metrics.Now(), inner.CompleteEpisodeAsync(learned, cancellationToken)).ConfigureAwait(false);
        metrics.Learned(kept ? 1 : 0);
        return kept;
    }

    /// <inheritdoc/>
    public async Task<BatchResult> WriteBatchAsync(MemoryBatch batch, BatchOptions options, CancellationToken cancellationToken)
    {
        var result = await Of(StoreOperation.WriteBatch, metrics.Now(), inner.WriteBatchAsync(batch, options, cancellationToken)).ConfigureAwait(false);
        metrics.Learned(result.Episodes.Where((item, i) => item.Outcome == BatchOutcome.Stored && batch.Episodes[i].Status != EpisodeStatus.Running).Count());
        return result;
    }

    /// <inheritdoc/>
    public Task<IReadOnlySet<EpisodeId>> FindUnchangedAsync(IReadOnlyList<Episode> episodes, CancellationToken cancellationToken) =>
        Of(StoreOperation.FindUnchanged, metrics.Now(), inner.FindUnchangedAsync(episodes, cancellationToken));

    /// <inheritdoc/>
    public Task<Episode?> GetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken) => Of(StoreOperation.GetEpisode, metrics.Now(), inner.GetEpisodeAsync(id, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Episode?>> GetEpisodesAsync(IReadOnlyList<EpisodeId> ids, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetEpisodes, metrics.Now(), inner.GetEpisodesAsync(ids, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<EpisodeSummary>> ListEpisodesAsync(EpisodeFilter filter, CancellationToken cancellationToken) =>
        Of(StoreOperations.Of(filter), metrics.Now(), inner.ListEpisodesAsync(filter, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ToolTrace>> GetToolTracesAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetToolTraces, metrics.Now(), inner.GetToolTracesAsync(episodes, cancellationToken));

    /// <inheritdoc/>
    public Task<bool> ForgetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken) => Of(StoreOperation.ForgetEpisode, metrics.Now(), inner.ForgetEpisodeAsync(id, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<StepReference, Step>> GetStepsAsync(IReadOnlyList<StepReference> steps, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetSteps, metrics.Now(), inner.GetStepsAsync(steps, cancellationToken));

    /// <inheritdoc/>
    public Task<CandidateSet> FindCandidatesAsync(CandidateQuery query, CancellationToken cancellationToken) =>
        Of(StoreOperation.FindCandidates, metrics.Now(), inner.FindCandidatesAsync(query, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> FindPatternsAsync(IReadOnlyList<long> conditions, CancellationToken cancellationToken) =>
        Of(StoreOperation.FindPatterns, metrics.Now(), inner.FindPatternsAsync(conditions, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> ListPatternsAsync(PatternFilter filter, CancellationToken cancellationToken) =>
        Of(StoreOperations.Of(filter), metrics.Now(), inner.ListPatternsAsync(filter, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> FindPatternsAsync(IReadOnlyList<PatternId> ids, CancellationToken cancellationToken) =>
        Of(StoreOperation.FindPatterns, metrics.Now(), inner.FindPatternsAsync(ids, cancellationToken));

    /// <inheritdoc/>
    public Task<Pattern?> GetPatternAsync(PatternId id, CancellationToken cancellationToken) => Of(StoreOperation.GetPattern, metrics.Now(), inner.GetPatternAsync(id, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern?>> GetPatternsAsync(IReadOnlyList<PatternId> ids, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetPatterns, metrics.Now(), inner.GetPatternsAsync(ids, cancellationToken));

    /// <inheritdoc/>
    public Task<ILookup<PatternId, Evidence>> GetEvidenceAsync(IReadOnlyList<PatternId> patterns, Scope scope, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetEvidence, metrics.Now(), inner.GetEvidenceAsync(patterns, scope, cancellationToken));

    /// <inheritdoc/>
    public Task<bool> RetirePatternAsync(PatternId id, bool retired, CancellationToken cancellationToken) =>
        Of(StoreOperation.RetirePattern, metrics.Now(), inner.RetirePatternAsync(id, retired, cancellationToken));

    /// <inheritdoc/>
    public Task SaveReceiptAsync(Receipt receipt, CancellationToken cancellationToken) => Of(StoreOperation.SaveReceipt, metrics.Now(), inner.SaveReceiptAsync(receipt, cancellationToken));

    /// <inheritdoc/>
    public Task<Receipt?> GetReceiptAsync(ReceiptId id, CancellationToken cancellationToken) => Of(StoreOperation.GetReceipt, metrics.Now(), inner.GetReceiptAsync(id, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Receipt>> GetReceiptsAsync(EpisodeId episode, int limit, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetReceipts, metrics.Now(), inner.GetReceiptsAsync(episode, limit, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecalledRuns>> CountRecalledRunsAsync(string? domain, CancellationToken cancellationToken) =>
        Of(StoreOperation.CountRecalledRuns, metrics.Now(), inner.CountRecalledRunsAsync(domain, cancellationToken));

    /// <inheritdoc/>
    public Task SaveFeedbackAsync(Feedback feedback, DateTimeOffset at, CancellationToken cancellationToken) =>
        Of(StoreOperation.SaveFeedback, metrics.Now(), inner.SaveFeedbackAsync(feedback, at, cancellationToken));

    /// <inheritdoc/>
    public Task RelateAsync(Relationship relationship, DateTimeOffset at, CancellationToken cancellationToken) =>
        Of(StoreOperation.Relate, metrics.Now(), inner.RelateAsync(relationship, at, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Relationship>> GetRelationshipsAsync(EpisodeId episode, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetRelationships, metrics.Now(), inner.GetRelationshipsAsync(episode, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<IReadOnlyList<Relationship>>> GetRelationshipsAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetRelationships, metrics.Now(), inner.GetRelationshipsAsync(episodes, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<RelatedEpisode>> GetRelatedAsync(GraphQuery query, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetRelated, metrics.Now(), inner.GetRelatedAsync(query, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<IReadOnlyList<RelatedEpisode>>> GetRelatedAsync(IReadOnlyList<EpisodeId> episodes, int each, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetRelated, metrics.Now(), inner.GetRelatedAsync(episodes, each, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Relationship>> FindPathAsync(GraphQuery query, EpisodeId to, CancellationToken cancellationToken) =>
        Of(StoreOperation.FindPath, metrics.Now(), inner.FindPathAsync(query, to, cancellationToken));

    /// <inheritdoc/>
    public Task<bool> UnrelateAsync(EpisodeId from, RelationshipKind kind, EpisodeId to, CancellationToken cancellationToken) =>
        Of(StoreOperation.Unrelate, metrics.Now(), inner.UnrelateAsync(from, kind, to, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Embedding?>> GetEmbeddingsAsync(IReadOnlyList<EpisodeId> episodes, string model, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetEmbeddings, metrics.Now(), inner.GetEmbeddingsAsync(episodes, model, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<NearEpisode>> FindNearestAsync(NearestQuery query, CancellationToken cancellationToken) =>
        Of(StoreOperation.FindNearest, metrics.Now(), inner.FindNearestAsync(query, cancellationToken));

    /// <inheritdoc/>
    public Task SaveCheckpointAsync(EpisodeId episode, DateTimeOffset at, string? note, string? state, CancellationToken cancellationToken) =>
        Of(StoreOperation.SaveCheckpoint, metrics.Now(), inner.SaveCheckpointAsync(episode, at, note, state, cancellationToken));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Checkpoint>> GetCheckpointsAsync(EpisodeId episode, CancellationToken cancellationToken) =>
        Of(StoreOperation.GetCheckpoints, metrics.Now(), inner.GetCheckpointsAsync(episode, cancellationToken));

    /// <inheritdoc/>
    /// <remarks>Not an operation of its own: what it computes with comes through this store again, and is measured there.</remarks>
    public Task<T> GetOrComputeAsync<T>(ResultKey key, Func<CancellationToken, Task<T>> compute, CancellationToken cancellationToken)
        where T : class => inner.GetOrComputeAsync(key, compute, cancellationToken);

    /// <inheritdoc/>
    public Task<StoreStatistics> GetStatisticsAsync(CancellationToken cancellationToken) => Of(StoreOperation.GetStatistics, metrics.Now(), inner.GetStatisticsAsync(cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        metrics.Dispose();
        await inner.DisposeAsync().ConfigureAwait(false);
    }

    private Task Of(StoreOperation operation, long start, Task running)
    {
        if (!running.IsCompletedSuccessfully)
            return AwaitAsync();
        metrics.Record(operation, start);
        return running;

        async Task AwaitAsync()
        {
            try
            {
                await running.ConfigureAwait(false);
                metrics.Record(operation, start);
            }
            catch (Exception e)
            {
                metrics.Record(operation, start, e);
                throw;
            }
        }
    }

    private Task<T> Of<T>(StoreOperation operation, long start, Task<T> running)
    {
        // A hit must not pay for a closure: the slow way is a method of its own.
        if (!running.IsCompletedSuccessfully)
            return AwaitAsync(operation, start, running);
        metrics.Record(operation, start);
        return running;
    }

    private async Task<T> AwaitAsync<T>(StoreOperation operation, long start, Task<T> running)
    {
        try
        {
            var result = await running.ConfigureAwait(false);
            metrics.Record(operation, start);
            return result;
        }
        catch (Exception e)
        {
            metrics.Record(operation, start, e);
            throw;
        }
    }
}
