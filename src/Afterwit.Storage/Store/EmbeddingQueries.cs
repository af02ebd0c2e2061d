using System.Text.Json;

namespace Afterwit.Storage;

/// <summary>The statements that read embeddings.</summary>
internal static class EmbeddingQueries
{
    /// <summary>The stored vectors of episodes by one model.</summary>
    public static Query Of(IEnumerable<EpisodeId> episodes, string model, Action<EpisodeId, byte[]> found) => new(
        $"SELECT e.id, m.vector FROM {EpisodeQueries.Listed} JOIN embeddings m ON m.episode = e.key AND m.model = ?3",
        [.. EpisodeQueries.Listing(episodes), model],
        row => found(EpisodeQueries.Id(row, 0), row.GetBlob(1)));

    /// <summary>How many dimensions the stored vectors of models have. One without any is left out.</summary>
    public static Query DimensionsOf(IEnumerable<string> models, Action<string, int> found) => new(
        "SELECT m.model, substr(m.vector, 2, 2) FROM json_each(?1) j JOIN embeddings m ON m.key = (SELECT min(key) FROM embeddings WHERE model = j.value)",
        [JsonSerializer.Serialize([.. models.Distinct(StringComparer.Ordinal)], StoreJson.Default.IReadOnlyListString)],
        row => found(row.GetString(0), StoredVector.Dimensions(row.GetBlob(1))));

    /// <summary>The newest vector of a model: its key, its length as it is stored, and its number of dimensions.</summary>
    public static Query Newest(string model, Action<NewestVector> found) => new(
        "SELECT key, length(vector), substr(vector, 2, 2) FROM embeddings WHERE key = (SELECT max(key) FROM embeddings WHERE model = ?1)",
        [model],
        row => found(new(row.GetInt64(0), (int)row.GetInt64(1), StoredVector.Dimensions(row.GetBlob(2)))));

    /// <summary>The key before the newest so many vectors of a model; nothing when there are no more than that.</summary>
    public static Query KeyBefore(string model, long newest, Action<long> found) => new(
        "SELECT key FROM embeddings WHERE model = ?1 ORDER BY key DESC LIMIT 1 OFFSET ?2", [model, newest], row => found(row.GetInt64(0)));

    /// <summary>The vectors of a model behind a key, in the order in which they were stored.</summary>
    public static Query After(string model, long key, int count, Action<long, long, byte[]> found) => new(
        "SELECT key, episode, vector FROM embeddings WHERE model = ?1 AND key > ?2 ORDER BY key LIMIT ?3",
        [model, key, count],
        row => found(row.GetInt64(0), row.GetInt64(1), row.GetBlob(2)));

    /// <summary>Which of the vectors are there still.</summary>
    public static Query Present(IEnumerable<long> keys, Action<long> found) => new(
        "SELECT m.key FROM json_each(?1) j JOIN embeddings m ON m.key = j.value", [StoreJson.Numbers(keys)], row => found(row.GetInt64(0)));

    /// <summary>The first so many of these vectors whose episodes pass the filter: their keys, and the keys and heads of the episodes with their feedback.</summary>
    public static Query Admitted(IEnumerable<long> keys, NearFilter filter, int limit, Action<long, long, EpisodeSummary, int, int> found)
    {
        var (conditions, arguments) = filter.Sql([StoreJson.Numbers(keys), limit]);
        // The order of the list is that of the outer loop, which CROSS JOIN keeps: so LIMIT stops after the nearest.
        return new(
            $"SELECT {EpisodeQueries.SummaryColumns}, e.key, e.helped, e.hurt, m.key FROM json_each(?1) j CROSS JOIN embeddings m ON m.key = j.value CROSS JOIN episodes e ON e.key = m.episode WHERE {conditions} LIMIT ?2",
            arguments,
            row => found(row.GetInt64(19), row.GetInt64(16), EpisodeQueries.ReadSummary(row), (int)row.GetInt64(17), (int)row.GetInt64(18)));
    }

    /// <summary>The vectors of a model whose episodes pass the filter.</summary>
    public static Query Passing(string model, NearFilter filter, Action<long> found)
    {
        var (conditions, arguments) = filter.Sql([model]);
        return new($"SELECT m.key FROM embeddings m JOIN episodes e ON e.key = m.episode WHERE m.model = ?1 AND {conditions}", arguments, row => found(row.GetInt64(0)));
    }
}
