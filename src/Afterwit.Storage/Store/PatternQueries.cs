namespace Afterwit.Storage;

/// <summary>The statements that read patterns and their evidence.</summary>
internal static class PatternQueries
{
    private const string Columns = "p.id, p.kind, p.domain, p.condition, p.action, p.successes, p.failures, p.errors, p.first_seen, p.last_seen, p.retired";

    public static Query ByCondition(IEnumerable<long> conditions, Action<Pattern> found) => new(
        $"SELECT {Columns} FROM json_each(?1) j JOIN patterns p ON p.condition_id = j.value", [StoreJson.Numbers(conditions)], row => found(Read(row)));

    public static Query ById(IEnumerable<PatternId> ids, Action<Pattern> found) => new(
        $"SELECT {Columns} FROM json_each(?1) j JOIN patterns p ON p.id = j.value", [Numbers(ids)], row => found(Read(row)));

    public static Query Agents(IEnumerable<PatternId> ids, Action<PatternId, AgentCount> found) => new(
        "SELECT a.pattern, a.agent, a.successes, a.failures FROM json_each(?1) j JOIN pattern_agents a ON a.pattern = j.value ORDER BY a.successes + a.failures DESC, a.agent",
        [Numbers(ids)],
        row => found(new(row.GetInt64(0)), new(row.GetString(1), (int)row.GetInt64(2), (int)row.GetInt64(3))));

    public static Query Evidence(IEnumerable<PatternId> ids, Scope scope, Action<PatternId, Evidence> found) => new(
        """
        SELECT v.pattern, e.id, v.success, v.step FROM json_each(?1) j JOIN pattern_evidence v ON v.pattern = j.value JOIN episodes e ON e.key = v.episode
        WHERE (?2 IS NULL OR e.project = ?2) AND (?3 IS NULL OR e.agent = ?3) AND (?4 IS NULL OR e.user = ?4) AND (?5 IS NULL OR e.run = ?5)
        ORDER BY v.pattern, e.started_at DESC, e.key DESC
        """,
        [Numbers(ids), scope.Project, scope.Agent, scope.User, scope.Run],
        row => found(new(row.GetInt64(0)), new(EpisodeQueries.Id(row, 1), row.GetInt64(2) != 0, (int)row.GetInt64(3))));

    public static Query OfEpisodes(IEnumerable<EpisodeId> episodes, Action<Pattern, Evidence> found) => new(
        $"""
        SELECT {Columns}, e.id, v.success, v.step
        FROM {EpisodeQueries.Listed} JOIN pattern_evidence v ON v.episode = e.key JOIN patterns p ON p.id = v.pattern
        """,
        EpisodeQueries.Listing(episodes),
        row => found(Read(row), new(EpisodeQueries.Id(row, 11), row.GetInt64(12) != 0, (int)row.GetInt64(13))));

    public static Query List(PatternFilter filter, Action<Pattern> found)
    {
        List<string> conditions = ["p.successes + p.failures >= ?1"];
        List<SqlValue> arguments = [filter.MinSupport];
        if (filter.Domain is not null)
        {
            arguments.Add(filter.Domain);
            conditions.Add($"p.domain = ?{arguments.Count}");
        }

        if (filter.Kind is { } kind)
        {
            arguments.Add((long)kind);
            conditions.Add($"p.kind = ?{arguments.Count}");
        }

        if (!filter.IncludeRetired)
            conditions.Add("p.retired = 0");
        arguments.Add(filter.Limit);
        return new(
            $"SELECT {Columns} FROM patterns p WHERE {string.Join(" AND ", conditions)} ORDER BY p.successes + p.failures DESC, p.id LIMIT ?{arguments.Count}",
            [.. arguments],
            row => found(Read(row)));
    }

    private static string Numbers(IEnumerable<PatternId> ids) => StoreJson.Numbers(ids.Distinct().Select(id => id.Value));

    private static Pattern Read(IRow row) => new()
    {
        Kind = (PatternKind)row.GetInt64(1),
        Domain = EpisodeQueries.Text(row, 2),
        Condition = row.GetString(3),
        Action = row.GetString(4),
        Successes = (int)row.GetInt64(5),
        Failures = (int)row.GetInt64(6),
        Errors = (int)row.GetInt64(7),
        FirstSeen = EpisodeQueries.Time(row, 8)!.Value,
        LastSeen = EpisodeQueries.Time(row, 9)!.Value,
        IsRetired = row.GetInt64(10) != 0,
    };
}
