namespace Afterwit.Storage;

/// <summary>The items that a process used most, for the next one: their ids are left in the database, and joined there with what they name.</summary>
internal sealed class HotItems(Payloads payloads)
{
    private readonly WholeEpisodes _episodes = new(payloads);
    private readonly WholePatterns _patterns = new();

    /// <summary>What reads the items.</summary>
    public IReadOnlyList<Query> Queries => [.. _episodes.Queries(EpisodeSource.Hot), .. _patterns.Queries(PatternSource.Hot)];

    /// <summary>The patterns that were read.</summary>
    public IEnumerable<Pattern> Patterns => _patterns.Ids.Select(id => _patterns.Get(id)!);

    /// <summary>The episodes that were read.</summary>
    /// <exception cref="DatabaseException">One cannot be decoded.</exception>
    public async Task<IReadOnlyList<Episode>> EpisodesAsync(CancellationToken cancellationToken)
    {
        await _episodes.PrepareAsync(cancellationToken).ConfigureAwait(false);
        return [.. _episodes.Ids.Select(_episodes.Get).OfType<Episode>()];
    }

    /// <summary>Replaces the note.</summary>
    public static Task WriteAsync(IDatabase database, IReadOnlyList<QueryKey> items, CancellationToken cancellationToken) => database.WriteAsync(
        [
            new("DELETE FROM hot_items"),
            .. Insert(items, CacheKind.Episode, key => key.Id),
            .. Insert(items, CacheKind.Pattern, key => key.PatternId.Value),
        ],
        cancellationToken);

    private static IEnumerable<Command> Insert(IReadOnlyList<QueryKey> items, CacheKind kind, Func<QueryKey, SqlValue> id) =>
        items.Index().Where(item => item.Item.Kind == kind).Select(item => new SqlValue[] { (long)kind, id(item.Item), item.Index }).ToList() is { Count: > 0 } rows
            ? [new("INSERT INTO hot_items(kind, id, rank) VALUES (?1, ?2, ?3) ON CONFLICT(kind, id) DO UPDATE SET rank = excluded.rank", rows)]
            : [];
}
