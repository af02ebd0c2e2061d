namespace Afterwit.Storage;

/// <summary>Episodes with their steps, put together from the rows of a constant number of statements.</summary>
internal sealed class WholeEpisodes(Payloads payloads)
{
    private readonly Dictionary<EpisodeId, StoredEpisode> _found = [];

    /// <summary>What reads the episodes.</summary>
    public IReadOnlyList<Query> Queries(IEnumerable<KnownEpisode> episodes)
    {
        List<KnownEpisode> all = [.. episodes];
        return
        [
            EpisodeQueries.Heads(all, head => Of(head.Id).Head = head), EpisodeQueries.StepsOf(all, (id, step) => Of(id).Rows.Add(step)), PackQueries.Of(all, (id, pack) => Of(id).Packs.Add(pack)),
        ];
    }

    /// <summary>Has the dictionaries ready, between the read and the first <see cref="Get"/>.</summary>
    public ValueTask PrepareAsync(CancellationToken cancellationToken) => payloads.PrepareAsync(_found.Values.SelectMany(f => f.Packs), cancellationToken);

    /// <summary>Whether an episode was read.</summary>
    public bool Contains(EpisodeId id) => _found.ContainsKey(id);

    /// <summary>An episode that was read. Null when it is not there, or was known.</summary>
    /// <exception cref="DatabaseException">It cannot be decoded.</exception>
    public Episode? Get(EpisodeId id) => _found.GetValueOrDefault(id)?.Assemble(payloads.Codec);

    private StoredEpisode Of(EpisodeId id)
    {
        if (!_found.TryGetValue(id, out var found))
            _found[id] = found = new();
        return found;
    }
}
