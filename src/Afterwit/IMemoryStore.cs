namespace Afterwit;

/// <summary>
/// Where the memory is kept. Every write returns after its commit. Ids are made by the caller; what has none, such as a step, is numbered by the store: a write whose answer
/// was lost on the way is sent again by the store and is there once. A caller who repeats a call on its own may repeat all but appending steps and saving checkpoints.
/// </summary>
public interface IMemoryStore : IAsyncDisposable
{
    /// <summary>Stores the head of an episode that begins. Doing it again changes nothing.</summary>
    /// <exception cref="ConflictException">The id is taken by another episode, or by this one and it has gone on since.</exception>
    Task StartEpisodeAsync(Episode episode, CancellationToken cancellationToken);

    /// <summary>Appends steps to a running episode: one row each, nothing is rewritten.</summary>
    /// <returns>The ordinal of the first.</returns>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    /// <exception cref="ConflictException">The episode has ended, or is full.</exception>
    Task<int> AppendStepsAsync(EpisodeId episode, IReadOnlyList<Step> steps, CancellationToken cancellationToken);

    /// <summary>Appends steps to a running episode, once for each key: with a key that the episode has seen, nothing is appended and the answer is the one given then.</summary>
    /// <param name="episode">The episode.</param>
    /// <param name="steps">The same with the same key.</param>
    /// <param name="key">Names the call among all that append to the episode. Once the episode has ended, only the key of its last steps is known.</param>
    /// <param name="cancellationToken">Stops before the write begins.</param>
    /// <returns>The ordinal of the first.</returns>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    /// <exception cref="ConflictException">The episode has ended, or is full.</exception>
    Task<int> AppendStepsAsync(EpisodeId episode, IReadOnlyList<Step> steps, string key, CancellationToken cancellationToken);

    /// <summary>Ends a running episode: the outcome, the search index and all it teaches, in one transaction.</summary>
    /// <returns>False when steps were logged since <paramref name="learned"/> was read: read it again and repeat.</returns>
    /// <exception cref="ConflictException">The episode has ended already.</exception>
    Task<bool> CompleteEpisodeAsync(LearnedEpisode learned, CancellationToken cancellationToken);

    /// <summary>
    /// Writes many items in one transaction and one round trip. An episode that is there unchanged is left alone; one that changed is replaced and learned anew, and keeps its
    /// relationships, checkpoints, embeddings and feedback.
    /// </summary>
    /// <returns>What became of each item, by its position.</returns>
    /// <exception cref="BatchException">The batch is atomic and an item cannot be written; nothing was.</exception>
    Task<BatchResult> WriteBatchAsync(MemoryBatch batch, BatchOptions options, CancellationToken cancellationToken);

    /// <summary>Which of the episodes are stored exactly so: an import need not learn them again.</summary>
    Task<IReadOnlySet<EpisodeId>> FindUnchangedAsync(IReadOnlyList<Episode> episodes, CancellationToken cancellationToken);

