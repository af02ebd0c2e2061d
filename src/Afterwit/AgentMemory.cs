namespace Afterwit;

/// <summary>The memory of an agent: what it did goes in, what helps with the next task comes out. Thread-safe; open it once and keep it.</summary>
/// <remarks>
/// Credentials are taken out of tasks, messages, arguments, observations, summaries, notes, states and metadata values before they are stored; see
/// <see cref="SecretRedactor"/>. Names (tools, speakers, scopes, tags, keys) are kept as they are.
/// </remarks>
public sealed class AgentMemory : IAsyncDisposable
{
    private readonly IMemoryStore _store;
    private readonly TimeProvider _time;
    private readonly Counsel _counsel;
    private readonly GraphReader _graph;
    private readonly ReceiptKeeper _receipts;

    /// <summary>Creates a memory over a store, which it owns.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="time">The clock. Null means the system's.</param>
    public AgentMemory(IMemoryStore store, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _time = time ?? TimeProvider.System;
        _counsel = new(store, new(store, _time));
        _graph = new(store);
        _receipts = new(store, _time);
    }

    /// <summary>The store, for what the memory itself does not offer.</summary>
    public IMemoryStore Store => _store;

    /// <summary>Receipts that could not be written; feedback on them finds nothing. Recalls never wait for their receipt.</summary>
    public long LostReceipts => _receipts.Lost;

