namespace Afterwit.Storage;

/// <content>
/// Writes. Each moves the counters of what it changed after its commit, and when it failed, too: then nobody knows whether it was kept. Where it is known exactly what a read would
/// give, that is kept at once: it is valid only if nobody else moved the counter since before the write.
/// </content>
public sealed partial class CachingMemoryStore
{
    /// <summary>A batch with more episodes is an import: nobody is about to read all of them.</summary>
    private const int MostKeptOfBatch = 64;

    /// <summary>A running episode with more steps is read again when it is asked for: keeping up with each of them would copy it each time.</summary>
    private const int MostKeptWhileRunning = 256;

    private readonly Lock _appending = new();

    /// <inheritdoc/>
    public async Task StartEpisodeAsync(Episode episode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episode);
        var id = episode.Id;
        var (before, placed) = (_generations.Sum(On(Aspect.Episode, id)), _generations.Sum(On(Aspect.Place, id)));
        try
        {
            await Inner.StartEpisodeAsync(episode, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            MoveEpisode(id);
            _generations.Move(Aspect.Heads, Place.Of(episode));
        }

        KeepPlace(episode, placed + 1);
        if (episode is { Outcome: null, EndedAt: null, Reward: null, Reflection: null, Steps.Count: 0 })
            KeepWritten(episode, before + 1);
    }

