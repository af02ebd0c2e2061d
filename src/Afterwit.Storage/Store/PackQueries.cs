namespace Afterwit.Storage;

/// <summary>The queries that read packs of steps.</summary>
internal static class PackQueries
{
    /// <summary>All packs of an episode, in order.</summary>
    public static Query Of(EpisodeId id, Action<StoredPack> found) => new(
        $"SELECT key, payload FROM step_packs WHERE {PackCommands.OfEpisode} ORDER BY key", [id.Value], row => found(new(row.GetInt64(0), row.GetBlob(1))));

    /// <summary>The packs with these keys, in order.</summary>
    public static Query ByKey(IEnumerable<long> keys, Action<StoredPack> found) => new(
        "SELECT p.key, p.payload FROM json_each(?1) j JOIN step_packs p ON p.key = j.value ORDER BY p.key", [StoreJson.Numbers(keys)], row => found(new(row.GetInt64(0), row.GetBlob(1))));

    /// <summary>All packs of episodes, in order.</summary>
    public static Query Of(IEnumerable<EpisodeId> ids, Action<EpisodeHeadLine, StoredPack> found) => new(
        $"SELECT e.id, e.status, e.score, p.key, p.payload FROM {EpisodeQueries.Listed} JOIN step_packs p ON p.key >= e.key << 20 AND p.key < (e.key + 1) << 20 ORDER BY p.key",
        EpisodeQueries.Listing(ids),
        row => found(EpisodeHeadLine.Read(row), new(row.GetInt64(3), row.GetBlob(4))));

    /// <summary>All packs of episodes as far as they are not known, in order within each.</summary>
    public static Query Of(EpisodeSource episodes, Action<EpisodeId, StoredPack> found) => new(
        $"SELECT e.id, p.key, p.payload FROM {episodes.From} CROSS JOIN step_packs p ON p.key >= e.key << 20 AND p.key < (e.key + 1) << 20 WHERE {episodes.Condition}",
        episodes.Arguments,
        row => found(EpisodeQueries.Id(row, 0), new(row.GetInt64(1), row.GetBlob(2))));

    /// <summary>The packs that single steps are in, each once.</summary>
    public static Query With(IEnumerable<StepReference> steps, Action<EpisodeId, StoredPack> found) => new(
        $"""
        WITH wanted(key, id) AS (
            SELECT DISTINCT (SELECT max(q.key) FROM step_packs q WHERE q.key >= e.key << 20 AND q.key <= (e.key << 20) + j.value), e.id FROM {EpisodeQueries.Listed})
        SELECT w.id, p.key, p.payload FROM wanted w JOIN step_packs p ON p.key = w.key
        """,
        EpisodeQueries.Listing(steps),
        row => found(EpisodeQueries.Id(row, 0), new(row.GetInt64(1), row.GetBlob(2))));
}

/// <summary>What a trace needs of a head.</summary>
internal readonly record struct EpisodeHeadLine(EpisodeId Id, EpisodeStatus Status, double? Score)
{
    /// <summary>From the first three columns of a row.</summary>
    public static EpisodeHeadLine Read(IRow row) => new(EpisodeQueries.Id(row, 0), (EpisodeStatus)row.GetInt64(1), EpisodeQueries.Real(row, 2));
}
