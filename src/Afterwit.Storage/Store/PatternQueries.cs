namespace Afterwit.Storage;

/// <summary>The statements that read patterns and their evidence.</summary>
internal static class PatternQueries
{
    private const string Columns = "p.id, p.kind, p.domain, p.condition, p.action, p.successes, p.failures, p.errors, p.first_seen, p.last_seen, p.retired";

    // One of what PatternCommands.Evidence puts together.
    private static readonly string Entry = $"substr(CASE side.value WHEN 1 THEN p.succeeded_in ELSE p.failed_in END, place.value * {PatternCommands.EvidenceBytes} + 1, {PatternCommands.EvidenceBytes})";
    private static readonly string Places = StoreJson.Numbers(Enumerable.Range(0, Pattern.EvidencePerSide).Select(i => (long)i));

    public static Query ByCondition(IEnumerable<long> conditions, Action<Pattern> found) => new(
        $"SELECT {Columns} FROM json_each(?1) j JOIN patterns p ON p.condition_id = j.value", [StoreJson.Numbers(conditions)], row => found(Read(row)));

    public static Query ById(PatternSource patterns, Action<Pattern> found) => new(
        $"SELECT {Columns} FROM {patterns.From} JOIN patterns p ON p.id = j.value", [patterns.Argument], row => found(Read(row)));

    public static Query Agents(PatternSource patterns, Action<PatternId, AgentCount> found) => new(
        $"SELECT a.pattern, a.agent, a.successes, a.failures FROM {patterns.From} JOIN pattern_agents a ON a.pattern = j.value ORDER BY a.successes + a.failures DESC, a.agent",
        [patterns.Argument],
        row => found(new(row.GetInt64(0)), new(row.GetString(1), (int)row.GetInt64(2), (int)row.GetInt64(3))));

    public static Query Evidence(PatternSource patterns, Scope scope, Action<PatternId, Evidence> found) => new(
        $"""
        SELECT p.id, e.id, side.value, CAST(CAST(substr({Entry}, 17) AS TEXT) AS INTEGER)
        FROM {patterns.From} CROSS JOIN patterns p ON p.id = j.value CROSS JOIN json_each('[0,1]') side CROSS JOIN json_each('{Places}') place
            CROSS JOIN episodes e ON e.id = substr({Entry}, 1, 16)
        WHERE (?2 IS NULL OR e.project = ?2) AND (?3 IS NULL OR e.agent = ?3) AND (?4 IS NULL OR e.user = ?4) AND (?5 IS NULL OR e.run = ?5)
        ORDER BY p.id, e.started_at DESC, e.key DESC
        """,
        [patterns.Argument, scope.Project, scope.Agent, scope.User, scope.Run],
        row => found(new(row.GetInt64(0)), new(EpisodeQueries.Id(row, 1), row.GetInt64(2) != 0, (int)row.GetInt64(3))));

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
