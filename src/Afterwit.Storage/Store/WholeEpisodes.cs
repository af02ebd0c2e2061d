namespace Afterwit.Storage;

/// <summary>Episodes with their steps, put together from the rows of a constant number of statements.</summary>
internal sealed class WholeEpisodes(Payloads payloads)
{
    private readonly Dictionary<EpisodeId, StoredEpisode> _found = [];

    /// <summary>Reads episodes, and whatever else is asked in the same read. Where all of it is too much for one answer, what else is asked comes first and is not from the same moment.</summary>
    public async Task ReadAsync(IDatabase database, IReadOnlyList<KnownEpisode> episodes, IReadOnlyList<Query> along, CancellationToken cancellationToken)
    {
        try
        {
            await database.ReadAsync([.. along, .. Queries(EpisodeSource.Of(episodes))], cancellationToken).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (LibSqlDatabase.IsTooLarge(e))
        {
            await database.ReadAsync(along, cancellationToken).ConfigureAwait(false);
            await database.ReadInPartsAsync([.. episodes.Distinct()], part => Queries(EpisodeSource.Of(part)), alone: async one => _found[one.Id] = await LongEpisode.ReadAsync(database, one, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        await PrepareAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What reads episodes; <see cref="PrepareAsync"/> behind it.</summary>
    public IReadOnlyList<Query> Queries(EpisodeSource episodes) =>
    [
        EpisodeQueries.Heads(episodes, head => Of(head.Id).Head = head), EpisodeQueries.StepsOf(episodes, (id, step) => Of(id).Rows.Add(step)), PackQueries.Of(episodes, (id, pack) => Of(id).Packs.Add(pack)),
    ];

    /// <summary>Gets ready to decode what was read.</summary>
    public ValueTask PrepareAsync(CancellationToken cancellationToken) => payloads.PrepareAsync(_found.Values.SelectMany(f => f.Packs), cancellationToken);

    /// <summary>The episodes that were read.</summary>
    public IEnumerable<EpisodeId> Ids => _found.Keys;

    /// <summary>Whether an episode was read.</summary>
    public bool Contains(EpisodeId id) => _found.TryGetValue(id, out var found) && found.Head is not null;

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
