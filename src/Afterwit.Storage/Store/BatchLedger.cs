namespace Afterwit.Storage;

/// <summary>An item of a batch with its place among all of them.</summary>
internal readonly record struct Placed<T>(int Place, T Item);

/// <summary>
/// What becomes of each item of a batch. The places count through its lists, one behind the other, in the order in which they take effect: a range of places is a part that
/// can be written before the rest.
/// </summary>
internal sealed class BatchLedger
{
    private const long RowSize = 100;

    private readonly List<long> _sizes = [];
    private readonly BatchItem?[] _items;

    /// <summary>Every item open, but for those that no store could write.</summary>
    public BatchLedger(MemoryBatch batch)
    {
        Episodes = Place(batch.Episodes, Size);
        Embeddings = Place(batch.Embeddings, e => e.Vector.Length * (long)sizeof(float));
        Relationships = Place(batch.Relationships, r => Size(r.Note) + Size(r.Metadata));
        Retired = Place(batch.Retired);
        Unrelated = Place(batch.Unrelated);
        RemovedEmbeddings = Place(batch.RemovedEmbeddings);
        Forgotten = Place(batch.Forgotten);
        _items = new BatchItem?[_sizes.Count];
        FailImpossible();

        List<Placed<T>> Place<T>(IReadOnlyList<T> items, Func<T, long>? size = null)
        {
            var first = _sizes.Count;
            _sizes.AddRange(items.Select(item => RowSize + (size?.Invoke(item) ?? 0)));
            return [.. items.Select((item, i) => new Placed<T>(first + i, item))];
        }
    }

    public IReadOnlyList<Placed<Episode>> Episodes { get; }

    public IReadOnlyList<Placed<Embedding>> Embeddings { get; }

    public IReadOnlyList<Placed<Relationship>> Relationships { get; }

    public IReadOnlyList<Placed<KeyValuePair<PatternId, bool>>> Retired { get; }

    public IReadOnlyList<Placed<Relationship>> Unrelated { get; }

    public IReadOnlyList<Placed<KeyValuePair<EpisodeId, string>>> RemovedEmbeddings { get; }

    public IReadOnlyList<Placed<EpisodeId>> Forgotten { get; }

    /// <summary>How many items there are.</summary>
    public int Count => _items.Length;

    /// <summary>What became of all; what is open was not written.</summary>
    public BatchResult Result => new()
    {
        Episodes = Of(Episodes),
        Embeddings = Of(Embeddings),
        Relationships = Of(Relationships),
        Retired = Of(Retired),
        Unrelated = Of(Unrelated),
        RemovedEmbeddings = Of(RemovedEmbeddings),
        Forgotten = Of(Forgotten),
    };

    public void Settle(int place, BatchOutcome outcome, bool isNew = false) => _items[place] ??= new(outcome) { IsNew = isNew };

    public void Fail(int place, string error) => _items[place] = new(BatchOutcome.Failed, error);

    /// <summary>The open items of a list within a part.</summary>
    public List<Placed<T>> Open<T>(IReadOnlyList<Placed<T>> list, Range part) => [.. list.Where(p => p.Place >= part.Start.Value && p.Place < part.End.Value && _items[p.Place] is null)];

    /// <summary>Refuses an atomic batch of which an item cannot be written.</summary>
    public void ThrowIfAnyFailed()
    {
        if (Array.Exists(_items, item => item?.Outcome == BatchOutcome.Failed))
            throw new BatchException(Result);
    }

    /// <summary>Parts of at most so many items and about so many characters (of vectors, bytes) each, with a hundred for every row.</summary>
    public IEnumerable<Range> Parts(long characters, int items = int.MaxValue)
    {
        var (first, size) = (0, 0L);
        for (var place = 0; place < Count; place++)
        {
            if (place - first == items || (size + _sizes[place] > characters && place > first))
            {
                yield return first..place;
                (first, size) = (place, 0);
            }

            size += _sizes[place];
        }

        if (first < Count)
            yield return first..Count;
    }

    private static long Size(Episode episode) =>
        episode.Task.Length + Size(episode.Outcome?.Summary) + Size(episode.Metadata) + episode.Steps.Sum(s => RowSize + Size(s.Text) + Size(s.Tool) + Size(s.Arguments) + Size(s.Observation));

    private static long Size(IReadOnlyDictionary<string, string> metadata) => metadata.Sum(pair => RowSize + pair.Key.Length + pair.Value.Length);

    private static long Size(string? text) => text?.Length ?? 0;

    private BatchItem[] Of<T>(IReadOnlyList<Placed<T>> list) => [.. list.Select(p => _items[p.Place] ?? new(BatchOutcome.NotWritten))];

    private void FailImpossible()
    {
        foreach (var (place, episode) in Episodes)
        {
            if (Problem(episode) is { } problem)
                Fail(place, problem);
        }

        foreach (var (place, embedding) in Embeddings)
        {
            try
            {
                embedding.Validate();
            }
            catch (ArgumentException e)
            {
                Fail(place, e.Message);
            }
        }

        // What is written and taken away again is a mistake of the caller's, and would have to be undone within the same transaction.
        var forgotten = Forgotten.Select(f => f.Item).ToHashSet();
        var unrelated = Unrelated.Select(r => (r.Item.From, r.Item.Kind, r.Item.To)).ToHashSet();
        var removed = RemovedEmbeddings.Select(r => (r.Item.Key, r.Item.Value)).ToHashSet();
        foreach (var (place, episode) in Episodes.Where(e => forgotten.Contains(e.Item.Id)))
            Fail(place, $"episode {episode.Id} is stored and forgotten in one batch: leave one of the two out.");
        foreach (var (place, embedding) in Embeddings.Where(e => forgotten.Contains(e.Item.Episode) || removed.Contains((e.Item.Episode, e.Item.Model))))
            Fail(place, $"the embedding of episode {embedding.Episode} by '{embedding.Model}' is stored and removed in one batch: leave one of the two out.");
        foreach (var (place, edge) in Relationships.Where(r => forgotten.Contains(r.Item.From) || forgotten.Contains(r.Item.To) || unrelated.Contains((r.Item.From, r.Item.Kind, r.Item.To))))
            Fail(place, $"the relationship '{edge.Kind}' from {edge.From} to {edge.To} is added and removed in one batch: leave one of the two out.");
    }

    /// <summary>Why no store could hold an episode: the key of a step has room for so many ordinals, one more would be a step of the next episode.</summary>
    private static string? Problem(Episode episode)
    {
        var name = episode.SourceId ?? episode.Id.ToString();
        if (episode.SourceId is { } source && episode.Id != EpisodeId.FromSource(source))
            return $"episode {episode.Id} has the source id '{source}', but not the id of that source: use EpisodeId.FromSource.";
        if (episode.Steps.Count > StepKey.MaxSteps)
            return $"episode {name} has {episode.Steps.Count} steps; the limit is {StepKey.MaxSteps}: split it into episodes that follow each other.";
        for (var i = 0; i < episode.Steps.Count; i++)
        {
            if (episode.Steps[i].Ordinal != i)
                return $"episode {name}: step {i} has the ordinal {episode.Steps[i].Ordinal}; the steps are numbered from 0 in order.";
        }

        return null;
    }
}
