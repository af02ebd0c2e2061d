using System.Text.Json;

namespace Afterwit.Storage;

/// <summary>The statements that write edges between episodes, and those for checkpoints.</summary>
internal static class RelationshipCommands
{
    /// <summary>Adds an edge unless the target already leads back to the source: looked up in the same statement, so that two writers cannot close a circle together.</summary>
    public static Command Add(Relationship edge, DateTimeOffset at)
    {
        var guard = Relationship.IsAcyclic(edge.Kind)
            ? """
              AND f.key <> t.key AND NOT EXISTS (
                  WITH RECURSIVE ahead(key) AS (SELECT t.key UNION SELECT r.target FROM ahead a JOIN relationships r ON r.source = a.key AND r.kind = ?2)
                  SELECT 1 FROM ahead WHERE key = f.key)
              """
            : "";
        return new(
            $"""
            INSERT INTO relationships(source, kind, target, note, at, priority, weight, metadata)
            SELECT f.key, ?2, t.key, ?4, ?5, ?6, ?7, ?8 FROM episodes f, episodes t WHERE f.id = ?1 AND t.id = ?3 {guard}
            ON CONFLICT(source, kind, target) DO UPDATE SET note = excluded.note, at = excluded.at, priority = excluded.priority, weight = excluded.weight, metadata = excluded.metadata
            """,
            edge.From.Value, (long)edge.Kind, edge.To.Value, edge.Note, at, edge.Priority, edge.Weight,
            edge.Metadata.Count == 0 ? null : StoreJson.Write(edge.Metadata, StoreJson.Default.IReadOnlyDictionaryStringString))
        {
            EachChangesOne = true,
            Conflict = Circle(edge),
        };
    }

    /// <summary>Why an edge would close a circle.</summary>
    public static string Circle(Relationship edge) =>
        $"{edge.From} cannot get the relationship '{JsonNamingPolicy.KebabCaseLower.ConvertName(edge.Kind.ToString())}' to {edge.To}: they are the same, or {edge.To} already leads back to {edge.From}. Take that relationship away first, or use 'related'.";

    /// <summary>Every edge that lies ahead of the targets of edges, each along its own kind.</summary>
    public static Query Ahead(IReadOnlyList<Relationship> edges, Action<EpisodeId, RelationshipKind, EpisodeId> found) => new(
        $"""
        WITH RECURSIVE ahead(kind, key) AS (
            SELECT j.value, e.key FROM {EpisodeQueries.Listed}
            UNION SELECT a.kind, r.target FROM ahead a JOIN relationships r ON r.source = a.key AND r.kind = a.kind)
        SELECT f.id, r.kind, t.id FROM ahead a CROSS JOIN relationships r ON r.source = a.key AND r.kind = a.kind CROSS JOIN episodes f ON f.key = r.source CROSS JOIN episodes t ON t.key = r.target
        """,
        [EpisodeQueries.Bytes(edges.Select(e => e.To)), StoreJson.Numbers(edges.Select(e => (long)e.Kind))],
        row => found(EpisodeQueries.Id(row, 0), (RelationshipKind)row.GetInt64(1), EpisodeQueries.Id(row, 2)));

    public static Command Remove(EpisodeId from, RelationshipKind kind, EpisodeId to) => new(
        $"DELETE FROM relationships WHERE source = {EpisodeCommands.KeyById} AND kind = ?2 AND target = (SELECT key FROM episodes WHERE id = ?3)", from.Value, (long)kind, to.Value);

    /// <summary>A new checkpoint, or the one that this write made before.</summary>
    public static Command SaveCheckpoint(EpisodeId episode, DateTimeOffset at, string? note, string? state, long writeId) => new(
        $"""
        INSERT INTO checkpoints(key, episode, at, steps, note, state, write_id)
        SELECT (SELECT c.key FROM checkpoints c WHERE c.episode = e.key AND c.write_id = ?5), e.key, ?2, {EpisodeQueries.StepCount}, ?3, ?4, ?5 FROM episodes e WHERE e.id = ?1
        ON CONFLICT(key) DO UPDATE SET write_id = excluded.write_id
        """,
        episode.Value, at, note, state, writeId)
    { EachChangesOne = true };

    public static Query Checkpoints(EpisodeId episode, Action<Checkpoint> found) => new(
        $"SELECT at, steps, note, state FROM checkpoints WHERE episode = {EpisodeCommands.KeyById} ORDER BY key",
        [episode.Value],
        row => found(new(EpisodeQueries.Time(row, 0)!.Value, (int)row.GetInt64(1), EpisodeQueries.Text(row, 2), EpisodeQueries.Text(row, 3))));
}