    /// <summary>The whole episode. Null when there is none.</summary>
    Task<Episode?> GetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken);

    /// <summary>Whole episodes, in the order asked. Null in the place of one that is not there.</summary>
    Task<IReadOnlyList<Episode?>> GetEpisodesAsync(IReadOnlyList<EpisodeId> ids, CancellationToken cancellationToken);

    /// <summary>The episodes that pass the filter, the newest first.</summary>
    Task<IReadOnlyList<EpisodeSummary>> ListEpisodesAsync(EpisodeFilter filter, CancellationToken cancellationToken);

    /// <summary>The tool calls of finished episodes. An episode that is not there is left out.</summary>
    Task<IReadOnlyList<ToolTrace>> GetToolTracesAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken);

    /// <summary>Removes an episode with its steps, its place in the index, its evidence, the receipts that were asked for it, and what it added to the counts of patterns.</summary>
    /// <returns>False when it was not there.</returns>
    Task<bool> ForgetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken);

    /// <summary>Single steps. One that is not there is left out.</summary>
    Task<IReadOnlyDictionary<StepReference, Step>> GetStepsAsync(IReadOnlyList<StepReference> steps, CancellationToken cancellationToken);

    /// <summary>The episodes and steps that could answer a query, with what a scorer needs.</summary>
    Task<CandidateSet> FindCandidatesAsync(CandidateQuery query, CancellationToken cancellationToken);

    /// <summary>The counts of every pattern under each of the conditions.</summary>
    /// <param name="conditions">Numbers from <see cref="PatternId.OfCondition"/>.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    Task<IReadOnlyList<Pattern>> FindPatternsAsync(IReadOnlyList<long> conditions, CancellationToken cancellationToken);

    /// <summary>The patterns that pass the filter, the best supported first.</summary>
    Task<IReadOnlyList<Pattern>> ListPatternsAsync(PatternFilter filter, CancellationToken cancellationToken);

    /// <summary>The counts of those of the patterns that are there. Never cached: what asks for hundreds of them is itself kept.</summary>
    Task<IReadOnlyList<Pattern>> FindPatternsAsync(IReadOnlyList<PatternId> ids, CancellationToken cancellationToken);

    /// <summary>One pattern with its agents and its evidence. Null when there is none.</summary>
    Task<Pattern?> GetPatternAsync(PatternId id, CancellationToken cancellationToken);

    /// <summary>Patterns with their agents and evidence, in the order asked. Null in the place of one that is not there.</summary>
    Task<IReadOnlyList<Pattern?>> GetPatternsAsync(IReadOnlyList<PatternId> ids, CancellationToken cancellationToken);

    /// <summary>The evidence of patterns, as far as it lies within a scope.</summary>
    Task<ILookup<PatternId, Evidence>> GetEvidenceAsync(IReadOnlyList<PatternId> patterns, Scope scope, CancellationToken cancellationToken);

    /// <summary>Withdraws a pattern, or puts it back.</summary>
    /// <returns>False when there is none.</returns>
    Task<bool> RetirePatternAsync(PatternId id, bool retired, CancellationToken cancellationToken);

    /// <summary>Keeps what a recall returned.</summary>
    Task SaveReceiptAsync(Receipt receipt, CancellationToken cancellationToken);

    /// <summary>What a recall returned. Null when there is no such receipt.</summary>
    Task<Receipt?> GetReceiptAsync(ReceiptId id, CancellationToken cancellationToken);

    /// <summary>What was recalled for an episode, with what came of it: the newest receipts, the newest last. Of each the first 100 items, and those that were used.</summary>
    /// <param name="episode">The episode, which need not be there.</param>
    /// <param name="limit">At most so many receipts.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    Task<IReadOnlyList<Receipt>> GetReceiptsAsync(EpisodeId episode, int limit, CancellationToken cancellationToken);

    /// <summary>The runs that count as a success or a failure and that something was recalled for: a recall with a hit was asked for them until they ended, or a step came from memory.</summary>
    /// <param name="domain">Only this field of work. Null: each for itself, and those without one.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    Task<IReadOnlyList<RecalledRuns>> CountRecalledRunsAsync(string? domain, CancellationToken cancellationToken);

    /// <summary>Keeps what came of a recall; giving it again replaces it.</summary>
    /// <exception cref="NotFoundException">There is no such receipt.</exception>
    Task SaveFeedbackAsync(Feedback feedback, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Adds an edge between two episodes, or replaces all that is kept with it.</summary>
    /// <exception cref="NotFoundException">One of the episodes is missing.</exception>
    /// <exception cref="ConflictException">The edge would close a circle in a kind that has none.</exception>
    Task RelateAsync(Relationship relationship, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>The edges of an episode, both ways: the highest priority first, then the greatest weight, then the newest.</summary>
    Task<IReadOnlyList<Relationship>> GetRelationshipsAsync(EpisodeId episode, CancellationToken cancellationToken);

    /// <summary>The edges of each of the episodes, both ways, in the order asked.</summary>
    Task<IReadOnlyList<IReadOnlyList<Relationship>>> GetRelationshipsAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken);

    /// <summary>The episodes one edge away from each of some others, either way, in the order asked: the highest priority first, then the greatest weight, closer kinds, the newest.</summary>
    /// <param name="episodes">Those others.</param>
    /// <param name="each">At most so many for each of them.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    Task<IReadOnlyList<IReadOnlyList<RelatedEpisode>>> GetRelatedAsync(IReadOnlyList<EpisodeId> episodes, int each, CancellationToken cancellationToken);

    /// <summary>The episodes that edges lead to: the nearest first, then those with the greatest weight, then by id. Without the one the query begins with.</summary>
    Task<IReadOnlyList<RelatedEpisode>> GetRelatedAsync(GraphQuery query, CancellationToken cancellationToken);

    /// <summary>The shortest way to another episode, edge by edge; of equally short ones the one with the greatest weight. The query's limit does not count. Empty when there is none.</summary>
    Task<IReadOnlyList<Relationship>> FindPathAsync(GraphQuery query, EpisodeId to, CancellationToken cancellationToken);

    /// <summary>Removes an edge.</summary>
    /// <returns>False when there was none.</returns>
    Task<bool> UnrelateAsync(EpisodeId from, RelationshipKind kind, EpisodeId to, CancellationToken cancellationToken);

    /// <summary>The embeddings of episodes by one model, in the order asked. Null in the place of one that is not there.</summary>
    Task<IReadOnlyList<Embedding?>> GetEmbeddingsAsync(IReadOnlyList<EpisodeId> episodes, string model, CancellationToken cancellationToken);

    /// <summary>The finished episodes whose embeddings lie closest to a vector, the closest first.</summary>
    /// <exception cref="ArgumentException">The stored embeddings of the model have another number of dimensions.</exception>
    Task<IReadOnlyList<NearEpisode>> FindNearestAsync(NearestQuery query, CancellationToken cancellationToken);

    /// <summary>Keeps a checkpoint of an episode, with the number of its steps.</summary>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    Task SaveCheckpointAsync(EpisodeId episode, DateTimeOffset at, string? note, string? state, CancellationToken cancellationToken);

    /// <summary>The checkpoints of an episode, the newest last.</summary>
    Task<IReadOnlyList<Checkpoint>> GetCheckpointsAsync(EpisodeId episode, CancellationToken cancellationToken);

    /// <summary>The result of a computation over this store, which a store that caches may have kept since no write touched what it reads.</summary>
    /// <param name="key">Names the computation and its arguments.</param>
    /// <param name="compute">Runs it over this store.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<T> GetOrComputeAsync<T>(ResultKey key, Func<CancellationToken, Task<T>> compute, CancellationToken cancellationToken)
        where T : class;

    /// <summary>What the memory holds.</summary>
    Task<StoreStatistics> GetStatisticsAsync(CancellationToken cancellationToken);
}

