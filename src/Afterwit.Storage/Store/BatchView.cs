
namespace Afterwit.Storage;

/// <summary>What is stored of that which a batch is about, seen in one round trip.</summary>
/// <param name="episodes">The episodes that the batch stores.</param>
/// <param name="payloads">Decodes what is stored.</param>
internal sealed class BatchView(IReadOnlyList<Episode> episodes, Payloads payloads)
{
    private readonly HashSet<EpisodeId> _present = [.. episodes.Select(e => e.Id)];
    private readonly HashSet<(RelationshipKind Kind, EpisodeId From, EpisodeId To)> _edges = [];
    private readonly Dictionary<(RelationshipKind Kind, EpisodeId From), List<EpisodeId>> _ahead = [];

    /// <summary>The episodes that are there.</summary>
    public Dictionary<EpisodeId, StoredVersion> Versions { get; } = [];

    /// <summary>Those whose content differs from what the batch stores, and those to forget.</summary>
    public WholeEpisodes Contents { get; } = new(payloads);

    /// <summary>The patterns that are there.</summary>
    public HashSet<PatternId> Patterns { get; } = [];

    /// <summary>The contents that the view is to hold.</summary>
    public IReadOnlyList<KnownEpisode> Known(IEnumerable<EpisodeId> forgotten) =>
        [.. episodes.Select(e => new KnownEpisode(e.Id, ContentHash.OfFinished(e))), .. forgotten.Select(id => new KnownEpisode(id))];

    /// <summary>What fills the rest of the view.</summary>
    public IEnumerable<Query> Queries(IEnumerable<EpisodeId> removed, IEnumerable<Relationship> edges, IEnumerable<PatternId> patterns)
    {
        List<Relationship> added = [.. edges];
        yield return EpisodeQueries.Versions([.. _present, .. removed, .. added.SelectMany(e => (EpisodeId[])[e.From, e.To])], (id, version) =>
        {
            Versions[id] = version;
            _present.Add(id);
        });
        List<Relationship> acyclic = added.FindAll(e => Relationship.IsAcyclic(e.Kind));
        if (acyclic.Count > 0)
            yield return RelationshipCommands.Ahead(acyclic, Add);
        List<long> ids = [.. patterns.Select(p => p.Value)];
        if (ids.Count > 0)
            yield return new("SELECT p.id FROM json_each(?1) j JOIN patterns p ON p.id = j.value", [StoreJson.Numbers(ids)], row => Patterns.Add(new(row.GetInt64(0))));
    }

    /// <summary>What tells which edges and embeddings are there to be removed.</summary>
    public static IEnumerable<Query> Find(IReadOnlyList<Placed<Relationship>> edges, IReadOnlyList<Placed<KeyValuePair<EpisodeId, string>>> embeddings, Action<int> found)
    {
        if (edges.Count > 0)
        {
            yield return new(
                """
                SELECT j.key FROM json_each(?2) j CROSS JOIN episodes f ON f.id = substr(?1, j.key * 32 + 1, 16) CROSS JOIN episodes t ON t.id = substr(?1, j.key * 32 + 17, 16)
                    CROSS JOIN relationships r ON r.source = f.key AND r.kind = j.value AND r.target = t.key
                """,
                [EpisodeQueries.Bytes(edges.SelectMany(e => (EpisodeId[])[e.Item.From, e.Item.To])), StoreJson.Numbers(edges.Select(e => (long)e.Item.Kind))],
                row => found(edges[(int)row.GetInt64(0)].Place));
        }

        if (embeddings.Count > 0)
        {
            yield return new(
                $"SELECT j.key FROM {EpisodeQueries.Listed} CROSS JOIN embeddings m ON m.episode = e.key AND m.model = j.value",
                [EpisodeQueries.Bytes(embeddings.Select(e => e.Item.Key)), StoreJson.Write([.. embeddings.Select(e => e.Item.Value)], StoreJson.Default.IReadOnlyListString)],
                row => found(embeddings[(int)row.GetInt64(0)].Place));
        }
    }

    /// <summary>Why an edge cannot be added. Null when it can: then it counts for those behind it.</summary>
    public string? Refusal(Relationship edge)
    {
        foreach (var id in (ReadOnlySpan<EpisodeId>)[edge.From, edge.To])
        {
            if (!_present.Contains(id))
                return SqlMemoryStore.NoSuchEpisode(id).Message;
        }

        if (Relationship.IsAcyclic(edge.Kind) && Reaches(edge.Kind, edge.To, edge.From))
            return RelationshipCommands.Circle(edge);
        Add(edge.From, edge.Kind, edge.To);
        return null;
    }

    private void Add(EpisodeId from, RelationshipKind kind, EpisodeId to)
    {
        if (!_edges.Add((kind, from, to)))
            return;
        if (!_ahead.TryGetValue((kind, from), out var ahead))
            _ahead[(kind, from)] = ahead = [];
        ahead.Add(to);
    }

    private bool Reaches(RelationshipKind kind, EpisodeId from, EpisodeId to)
    {
        var open = new Stack<EpisodeId>([from]);
        var seen = new HashSet<EpisodeId> { from };
        while (open.TryPop(out var at))
        {
            if (at == to)
                return true;
            foreach (var next in _ahead.GetValueOrDefault((kind, at)) ?? [])
            {
                if (seen.Add(next))
                    open.Push(next);
            }
        }

        return false;
    }
}