    /// <summary>Begins an episode.</summary>
    /// <param name="task">What is asked, in the words the agent sees.</param>
    /// <param name="scope">To whom it belongs.</param>
    /// <param name="context">The circumstances.</param>
    /// <param name="metadata">Anything else worth keeping.</param>
    /// <param name="cancellationToken">Stops before the write begins.</param>
    /// <exception cref="ArgumentException">A text is empty, too long or not valid Unicode.</exception>
    /// <exception cref="DatabaseException">The store failed.</exception>
    public Task<EpisodeId> StartAsync(
        string task, Scope? scope = null, EpisodeContext? context = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        StartAsync(task, scope, context, metadata, idempotencyKey: null, cancellationToken);

    /// <summary>Begins an episode, once for each key: a caller whose answer was lost repeats the call with the key, and gets the answer of the first time.</summary>
    /// <param name="task">What is asked, in the words the agent sees. The same with the same key.</param>
    /// <param name="scope">To whom it belongs.</param>
    /// <param name="context">The circumstances.</param>
    /// <param name="metadata">Anything else worth keeping.</param>
    /// <param name="idempotencyKey">Names the call among all that begin episodes of the scope's project, agent and user. Null: each call begins one.</param>
    /// <param name="cancellationToken">Stops before the write begins.</param>
    /// <exception cref="ArgumentException">A text is empty, too long or not valid Unicode.</exception>
    /// <exception cref="ConflictException">The key was used for another task.</exception>
    /// <exception cref="DatabaseException">The store failed.</exception>
    public async Task<EpisodeId> StartAsync(
        string task, Scope? scope, EpisodeContext? context, IReadOnlyDictionary<string, string>? metadata, string? idempotencyKey, CancellationToken cancellationToken = default)
    {
        scope ??= Scope.Any;
        var episode = EpisodeRules.Check(new Episode
        {
            Id = idempotencyKey is null ? EpisodeId.New(_time) : StableId.Of("start", scope, idempotencyKey),
            Task = task,
            Scope = scope,
            Context = context ?? EpisodeContext.None,
            Metadata = metadata ?? new Dictionary<string, string>(),
            StartedAt = _time.GetUtcNow(),
        });
        try
        {
            await _store.StartEpisodeAsync(episode, cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException) when (idempotencyKey is not null)
        {
            // Begun by an earlier call with the key, and perhaps gone on since.
            if (await _store.GetEpisodeAsync(episode.Id, cancellationToken).ConfigureAwait(false) is not { } begun || begun.Task != episode.Task)
                throw new ConflictException($"The idempotency key '{TextRules.Excerpt(idempotencyKey, 60)}' was used for another task, which is episode {episode.Id}: give a new key.");
        }

        return episode.Id;
    }

    /// <summary>Logs one step.</summary>
    /// <returns>Its ordinal.</returns>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    /// <exception cref="ConflictException">The episode has ended.</exception>
    public Task<int> LogAsync(EpisodeId episode, Step step, CancellationToken cancellationToken = default) => LogAsync(episode, [step], cancellationToken);

    /// <summary>Logs steps in order, in one transaction.</summary>
    /// <returns>The ordinal of the first.</returns>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    /// <exception cref="ConflictException">The episode has ended.</exception>
    public Task<int> LogAsync(EpisodeId episode, IReadOnlyList<Step> steps, CancellationToken cancellationToken = default) => _store.AppendStepsAsync(episode, Checked(steps), cancellationToken);

    /// <summary>Logs steps in order, in one transaction, and once for each key: a caller whose answer was lost repeats the call with the key, and gets the answer of the first time.</summary>
    /// <param name="episode">The episode.</param>
    /// <param name="steps">The same with the same key.</param>
    /// <param name="idempotencyKey">Names the call among all that log to the episode. Null: each call logs.</param>
    /// <param name="cancellationToken">Stops before the write begins.</param>
    /// <returns>The ordinal of the first.</returns>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    /// <exception cref="ConflictException">The episode has ended. Only the last steps before the end can be repeated after it.</exception>
    public Task<int> LogAsync(EpisodeId episode, IReadOnlyList<Step> steps, string? idempotencyKey, CancellationToken cancellationToken = default) => idempotencyKey is null
        ? LogAsync(episode, steps, cancellationToken)
        : _store.AppendStepsAsync(episode, Checked(steps), idempotencyKey, cancellationToken);

    /// <summary>Ends an episode and learns from it, in one transaction. Ending it again with the same outcome changes nothing and gives the same answer.</summary>
    /// <returns>The episode with its reward and reflection.</returns>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    /// <exception cref="ConflictException">The episode has ended already, with another outcome.</exception>
    public async Task<Episode> CompleteAsync(EpisodeId episode, Outcome outcome, CancellationToken cancellationToken = default)
    {
        EpisodeRules.Check(outcome);
        outcome = outcome with { Summary = SecretRedactor.Redact(outcome.Summary) };
        await _receipts.DrainAsync([episode], cancellationToken).ConfigureAwait(false); // whether something was recalled for it is counted at its end
        while (true)
        {
            var running = await GetAsync(episode, cancellationToken).ConfigureAwait(false);
            if (running.Outcome is { } known)
                return known == outcome ? running : throw new ConflictException($"Episode {episode} has ended already ({Names.Of(running.Status)}), with another outcome.");
            var ended = Hindsight.Judge(running with { Outcome = outcome, EndedAt = _time.GetUtcNow() });
            if (await _store.CompleteEpisodeAsync(new(ended, Learner.Observe(ended)), cancellationToken).ConfigureAwait(false))
                return ended;
        }
    }

    /// <summary>Ends an episode as failed, and learns from it.</summary>
    public Task<Episode> FailAsync(EpisodeId episode, string? reason = null, CancellationToken cancellationToken = default) =>
        CompleteAsync(episode, Outcome.Failure(reason), cancellationToken);

    /// <summary>Ends an episode that the agent declined: it is kept, and nothing is learned from it.</summary>
    public Task<Episode> AbstainAsync(EpisodeId episode, string? reason = null, CancellationToken cancellationToken = default) =>
        CompleteAsync(episode, Outcome.Abstention(reason), cancellationToken);

    /// <summary>The whole episode.</summary>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    public Task<Episode> GetAsync(EpisodeId episode, CancellationToken cancellationToken = default)
    {
        // What the store has at hand is handed on as it is: no other task around it.
        var reading = _store.GetEpisodeAsync(episode, cancellationToken);
        return reading is { IsCompletedSuccessfully: true, Result: not null } ? reading! : FoundAsync(reading, episode);
    }

    /// <summary>Whole episodes in the order asked, in one round trip. Null in the place of one that is not there.</summary>
    public Task<IReadOnlyList<Episode?>> GetAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken = default) => _store.GetEpisodesAsync(episodes, cancellationToken);

    /// <summary>
    /// Writes many items together: episodes (finished ones are learned from), embeddings, relationships, and what is taken away. Each is checked and cleaned as by the call for a
    /// single one; steps are numbered in the order they stand. New items take one round trip.
    /// </summary>
    /// <param name="batch">The items.</param>
    /// <param name="options">Null means <see cref="BatchOptions.Default"/>: all items or none.</param>
    /// <param name="cancellationToken">Stops between transactions; what was written stays.</param>
    /// <returns>What became of each item, by its position.</returns>
    /// <exception cref="BatchException">The batch is atomic and an item cannot be written; nothing was.</exception>
    /// <exception cref="DatabaseException">The store failed.</exception>
    public async Task<BatchResult> WriteAsync(MemoryBatch batch, BatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        options ??= BatchOptions.Default;
        var items = BatchRules.Check(batch);
        if (options.Atomic && items.Failures is { } failures)
            throw new BatchException(failures);
        await _receipts.DrainAsync(items.Clean.Episodes.Select(e => e.Id).Concat(items.Clean.Forgotten), cancellationToken).ConfigureAwait(false);
        return items.Place(await _store.WriteBatchAsync(items.Clean, options, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Finds what could help.</summary>
    /// <exception cref="ArgumentException">The text is empty or not valid Unicode, or a limit is out of its range.</exception>
    public async Task<RecallResult> RecallAsync(RecallQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        EpisodeRules.Check(query);
        var result = await _counsel.RecallAsync(query, cancellationToken).ConfigureAwait(false);
        return query.KeepReceipt ? _receipts.Keep(query, result) : result;
    }

    /// <summary>Keeps the receipt of a recall that was made without one: for an episode that began only after it.</summary>
    internal RecallResult KeepReceipt(RecallQuery query, RecallResult result) => _receipts.Keep(query, result);

    /// <summary>The finished episodes whose embeddings lie closest to a vector, the closest first.</summary>
    /// <exception cref="ArgumentException">The query is not allowed, or the stored embeddings of its model have another number of dimensions.</exception>
    public Task<IReadOnlyList<NearEpisode>> FindNearestAsync(NearestQuery query, CancellationToken cancellationToken = default) => _store.FindNearestAsync(query, cancellationToken);

    /// <summary>Says what to do next and what to avoid, with evidence.</summary>
    /// <exception cref="ArgumentException">A text is not valid Unicode.</exception>
    public Task<Advice> AdviseAsync(AdviceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        TextRules.Valid(request.Task, "task");
        TextRules.Valid(request.Error, "error");
        TextRules.AllValid(request.Tags, "tags");
        TextRules.AllValid(request.Tools, "tools");
        return _counsel.AdviseAsync(request, cancellationToken);
    }

    /// <summary>Says how a task like this is done. Null when no run like it succeeded.</summary>
    /// <exception cref="ArgumentException">The text is empty or not valid Unicode.</exception>
    public Task<Playbook?> PlaybookAsync(RecallQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        EpisodeRules.Check(query);
        return _counsel.PlaybookAsync(query, cancellationToken);
    }

    /// <summary>Says what came of a recall: later recalls rank what helped higher. Giving it again replaces it.</summary>
    /// <exception cref="NotFoundException">There is no such receipt.</exception>
    /// <exception cref="ArgumentException">An id is not among the receipt's hits.</exception>
    public Task FeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        return _receipts.FeedbackAsync(feedback, cancellationToken);
    }

    /// <summary>Removes an episode with the receipts of what was recalled for it, and takes back all that was learned from it.</summary>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    public async Task ForgetAsync(EpisodeId episode, CancellationToken cancellationToken = default)
    {
        await _receipts.DrainAsync([episode], cancellationToken).ConfigureAwait(false);
        if (!await _store.ForgetEpisodeAsync(episode, cancellationToken).ConfigureAwait(false))
            throw NotFoundException.Of(episode);
    }

    /// <summary>Removes episodes, in one transaction, and takes back all that was learned from them.</summary>
    /// <returns>What became of each, by its position: removed, or not found.</returns>
    public async Task<IReadOnlyList<BatchItem>> ForgetAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken = default)
    {
        await _receipts.DrainAsync(episodes, cancellationToken).ConfigureAwait(false);
        return (await _store.WriteBatchAsync(new() { Forgotten = episodes }, BatchOptions.Default, cancellationToken).ConfigureAwait(false)).Forgotten;
    }

    /// <summary>Stores finished episodes from elsewhere and learns from them, in batches that the store may split into several transactions. Importing again changes nothing.</summary>
    /// <param name="episodes">Each with an outcome, and with a source id for which <see cref="EpisodeId.FromSource"/> gave its id. Of several with one id the last counts.</param>
    /// <param name="batchSize">How many are written at a time; one transaction holds no more.</param>
    /// <param name="cancellationToken">Stops between batches; what was stored stays.</param>
    /// <exception cref="ArgumentException">An episode is running, or holds text that cannot be stored.</exception>
    /// <exception cref="BatchException">An episode cannot be stored; the others of its batch are.</exception>
    public async Task<ImportCounts> ImportAsync(IEnumerable<Episode> episodes, int batchSize = 500, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        var (stored, unchanged) = (0, 0);
        foreach (var batch in episodes.Chunk(batchSize))
        {
            var clean = new Sifted<Episode>(batch, EpisodeRules.CheckImported);
            if (clean.FirstError is { } error)
                throw new ArgumentException(error);
            var known = await _store.FindUnchangedAsync(clean.Kept, cancellationToken).ConfigureAwait(false);
            var changed = new MemoryBatch { Episodes = [.. clean.Kept.Where(e => !known.Contains(e.Id))] };
            var written = 0;
            if (changed.Episodes.Count > 0)
            {
                var result = await _store.WriteBatchAsync(changed, new() { Atomic = false }, cancellationToken).ConfigureAwait(false);
                if (result.Episodes.Any(item => item.Outcome == BatchOutcome.Failed))
                    throw new BatchException(result);
                written = result.Episodes.Count(item => item.Outcome == BatchOutcome.Stored);
            }

            stored += written;
            unchanged += batch.Length - written;
        }

        return new(stored, unchanged);
    }

    /// <summary>Joins two episodes; doing it again replaces all that is kept with the edge.</summary>
    /// <exception cref="ArgumentException">The kind, priority or weight is out of its range, or a text is not valid Unicode.</exception>
    /// <exception cref="NotFoundException">One of the episodes is missing.</exception>
    /// <exception cref="ConflictException">The edge would close a circle in a kind that has none.</exception>
    public Task RelateAsync(Relationship relationship, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(relationship);
        return _store.RelateAsync(RelationshipRules.Check(relationship), _time.GetUtcNow(), cancellationToken);
    }

    /// <summary>The episodes around one, and every edge of the asked kinds among them.</summary>
    /// <exception cref="ArgumentException">A value of the query is out of its range.</exception>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    public Task<EpisodeGraph> GraphAsync(GraphQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        RelationshipRules.Check(query);
        return _graph.AroundAsync(query, cancellationToken);
    }

    /// <summary>The shortest way from one episode to another; of equally short ones the one with the greatest product of weights. The query's limit does not count.</summary>
    /// <returns>The episodes and edges of the way in their order. Empty when there is no way.</returns>
    /// <exception cref="ArgumentException">A value of the query is out of its range.</exception>
    /// <exception cref="NotFoundException">One of the episodes is missing.</exception>
    public Task<EpisodeGraph> PathAsync(GraphQuery query, EpisodeId to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        RelationshipRules.Check(query);
        return _graph.PathAsync(query, to, cancellationToken);
    }

    /// <summary>Takes a relationship away.</summary>
    /// <exception cref="NotFoundException">There is no such relationship.</exception>
    public async Task UnrelateAsync(EpisodeId from, RelationshipKind kind, EpisodeId to, CancellationToken cancellationToken = default)
    {
        if (!await _store.UnrelateAsync(from, kind, to, cancellationToken).ConfigureAwait(false))
            throw new NotFoundException($"There is no relationship '{Names.Of(kind)}' from {from} to {to}.");
    }

    /// <summary>Keeps a point from which an episode can be taken up again.</summary>
    /// <param name="episode">The episode.</param>
    /// <param name="note">What is done and what comes next.</param>
    /// <param name="state">Whatever the agent needs to go on, as text.</param>
    /// <param name="cancellationToken">Stops before the write begins.</param>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    public async Task CheckpointAsync(EpisodeId episode, string? note, string? state = null, CancellationToken cancellationToken = default)
    {
        TextRules.Valid(note, "note");
        TextRules.Valid(state, "state");
        await _store.SaveCheckpointAsync(episode, _time.GetUtcNow(), SecretRedactor.Redact(note), SecretRedactor.Redact(state), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All that is needed to take up an episode again, with advice for its next step.</summary>
    /// <exception cref="NotFoundException">There is no such episode.</exception>
    public async Task<ResumedEpisode> ResumeAsync(EpisodeId episode, CancellationToken cancellationToken = default)
    {
        var reading = GetAsync(episode, cancellationToken);
        var checkpoints = _store.GetCheckpointsAsync(episode, cancellationToken);
        var relationships = _store.GetRelationshipsAsync(episode, cancellationToken);
        await Task.WhenAll(reading, checkpoints, relationships).ConfigureAwait(false);
        var whole = await reading.ConfigureAwait(false);
        var advice = await _counsel.AdviseAsync(Counsel.RequestFor(whole), cancellationToken).ConfigureAwait(false);
        return new(whole, await checkpoints.ConfigureAwait(false), await relationships.ConfigureAwait(false), advice);
    }

    private List<Step> Checked(IReadOnlyList<Step> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        var now = _time.GetUtcNow();
        return [.. steps.Select(step => EpisodeRules.Check(step.At is null ? step with { At = now } : step))];
    }

    private static async Task<Episode> FoundAsync(Task<Episode?> reading, EpisodeId episode) =>
        await reading.ConfigureAwait(false) ?? throw NotFoundException.Of(episode);

    /// <summary>Waits for what is being written, then closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        await _receipts.DrainAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
    }
}