/// <summary>The runs of a domain that something was recalled for.</summary>
/// <param name="Domain">The field of work. Null for runs without one.</param>
/// <param name="Runs">How many they are.</param>
/// <param name="Successes">How many of them succeeded.</param>
public readonly record struct RecalledRuns(string? Domain, int Runs, int Successes);

/// <summary>What an import did with a batch.</summary>
/// <param name="Stored">New, or replaced because they changed.</param>
/// <param name="Unchanged">There already.</param>
public readonly record struct ImportCounts(int Stored, int Unchanged);

/// <summary>What the memory holds.</summary>
/// <param name="Episodes">Episodes of any status.</param>
/// <param name="Running">Of these, those that have not ended.</param>
/// <param name="Steps">Steps.</param>
/// <param name="Patterns">Patterns of any state.</param>
/// <param name="ActivePatterns">Of these, those with enough support.</param>
/// <param name="Receipts">Recalls that were kept.</param>
/// <param name="Feedback">Of these, those with feedback.</param>
/// <param name="Relationships">Edges between episodes.</param>
/// <param name="FileBytes">The size of the database.</param>
public sealed record StoreStatistics(long Episodes, long Running, long Steps, long Patterns, long ActivePatterns, long Receipts, long Feedback, long Relationships, long FileBytes);
