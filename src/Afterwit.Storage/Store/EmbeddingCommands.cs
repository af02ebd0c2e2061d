namespace Afterwit.Storage;

/// <summary>The statements that write embeddings.</summary>
internal static class EmbeddingCommands
{
    /// <summary>
    /// Stores vectors, each in the place of the one that its episode has of its model; of several for one the last counts. The unit is undone when an episode is missing, or when
    /// a model would hold vectors of different lengths: <see cref="SqlMemoryStore.FindEmbeddingProblemsAsync"/> says which.
    /// </summary>
    public static IEnumerable<Command> Put(IReadOnlyList<Embedding> embeddings, EmbeddingFormat format, PayloadCodec? codec)
    {
        if (embeddings.Count == 0)
            yield break;
        List<Embedding> last = [.. embeddings.Reverse().DistinctBy(e => (e.Episode, e.Model)).Reverse()];
        foreach (var removal in Remove(last.Select(e => KeyValuePair.Create(e.Episode, e.Model))))
            yield return removal;
        // OR IGNORE: an episode that is missing shows as a row that was not inserted, with a message of ours.
        yield return new(
            $"INSERT OR IGNORE INTO embeddings(episode, model, vector) VALUES ({EpisodeCommands.KeyById}, ?2, ?3)",
            [.. last.Select(e => new SqlValue[] { e.Episode.Value, e.Model, StoredVector.Write(e.Vector.Span, format, codec) })])
        { EachChangesOne = true, Conflict = "The episode of an embedding is missing." };
        yield return new(
            """
            UPDATE embeddings SET model = ?1 WHERE key = (SELECT max(key) FROM embeddings WHERE model = ?1)
                AND substr(vector, 2, 2) = (SELECT substr(vector, 2, 2) FROM embeddings WHERE key = (SELECT min(key) FROM embeddings WHERE model = ?1))
            """,
            [.. last.Select(e => e.Model).Distinct(StringComparer.Ordinal).Select(model => new SqlValue[] { model })])
        { EachChangesOne = true, Conflict = "An embedding has another number of dimensions than the stored ones of its model." };
    }

    /// <summary>Removes vectors; one that is not there changes nothing.</summary>
    public static IEnumerable<Command> Remove(IEnumerable<KeyValuePair<EpisodeId, string>> embeddings) =>
        embeddings.GroupBy(e => e.Value, e => e.Key, StringComparer.Ordinal).Select(model => new Command(
            $"DELETE FROM embeddings WHERE model = ?3 AND episode IN (SELECT e.key FROM {EpisodeQueries.Listed})", [.. EpisodeQueries.Listing(model), model.Key]));
}
