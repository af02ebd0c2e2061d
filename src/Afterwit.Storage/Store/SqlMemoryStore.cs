namespace Afterwit.Storage;

/// <summary>The memory in SQL, written once for every engine behind <see cref="IDatabase"/>: a method for each member of the port; the statements are in the files beside it.</summary>
public sealed class SqlMemoryStore : IMemoryStore
{
    /// <summary>So often a write that another process came before is made anew.</summary>
    private const int MaxAttempts = 10;

    private readonly CandidateFinder _finder;
    private long _lastWrite = Random.Shared.NextInt64();

    private SqlMemoryStore(IDatabase database)
    {
        Database = database;
        _finder = new(database);
    }

    /// <summary>What the store is kept in.</summary>
    public IDatabase Database { get; }

    /// <summary>Opens a store: brings the schema up to this release, or refuses a later one. The store owns the database.</summary>
    /// <exception cref="DatabaseException">The database cannot be read, or was written by a later release.</exception>
    public static async Task<SqlMemoryStore> OpenAsync(IDatabase database, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        try
        {
            await Migrations.ApplyAsync(database, time ?? TimeProvider.System, cancellationToken).ConfigureAwait(false);
            return new(database);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StartEpisodeAsync(Episode episode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episode);
        try
        {
            await Database.WriteAsync(
                [EpisodeCommands.Insert([episode], NextWrite(), $"There is an episode {episode.Id} already."), .. EpisodeCommands.InsertMarks([episode])], cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            // The very episode that was to be stored: an earlier try was kept, and only its answer was lost.
            if (await GetEpisodeAsync(episode.Id, cancellationToken).ConfigureAwait(false) is not { } stored
                || stored.StartedAt.ToUnixTimeMilliseconds() != episode.StartedAt.ToUnixTimeMilliseconds() || ContentHash.Of(stored) != ContentHash.Of(episode))
                throw;
        }
    }

    /// <inheritdoc/>
    public async Task<int> AppendStepsAsync(EpisodeId episode, IReadOnlyList<Step> steps, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(steps);
        if (steps.Count == 0)
            return await RunningStepsAsync(episode, cancellationToken).ConfigureAwait(false);
        try
        {
            var results = await Database.WriteAsync([EpisodeCommands.AppendSteps(episode, steps, NextWrite(steps.Count))], cancellationToken).ConfigureAwait(false);
            return StepKey.Ordinal(results[0].Returned!.Value);
        }
        catch (ConflictException)
        {
            var room = StepKey.MaxSteps - await RunningStepsAsync(episode, cancellationToken).ConfigureAwait(false);
            throw new ConflictException($"Episode {episode} has room for {room} more steps, not for {steps.Count}; none was logged. Complete it and go on in a new one that follows it.");
        }
    }

    /// <inheritdoc/>
    public async Task<bool> CompleteEpisodeAsync(LearnedEpisode learned, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(learned);
        var write = NextWrite();
        try
        {
            await Database.WriteAsync(
                [EpisodeCommands.Complete(learned.Episode, write), .. EpisodeCommands.Index([learned.Episode], remove: false), .. PatternCommands.Learn([learned])], cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConflictException)
        {
            if ((await MarksAsync([learned.Episode.Id], cancellationToken).ConfigureAwait(false)).Values.Any(m => m.WriteId == write))
                return true;
            await RunningStepsAsync(learned.Episode.Id, cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<ImportCounts> ImportEpisodesAsync(IReadOnlyList<LearnedEpisode> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        foreach (var learned in episodes)
            CheckOrdinals(learned.Episode);
        var write = NextWrite();
        for (var attempt = 1; ; attempt++)
        {
            var stored = await MarksAsync(episodes.Select(e => e.Episode.Id), cancellationToken).ConfigureAwait(false);
            if (stored.Values.Count(m => m.WriteId == write) is > 0 and var kept)
                return new(kept, episodes.Count - kept);
            var added = new List<LearnedEpisode>();
            var changed = new List<LearnedEpisode>();
            foreach (var learned in episodes.DistinctBy(e => e.Episode.Id))
            {
                if (!stored.TryGetValue(learned.Episode.Id, out var mark))
                    added.Add(learned);
                else if (mark.ContentHash != ContentHash.Of(learned.Episode))
                    changed.Add(learned);
            }

            List<Command> unit = [];
            var removals = await Task.WhenAll(changed.Select(l => RemoveContentAsync(l.Episode.Id, cancellationToken))).ConfigureAwait(false);
            for (var i = 0; i < removals.Length; i++)
                unit.AddRange([.. removals[i], EpisodeCommands.Replace(changed[i].Episode, write)]);

            if (added.Count > 0)
                unit.Add(EpisodeCommands.Insert(added.Select(l => l.Episode), write, "imported elsewhere at the same time"));
            List<LearnedEpisode> all = [.. added, .. changed];
            if (all.Count == 0)
                return new(0, episodes.Count);
            IReadOnlyList<Episode> heads = [.. all.Select(l => l.Episode)];
            unit.AddRange([.. EpisodeCommands.InsertMarks(heads), EpisodeCommands.InsertSteps(heads), .. EpisodeCommands.Index(heads, remove: false), .. PatternCommands.Learn(all)]);
            try
            {
                await Database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
                return new(all.Count, episodes.Count - all.Count);
            }
            catch (ConflictException) when (attempt < MaxAttempts)
            {
                // Another process imported or changed one of them between our look and our write: look again.
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlySet<EpisodeId>> FindUnchangedAsync(IReadOnlyList<Episode> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        var stored = await MarksAsync(episodes.Select(e => e.Id), cancellationToken).ConfigureAwait(false);
        return episodes.Where(e => stored.TryGetValue(e.Id, out var mark) && mark.ContentHash == ContentHash.Of(e)).Select(e => e.Id).ToHashSet();
    }

    /// <inheritdoc/>
    public async Task<Episode?> GetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        Episode? head = null;
        var steps = new List<Step>();
        await Database.ReadAsync([EpisodeQueries.Head(id, e => head = e), EpisodeQueries.Steps(id, steps.Add)], cancellationToken).ConfigureAwait(false);
        return head is null ? null : head with { Steps = steps };
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<EpisodeSummary>> ListEpisodesAsync(EpisodeFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ListAsync<EpisodeSummary>(add => EpisodeQueries.List(filter, add), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ToolTrace>> GetToolTracesAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        var traces = new Dictionary<EpisodeId, (bool? Success, List<TraceStep> Steps, bool EndsWithMessage)>();
        await Database.ReadAsync(
            [
                EpisodeQueries.Traces(episodes, (id, status, score, step) =>
                {
                    if (!traces.TryGetValue(id, out var trace))
                        trace = (new Outcome(status, null, score).Verdict, [], false);
                    if (step is { } call)
                        trace.Steps.Add(call);
                    traces[id] = trace with { EndsWithMessage = step is null };
                }),
            ],
            cancellationToken).ConfigureAwait(false);
        return [.. traces.Select(t => new ToolTrace(t.Key, t.Value.Success, t.Value.Steps, t.Value.EndsWithMessage))];
    }

    /// <inheritdoc/>
    public async Task<bool> ForgetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var unit = await RemoveContentAsync(id, cancellationToken).ConfigureAwait(false);
            if (unit.Count == 0)
                return attempt > 1; // it was there at the first look: it went by a try whose answer was lost, or by another's hand
            try
            {
                await Database.WriteAsync([.. unit, EpisodeCommands.DeleteHead(id)], cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (ConflictException) when (attempt < MaxAttempts)
            {
                // It ended or changed between our look and our write: look again, so that all it taught is taken back.
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<StepReference, Step>> GetStepsAsync(IReadOnlyList<StepReference> steps, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(steps);
        var found = new Dictionary<StepReference, Step>(steps.Count);
        await Database.ReadAsync([EpisodeQueries.StepsAt(steps, (episode, step) => found[new(episode, step.Ordinal)] = step)], cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <inheritdoc/>
    public Task<CandidateSet> FindCandidatesAsync(CandidateQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _finder.FindAsync(query, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> FindPatternsAsync(IReadOnlyList<long> conditions, CancellationToken cancellationToken) =>
        ListAsync<Pattern>(add => PatternQueries.ByCondition(conditions, add), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> ListPatternsAsync(PatternFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ListAsync<Pattern>(add => PatternQueries.List(filter, add), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Pattern>> FindPatternsOfAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        var found = new Dictionary<PatternId, (Pattern Pattern, List<Evidence> Evidence)>();
        await Database.ReadAsync(
            [
                PatternQueries.OfEpisodes(episodes, (pattern, evidence) =>
                {
                    if (!found.TryGetValue(pattern.Id, out var entry))
                        found[pattern.Id] = entry = (pattern, []);
                    entry.Evidence.Add(evidence);
                }),
            ],
            cancellationToken).ConfigureAwait(false);
        return [.. found.Values.Select(entry => entry.Pattern with { Evidence = entry.Evidence })];
    }

    /// <inheritdoc/>
    public async Task<Pattern?> GetPatternAsync(PatternId id, CancellationToken cancellationToken)
    {
        Pattern? found = null;
        var agents = new List<AgentCount>();
        var evidence = new List<Evidence>();
        await Database.ReadAsync(
            [PatternQueries.ById(id, p => found = p), PatternQueries.Agents(id, agents.Add), PatternQueries.Evidence([id], Scope.Any, (_, e) => evidence.Add(e))], cancellationToken).ConfigureAwait(false);
        return found is null ? null : found with { Agents = agents, Evidence = evidence };
    }

    /// <inheritdoc/>
    public async Task<ILookup<PatternId, Evidence>> GetEvidenceAsync(IReadOnlyList<PatternId> patterns, Scope scope, CancellationToken cancellationToken)
    {
        var found = new List<(PatternId Pattern, Evidence Evidence)>();
        await Database.ReadAsync([PatternQueries.Evidence(patterns, scope, (pattern, evidence) => found.Add((pattern, evidence)))], cancellationToken).ConfigureAwait(false);
        return found.ToLookup(f => f.Pattern, f => f.Evidence);
    }

    /// <inheritdoc/>
    public async Task<bool> RetirePatternAsync(PatternId id, bool retired, CancellationToken cancellationToken)
    {
        var results = await Database.WriteAsync([new("UPDATE patterns SET retired = ?2 WHERE id = ?1", id.Value, retired)], cancellationToken).ConfigureAwait(false);
        return results[0].Changed > 0;
    }

    /// <inheritdoc/>
    public Task SaveReceiptAsync(Receipt receipt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        return Database.WriteAsync(ReceiptCommands.Save(receipt), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Receipt?> GetReceiptAsync(ReceiptId id, CancellationToken cancellationToken)
    {
        Receipt? found = null;
        var items = new List<ReceiptItem>();
        await Database.ReadAsync(ReceiptCommands.Get(id, r => found = r, items.Add), cancellationToken).ConfigureAwait(false);
        return found is null ? null : found with { Items = items };
    }

    /// <inheritdoc/>
    public async Task SaveFeedbackAsync(Feedback feedback, DateTimeOffset at, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        try
        {
            await Database.WriteAsync([.. ReceiptCommands.Feedback(feedback, at)], cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            throw new NotFoundException($"There is no receipt {feedback.Receipt}.");
        }
    }

    /// <inheritdoc/>
    public async Task RelateAsync(Relationship relationship, DateTimeOffset at, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(relationship);
        try
        {
            await Database.WriteAsync([RelationshipCommands.Add(relationship, at)], cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            var present = await MarksAsync([relationship.From, relationship.To], cancellationToken).ConfigureAwait(false);
            foreach (var id in (EpisodeId[])[relationship.From, relationship.To])
            {
                if (!present.ContainsKey(id))
                    throw NoSuchEpisode(id);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> UnrelateAsync(EpisodeId from, RelationshipKind kind, EpisodeId to, CancellationToken cancellationToken)
    {
        // Looked for first: a removal that is sent again finds nothing to remove.
        var edges = await GetRelationshipsAsync(from, cancellationToken).ConfigureAwait(false);
        if (!edges.Any(edge => (edge.From, edge.Kind, edge.To) == (from, kind, to)))
            return false;
        await Database.WriteAsync([RelationshipCommands.Remove(from, kind, to)], cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Relationship>> GetRelationshipsAsync(EpisodeId episode, CancellationToken cancellationToken) =>
        ListAsync<Relationship>(add => RelationshipCommands.Of(episode, add), cancellationToken);

    /// <inheritdoc/>
    public async Task SaveCheckpointAsync(EpisodeId episode, DateTimeOffset at, string? note, string? state, CancellationToken cancellationToken)
    {
        try
        {
            await Database.WriteAsync([RelationshipCommands.SaveCheckpoint(episode, at, note, state, NextWrite())], cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            throw NoSuchEpisode(episode);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Checkpoint>> GetCheckpointsAsync(EpisodeId episode, CancellationToken cancellationToken) =>
        ListAsync<Checkpoint>(add => RelationshipCommands.Checkpoints(episode, add), cancellationToken);

    /// <inheritdoc/>
    public async Task<StoreStatistics> GetStatisticsAsync(CancellationToken cancellationToken) =>
        (await ListAsync<StoreStatistics>(StatisticsQuery.Of, cancellationToken).ConfigureAwait(false))[0];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Database.DisposeAsync();

    private static NotFoundException NoSuchEpisode(EpisodeId id) => new($"There is no episode {id}. `afterwit episode list` shows what there is.");

    /// <summary>The key of a step has room for so many ordinals: one more would be a step of the next episode.</summary>
    private static void CheckOrdinals(Episode episode)
    {
        if (episode.Steps.Count > StepKey.MaxSteps)
            throw new ArgumentException($"episode {episode.SourceId ?? episode.Id.ToString()} has {episode.Steps.Count} steps; the limit is {StepKey.MaxSteps}: split it into episodes that follow each other.");
        for (var i = 0; i < episode.Steps.Count; i++)
        {
            if (episode.Steps[i].Ordinal != i)
                throw new ArgumentException($"episode {episode.SourceId ?? episode.Id.ToString()}: step {i} has the ordinal {episode.Steps[i].Ordinal}; the steps are numbered from 0 in order.");
        }
    }

    /// <summary>How many steps a running episode has.</summary>
    /// <exception cref="NotFoundException">It does not exist.</exception>
    /// <exception cref="ConflictException">It has ended, or is full.</exception>
    private async Task<int> RunningStepsAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        EpisodeStatus? status = null;
        var steps = 0;
        await Database.ReadAsync(
            [new($"SELECT e.status, {EpisodeQueries.StepCount} FROM episodes e WHERE e.id = ?1", [id.Value], row => (status, steps) = ((EpisodeStatus)row.GetInt64(0), (int)row.GetInt64(1)))],
            cancellationToken).ConfigureAwait(false);
        return status switch
        {
            null => throw NoSuchEpisode(id),
            EpisodeStatus.Running when steps < StepKey.MaxSteps => steps,
            EpisodeStatus.Running => throw new ConflictException($"Episode {id} is full: {StepKey.MaxSteps} steps. Complete it and go on in a new one that follows it."),
            _ => throw new ConflictException($"Episode {id} has ended already ({status}). Start a new one; `afterwit episode relate` can join them."),
        };
    }

    private async Task<IReadOnlyList<T>> ListAsync<T>(Func<Action<T>, Query> query, CancellationToken cancellationToken)
    {
        var found = new List<T>();
        await Database.ReadAsync([query(found.Add)], cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>The first of so many numbers for writes. From a random one on, so that those of no two processes meet and their index grows at few places.</summary>
    private long NextWrite(int count = 1) => Interlocked.Add(ref _lastWrite, count) - count + 1;

    private async Task<Dictionary<EpisodeId, StoredMark>> MarksAsync(IEnumerable<EpisodeId> ids, CancellationToken cancellationToken)
    {
        var marks = new Dictionary<EpisodeId, StoredMark>();
        await Database.ReadAsync([EpisodeQueries.Marks(ids, marks.Add)], cancellationToken).ConfigureAwait(false);
        return marks;
    }

    /// <summary>What takes an episode's content out: its documents, what it taught, its rows. Empty when it is not there. The unit is undone when the episode has changed since.</summary>
    private async Task<List<Command>> RemoveContentAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        StoredMark mark = default;
        Episode? head = null;
        var steps = new List<Step>();
        await Database.ReadAsync([EpisodeQueries.Marks([id], (_, m) => mark = m), EpisodeQueries.Head(id, e => head = e), EpisodeQueries.Steps(id, steps.Add)], cancellationToken).ConfigureAwait(false);
        if (head is null)
            return [];
        var episode = head with { Steps = steps };
        List<Command> unit = [EpisodeCommands.Guard(episode, mark.ContentHash)];
        if (episode.Status != EpisodeStatus.Running)
        {
            unit.AddRange(EpisodeCommands.Index([episode], remove: true));
            unit.AddRange(PatternCommands.Unlearn(new(episode, Learner.Observe(episode))));
        }

        unit.AddRange(EpisodeCommands.DeleteContent(id));
        return unit;
    }
}
