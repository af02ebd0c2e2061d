namespace Afterwit.Storage;

/// <summary>
/// Searches of the graph, breadth first and in one statement. A step of the recursion is a whole level: it carries the episodes found there and those seen before as JSON,
/// so an episode is entered once, by its best way, and an edge is looked at once from each end, however many circles there are.
/// </summary>
internal static class GraphQueries
{
    /// <summary>The episodes that edges lead to, the nearest first.</summary>
    public static Query Related(GraphQuery query, Action<RelatedEpisode> found) => new(
        $"""
        {Levels(query.Direction, goesOn: "")}
        SELECT {EpisodeQueries.SummaryColumns}, {RelationshipQueries.Columns}, l.hops, json_extract(j.value, '$[1]')
        FROM level l CROSS JOIN json_each(l.found) j CROSS JOIN episodes e ON e.key = json_extract(j.value, '$[0]')
        CROSS JOIN relationships r ON r.source = json_extract(j.value, '$[2]') AND r.kind = json_extract(j.value, '$[3]') AND r.target = json_extract(j.value, '$[4]')
        CROSS JOIN episodes f ON f.key = r.source CROSS JOIN episodes t ON t.key = r.target
        WHERE l.hops > 0 ORDER BY l.hops, j.key LIMIT ?4
        """,
        Arguments(query, query.Limit),
        row => found(new(EpisodeQueries.ReadSummary(row), (int)row.GetInt64(RelationshipQueries.AfterSummary + 7), row.GetDouble(RelationshipQueries.AfterSummary + 8), RelationshipQueries.Read(row, RelationshipQueries.AfterSummary))));

    /// <summary>The edges of the best of the shortest ways, from its beginning: found by going back from the end, level by level.</summary>
    public static Query Path(GraphQuery query, EpisodeId to, Action<Relationship> found) => new(
        $"""
        {Levels(query.Direction, "AND NOT EXISTS (SELECT 1 FROM json_each(l.found) j JOIN episodes e ON e.id = ?5 AND e.key = json_extract(j.value, '$[0]'))")},
        way(hops, before, edge) AS (
            SELECT l.hops, json_extract(j.value, '$[2]') + json_extract(j.value, '$[4]') - e.key, j.value
            FROM episodes e CROSS JOIN level l CROSS JOIN json_each(l.found) j ON json_extract(j.value, '$[0]') = e.key WHERE e.id = ?5
            UNION ALL
            SELECT l.hops, json_extract(j.value, '$[2]') + json_extract(j.value, '$[4]') - w.before, j.value
            FROM way w CROSS JOIN level l ON l.hops = w.hops - 1 CROSS JOIN json_each(l.found) j ON json_extract(j.value, '$[0]') = w.before)
        SELECT {RelationshipQueries.Columns} FROM way w
        CROSS JOIN relationships r ON r.source = json_extract(w.edge, '$[2]') AND r.kind = json_extract(w.edge, '$[3]') AND r.target = json_extract(w.edge, '$[4]')
        CROSS JOIN episodes f ON f.key = r.source CROSS JOIN episodes t ON t.key = r.target ORDER BY w.hops
        """,
        [.. Arguments(query, int.MaxValue), to.Value],
        row => found(RelationshipQueries.Read(row, 0)));

    private static SqlValue[] Arguments(GraphQuery query, int limit) =>
        [query.From.Value, StoreJson.Numbers((query.Kinds.Count == 0 ? Enum.GetValues<RelationshipKind>() : query.Kinds).Select(kind => (long)kind)), query.MaxHops, limit];

    /// <summary>
    /// In SQL: the levels of a search from ?1 over the kinds in ?2, at most ?3 and no more once ?4 episodes are found. An episode of a level is [its key, the product of the weights
    /// on its way, and the last edge of that: source, kind, target]; the best stand first. Of equal ways the one over the better episode of the level before counts.
    /// </summary>
    private static string Levels(EdgeDirection direction, string goesOn) =>
        $"""
        WITH RECURSIVE level(hops, found, seen, size) AS (
            SELECT 0, json_array(json_array(key, 1.0)), '', 0 FROM episodes WHERE id = ?1
            UNION ALL
            SELECT l.hops + 1, (
                SELECT json_group_array(json_array(node, weight, source, kind, target)) FROM (
                    SELECT n.* FROM (
                        SELECT *, row_number() OVER (PARTITION BY node ORDER BY weight DESC, place, kind, source = node) AS choice FROM (
                            {(direction.HasFlag(EdgeDirection.Outgoing) ? Edges("source", "target") : "")}
                            {(direction.HasFlag(EdgeDirection.Incoming) ? Edges("target", "source") : "")}
                            SELECT json_extract(value, '$[0]') AS node, 2 AS weight, -1 AS place, NULL AS source, NULL AS kind, NULL AS target FROM json_each(l.found)
                            UNION ALL SELECT value, 2, -1, NULL, NULL, NULL FROM json_each('[' || l.seen || '0]'))) n
                    JOIN episodes e ON e.key = n.node WHERE n.choice = 1 AND n.kind IS NOT NULL ORDER BY n.weight DESC, e.id LIMIT ?4)),
                l.seen || (SELECT group_concat(json_extract(value, '$[0]')) FROM json_each(l.found)) || ',', l.size + json_array_length(l.found)
            FROM level l WHERE l.hops < ?3 AND l.found <> '[]' AND l.size + json_array_length(l.found) <= ?4 {goesOn})
        """;

    /// <summary>In SQL: where the edges of the last level lead. </summary>
    private static string Edges(string near, string far) =>
        $"""
        SELECT r.{far} AS node, json_extract(j.value, '$[1]') * r.weight AS weight, j.key AS place, r.source AS source, r.kind AS kind, r.target AS target
        FROM json_each(l.found) j CROSS JOIN relationships r ON r.{near} = json_extract(j.value, '$[0]') AND r.kind IN (SELECT value FROM json_each(?2)) UNION ALL
        """;
}