    /// <inheritdoc/>
    public async Task<int> AppendStepsAsync(EpisodeId episode, IReadOnlyList<Step> steps, CancellationToken cancellationToken)
    {
        LookBesideWrite();
        var placed = PlaceBefore(episode);
        var first = -1;
        try
        {
            return first = await Inner.AppendStepsAsync(episode, steps, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Appended(episode, first, steps);
            _generations.Move(Aspect.Heads, Still(placed));
        }
    }

    /// <inheritdoc/>
    public async Task<int> AppendStepsAsync(EpisodeId episode, IReadOnlyList<Step> steps, string key, CancellationToken cancellationToken)
    {
        LookBesideWrite();
        var placed = PlaceBefore(episode);
        try
        {
            return await Inner.AppendStepsAsync(episode, steps, key, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Whether these steps were appended now or before, only the store knows: what is kept is not lengthened.
            Appended(episode, -1, steps);
            _generations.Move(Aspect.Heads, Still(placed));
        }
    }

    /// <summary>
    /// Lengthens the running episode that is kept, when the steps went behind its last one and nothing else moved its counter: many callers may log at the same time, so each move
    /// and what it allows to be kept are one.
    /// </summary>
    private void Appended(EpisodeId id, int first, IReadOnlyList<Step> steps)
    {
        lock (_appending)
        {
            _generations.Move(Generations.Of(Aspect.Episode, id));
            var (key, on) = (QueryKey.Of(CacheKind.Episode, id), On(Aspect.Episode, id));
            var now = _generations.Sum(on);
            if (!_cache.TryPeek(key, out var kept) || kept.Stamp != now - 1 || ((Task<Episode?>)kept.Task).Result is not { } running
                || running.Steps.Count != first || first + steps.Count > MostKeptWhileRunning || StoredForm.Of(steps, first) is not { } stored)
                return;
            Keep(key, on, now, Task.FromResult<Episode?>(running with { Steps = [.. running.Steps, .. stored] }));
        }
    }

    /// <inheritdoc/>
    public async Task<bool> CompleteEpisodeAsync(LearnedEpisode learned, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(learned);
        var ended = learned.Episode;
        var (placed, before, running) = (PlaceBefore(ended.Id), _generations.Sum(On(Aspect.Episode, ended.Id)), KeptEpisode(ended.Id));
        bool done;
        try
        {
            done = await Inner.CompleteEpisodeAsync(learned, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            var place = Still(placed);
            _generations.Move(Generations.Of(Aspect.Episode, ended.Id));
            _generations.Move(Aspect.Heads, place);
            _generations.Move(Aspect.Learned, place);
            if (place is not null && place != Place.Of(ended))
                _generations.Move(Aspect.Learned, Place.Of(ended));
        }

        // The store ends what it has: the head and the steps as they were.
        if (done && running is { Status: EpisodeStatus.Running } && running.Steps.SequenceEqual(ended.Steps))
            KeepWritten(running with { Outcome = ended.Outcome, Reward = ended.Reward, Reflection = ended.Reflection, EndedAt = ended.EndedAt }, before + 1);
        return done;
    }

    /// <inheritdoc/>
    public async Task<BatchResult> WriteBatchAsync(MemoryBatch batch, BatchOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Progress is { } progress)
            options = options with { Progress = new MovingProgress(_generations, progress) };
        var (stored, before) = (batch.Episodes.Select(e => PlaceBefore(e.Id)).ToList(), batch.Episodes.Select(e => _generations.Sum(On(Aspect.Episode, e.Id))).ToList());
        var (vectors, forgotten) = (batch.Embeddings.Select(e => e.Episode).Concat(batch.RemovedEmbeddings.Select(e => e.Key)).Select(PlaceBefore).ToList(), batch.Forgotten.Select(PlaceBefore).ToList());
        BatchResult? result = null;
        try
        {
            result = await Inner.WriteBatchAsync(batch, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // All before the first move: what moves here is no other write.
            var (places, ofVectors, ofForgotten) = (stored.ConvertAll(Still), vectors.ConvertAll(Still), forgotten.ConvertAll(Still));
            for (var i = 0; i < places.Count; i++)
                MoveStored(batch.Episodes[i], places[i], result?.Episodes[i]);
            for (var i = 0; i < vectors.Count; i++)
            {
                _generations.Move(Generations.Of(Aspect.Vectors, vectors[i].Id));
                _generations.Move(Aspect.Learned, ofVectors[i]);
            }

            foreach (var edge in batch.Relationships.Concat(batch.Unrelated))
                MoveEdge(edge.From, edge.To);
            if (batch.Retired.Count > 0)
                _generations.Move(Aspect.Learned, null);
            for (var i = 0; i < forgotten.Count; i++)
                MoveForgotten(forgotten[i].Id, ofForgotten[i]);
            if (forgotten.Count > 0 || result is null || result.Episodes.Any(e => !e.IsNew))
                LookNext();
        }

        if (batch.Episodes.Count <= MostKeptOfBatch)
        {
            // Of one that is there twice, or is forgotten at once, the counter has moved more often than once.
            for (var i = 0; i < batch.Episodes.Count; i++)
            {
                if (result.Episodes[i].Outcome == BatchOutcome.Stored)
                    KeepWritten(batch.Episodes[i], before[i] + 1);
            }
        }

        return result;
    }

    /// <inheritdoc/>
    public async Task<bool> ForgetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        var placed = PlaceBefore(id);
        try
        {
            return await Inner.ForgetEpisodeAsync(id, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            MoveForgotten(id, Still(placed));
            LookNext();
        }
    }

    /// <inheritdoc/>
    public async Task<bool> RetirePatternAsync(PatternId id, bool retired, CancellationToken cancellationToken)
    {
        try
        {
            return await Inner.RetirePatternAsync(id, retired, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _generations.Move(Aspect.Learned, null);
        }
    }

    /// <inheritdoc/>
    public Task SaveReceiptAsync(Receipt receipt, CancellationToken cancellationToken) => Inner.SaveReceiptAsync(receipt, cancellationToken);

    /// <inheritdoc/>
    public async Task SaveFeedbackAsync(Feedback feedback, DateTimeOffset at, CancellationToken cancellationToken)
    {
        try
        {
            await Inner.SaveFeedbackAsync(feedback, at, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _generations.Move(Aspect.Learned, null);
        }
    }

    /// <inheritdoc/>
    public async Task RelateAsync(Relationship relationship, DateTimeOffset at, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(relationship);
        try
        {
            await Inner.RelateAsync(relationship, at, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            MoveEdge(relationship.From, relationship.To);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> UnrelateAsync(EpisodeId from, RelationshipKind kind, EpisodeId to, CancellationToken cancellationToken)
    {
        try
        {
            return await Inner.UnrelateAsync(from, kind, to, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            MoveEdge(from, to);
        }
    }

    /// <inheritdoc/>
    public Task SaveCheckpointAsync(EpisodeId episode, DateTimeOffset at, string? note, string? state, CancellationToken cancellationToken) =>
        Inner.SaveCheckpointAsync(episode, at, note, state, cancellationToken);

    private void MoveEpisode(EpisodeId id)
    {
        _generations.Move(Generations.Of(Aspect.Episode, id));
        _generations.Move(Generations.Of(Aspect.Place, id));
    }

    private void MoveEdge(EpisodeId from, EpisodeId to)
    {
        _generations.Move(Generations.Of(Aspect.Edges, from));
        _generations.Move(Generations.Of(Aspect.Edges, to));
        _generations.Move(Generations.Of(Aspect.Graph));
    }

    /// <summary>An episode of a batch, where it belongs and, unless it is new, where it belonged. One that was there already, too: who put it there may have moved nothing yet.</summary>
    private void MoveStored(Episode episode, Place? before, BatchItem? item)
    {
        MoveEpisode(episode.Id);
        MoveContent(Place.Of(episode));
        if (item is not { IsNew: true } && before != Place.Of(episode))
            MoveContent(before);
    }

    private void MoveForgotten(EpisodeId id, Place? place)
    {
        MoveEpisode(id);
        MoveContent(place);
        _generations.Move(Generations.Of(Aspect.Vectors, id));
        _generations.Move(Generations.OfUnknown(Aspect.Edges));
        _generations.Move(Generations.Of(Aspect.Graph));
    }

    private void MoveContent(Place? place)
    {
        _generations.Move(Aspect.Heads, place);
        _generations.Move(Aspect.Learned, place);
    }

    /// <summary>Where an episode belongs before a write, for <see cref="Still"/> after it.</summary>
    private PlacedEpisode PlaceBefore(EpisodeId id)
    {
        var stamp = _generations.Sum(On(Aspect.Place, id));
        return new(id, PlaceOf(id), stamp);
    }

    /// <summary>Where an episode belonged when a write changed it. Null when that is not known, as when another write came between.</summary>
    private Place? Still(PlacedEpisode placed) => _generations.Sum(On(Aspect.Place, placed.Id)) == placed.Stamp ? placed.Place : null;

    /// <summary>Where an episode belongs, if that is known.</summary>
    private Place? PlaceOf(EpisodeId id) =>
        _cache.TryPeek(QueryKey.Of(CacheKind.Place, id), out var kept) && kept.IsValid(_generations) ? ((Task<Place>)kept.Task).Result
        : KeptEpisode(id) is { } episode ? Place.Of(episode) : null;

    private Episode? KeptEpisode(EpisodeId id) => _cache.TryPeek(QueryKey.Of(CacheKind.Episode, id), out var kept) && kept.IsValid(_generations) ? ((Task<Episode?>)kept.Task).Result : null;

    private void KeepPlace(Episode episode, long stamp) => Keep(QueryKey.Of(CacheKind.Place, episode.Id), On(Aspect.Place, episode.Id), stamp, Task.FromResult(Place.Of(episode)));

    /// <summary>Keeps what a read would give now.</summary>
    private void KeepWritten(Episode episode, long stamp)
    {
        if (_generations.Sum(On(Aspect.Episode, episode.Id)) == stamp && StoredForm.Of(episode) is { } stored)
            Keep(QueryKey.Of(CacheKind.Episode, episode.Id), On(Aspect.Episode, episode.Id), stamp, Task.FromResult<Episode?>(stored));
    }

    private readonly record struct PlacedEpisode(EpisodeId Id, Place? Place, long Stamp);

    /// <summary>What a batch wrote so far is seen by whoever is told of it.</summary>
    private sealed class MovingProgress(Generations generations, IProgress<int> inner) : IProgress<int>
    {
        public void Report(int value)
        {
            generations.MoveAll();
            inner.Report(value);
        }
    }
}
