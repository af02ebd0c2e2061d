namespace Afterwit.Storage;

/// <content>Many items at once, and what is forgotten.</content>
public sealed partial class SqlMemoryStore
{
    /// <inheritdoc/>
    public async Task<BatchResult> WriteBatchAsync(MemoryBatch batch, BatchOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var (added, changed) = await ImportEpisodesAsync([.. batch.Episodes.Select(e => new LearnedEpisode(e, Learner.Observe(e)))], cancellationToken).ConfigureAwait(false);
        return new()
        {
            Episodes = [.. batch.Episodes.Select(e => new BatchItem(added.Remove(e.Id) is var isNew && (isNew || changed.Remove(e.Id)) ? BatchOutcome.Stored : BatchOutcome.Unchanged) { IsNew = isNew })],
            Embeddings = [],
            Relationships = [],
            Retired = [],
            Unrelated = [],
            RemovedEmbeddings = [],
            Forgotten = [],
        };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Episode?>> GetEpisodesAsync(IReadOnlyList<EpisodeId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return await Task.WhenAll(ids.Select(id => GetEpisodeAsync(id, cancellationToken))).ConfigureAwait(false);
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

    private async Task<(HashSet<EpisodeId> Added, HashSet<EpisodeId> Changed)> ImportEpisodesAsync(IReadOnlyList<LearnedEpisode> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        foreach (var learned in episodes)
            CheckOrdinals(learned.Episode);
        var write = NextWrite();
        for (var attempt = 1; ; attempt++)
        {
            var stored = await VersionsAsync(episodes.Select(e => e.Episode.Id), cancellationToken).ConfigureAwait(false);
            if (stored.Where(s => s.Value.WriteId == write).Select(s => s.Key).ToHashSet() is { Count: > 0 } kept)
                return ([], kept);
            var added = new List<LearnedEpisode>();
            var changed = new List<LearnedEpisode>();
            foreach (var learned in episodes.DistinctBy(e => e.Episode.Id))
            {
                if (!stored.TryGetValue(learned.Episode.Id, out var version))
                    added.Add(learned);
                else if (version.ContentHash != ContentHash.Of(learned.Episode))
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
                return ([], []);
            IReadOnlyList<Episode> heads = [.. all.Select(l => l.Episode)];
            unit.AddRange([.. EpisodeCommands.InsertMarks(heads), EpisodeCommands.InsertSteps(heads), .. EpisodeCommands.Index(heads, remove: false), .. PatternCommands.Learn(all)]);
            try
            {
                await Database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
                return ([.. added.Select(l => l.Episode.Id)], [.. changed.Select(l => l.Episode.Id)]);
            }
            catch (ConflictException) when (attempt < MaxAttempts)
            {
                // Another process imported or changed one of them between our look and our write: look again.
            }
        }
    }

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

    /// <summary>What takes an episode's content out: its documents, what it taught, its rows. Empty when it is not there. The unit is undone when the episode has changed since.</summary>
    private async Task<List<Command>> RemoveContentAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        StoredVersion version = default;
        Episode? head = null;
        var steps = new List<Step>();
        await Database.ReadAsync([EpisodeQueries.Versions([id], (_, v) => version = v), EpisodeQueries.Head(id, e => head = e), EpisodeQueries.Steps(id, steps.Add)], cancellationToken).ConfigureAwait(false);
        if (head is null)
            return [];
        var episode = head with { Steps = steps };
        List<Command> unit = [EpisodeCommands.Guard(episode, version.ContentHash)];
        if (episode.Status != EpisodeStatus.Running)
        {
            unit.AddRange(EpisodeCommands.Index([episode], remove: true));
            unit.AddRange(PatternCommands.Unlearn(new(episode, Learner.Observe(episode))));
        }

        unit.AddRange(EpisodeCommands.DeleteContent(id));
        return unit;
    }
}
