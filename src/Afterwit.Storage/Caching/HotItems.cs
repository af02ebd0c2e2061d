namespace Afterwit.Storage;

/// <summary>The items that a process used most, most first, for the next one.</summary>
internal sealed record HotItems(IReadOnlyList<EpisodeId> Episodes, IReadOnlyList<PatternId> Patterns)
{
    public static HotItems None { get; } = new([], []);

    public static async Task<HotItems> ReadAsync(IDatabase database, CancellationToken cancellationToken)
    {
        var (episodes, patterns) = (new List<EpisodeId>(), new List<PatternId>());
        await database.ReadAsync(
            [
                new("SELECT kind, id FROM hot_items ORDER BY rank", [], row =>
                {
                    var key = new QueryKey((CacheKind)row.GetInt64(0), new(row.GetBlob(1), bigEndian: true));
                    if (key.Kind == CacheKind.Episode)
                        episodes.Add(new(key.Id));
                    else if (key.Kind == CacheKind.Pattern)
                        patterns.Add(key.PatternId);
                }),
            ],
            cancellationToken).ConfigureAwait(false);
        return new(episodes, patterns);
    }

    /// <summary>Replaces the note.</summary>
    public static Task WriteAsync(IDatabase database, IReadOnlyList<(CacheKind Kind, Guid Id)> items, CancellationToken cancellationToken) => database.WriteAsync(
        [
            new("DELETE FROM hot_items"),
            new("INSERT INTO hot_items(kind, id, rank) VALUES (?1, ?2, ?3) ON CONFLICT(kind, id) DO UPDATE SET rank = excluded.rank", [.. items.Select((item, rank) => new SqlValue[] { (long)item.Kind, item.Id, rank })]),
        ],
        cancellationToken);
}
