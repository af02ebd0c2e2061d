namespace Afterwit.Storage;

/// <summary>What tells whether an episode is stored already: the hash of its content, and the number of the write that left it so.</summary>
internal readonly record struct StoredVersion(long? ContentHash, long? WriteId);

/// <summary>An episode that is to be read, unless its content is known: then its hash says so.</summary>
internal readonly record struct KnownEpisode(EpisodeId Id, long? ContentHash = null);

/// <summary>Which episodes a statement reads.</summary>
/// <param name="From">In SQL: the episodes e, and what names them.</param>
/// <param name="Condition">In SQL: which of them.</param>
/// <param name="Arguments">The parameters of both.</param>
internal readonly record struct EpisodeSource(string From, string Condition, SqlValue[] Arguments)
{
    /// <summary>Those that the last process used most.</summary>
    public static EpisodeSource Hot => new("hot_items j CROSS JOIN episodes e ON e.id = j.id", "j.kind = ?1", [(long)CacheKind.Episode]);

    public static EpisodeSource Of(IEnumerable<KnownEpisode> episodes) => new(EpisodeQueries.Listed, EpisodeQueries.IsNews, EpisodeQueries.Listing(episodes));
}

/// <summary>The statements that read episodes and steps, and how their rows become objects.</summary>
internal static class EpisodeQueries
{
    /// <summary>In SQL: how many steps the episode e has.</summary>
    public const string StepCount = "coalesce(e.step_count, (SELECT max(s.key) FROM steps s WHERE s.key >= e.key << 20 AND s.key < (e.key + 1) << 20) - (e.key << 20) + 1, 0)";

    private const string Tags = "(SELECT json_group_array(tag) FROM episode_tags t WHERE t.episode = e.key)";

    /// <summary>In SQL: what <see cref="ReadSummary"/> reads of the episode e, from the first column on.</summary>
    public const string SummaryColumns = $"e.id, e.task, e.project, e.agent, e.user, e.run, e.domain, e.language, e.framework, e.complexity, {Tags}, e.status, e.started_at, e.reward, {StepCount}, e.source_id";

    private const string StepColumns = "s.key, s.kind, s.speaker, s.text, s.tool, s.arguments, s.observation, s.is_error, s.error_class, s.latency_ms, s.tokens, s.at, s.from_memory";

    /// <summary>In SQL: the episodes e whose ids stand one behind the other in ?1, each with a number j.value from ?2. One statement, however many there are.</summary>
    public const string Listed = "json_each(?2) j CROSS JOIN episodes e ON e.id = substr(?1, j.key * 16 + 1, 16)";

    /// <summary>Of a listed <see cref="KnownEpisode"/>: whether it is to be read.</summary>
    public const string IsNews = "(j.value IS NULL OR e.content_hash IS NOT j.value)";

    private const string HeadColumns = $"""
        e.id, e.task, e.project, e.agent, e.user, e.run, e.domain, e.language, e.framework, e.complexity, {Tags}, e.status, e.started_at, e.reward,
            (SELECT json_group_array(json_array(key, value)) FROM episode_metadata m WHERE m.episode = e.key), e.source_id, e.ended_at, e.summary, e.score, e.reward_parts, e.reflection
        """;

    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    /// <summary>The head of an episode.</summary>
    private static Query Head(EpisodeId id, Action<Episode> found) => new($"SELECT {HeadColumns} FROM episodes e WHERE e.id = ?1", [id.Value], row => found(ReadHead(row)));

    /// <summary>The heads of episodes, in one statement however many there are.</summary>
    public static Query Heads(EpisodeSource episodes, Action<Episode> found) => new($"SELECT {HeadColumns} FROM {episodes.From} WHERE {episodes.Condition}", episodes.Arguments, row => found(ReadHead(row)));

    /// <summary>Everything of one episode.</summary>
    public static IEnumerable<Query> Whole(EpisodeId id, StoredEpisode found) => [Head(id, head => found.Head = head), Steps(id, found.Rows.Add), PackQueries.Of(id, found.Packs.Add)];

    /// <summary>All steps of episodes, in order within each: CROSS JOIN keeps the order of the loops, and the inner one follows the keys.</summary>
    public static Query StepsOf(EpisodeSource episodes, Action<EpisodeId, Step> found) => new(
        $"SELECT {StepColumns}, e.id FROM {episodes.From} CROSS JOIN steps s ON s.key >= e.key << 20 AND s.key < (e.key + 1) << 20 WHERE {episodes.Condition}",
        episodes.Arguments,
        row => found(Id(row, 13), ReadStep(row)));

    /// <summary>The keys of an episode's rows in a table of steps or packs, in order.</summary>
    public static Query KeysOf(string table, EpisodeId id, Action<long> found) => new(
        $"SELECT key FROM {table} WHERE {PackCommands.OfEpisode} ORDER BY key", [id.Value], row => found(row.GetInt64(0)));

    /// <summary>The steps with these keys, in order.</summary>
    public static Query StepsByKey(IEnumerable<long> keys, Action<Step> found) => new(
        $"SELECT {StepColumns} FROM json_each(?1) j JOIN steps s ON s.key = j.value ORDER BY s.key", [StoreJson.Numbers(keys)], row => found(ReadStep(row)));

    /// <summary>Single steps that have a row each.</summary>
    public static Query StepsAt(IEnumerable<StepReference> steps, Action<EpisodeId, Step> found) => new(
        $"SELECT {StepColumns}, e.id FROM {Listed} JOIN steps s ON s.key = (e.key << 20) + j.value ORDER BY s.key", Listing(steps), row => found(Id(row, 13), ReadStep(row)));

    /// <summary>The heads with these keys.</summary>
    public static Query SummariesByKey(IEnumerable<long> keys, Action<long, EpisodeSummary, int, int> found) => new(
        $"SELECT {SummaryColumns}, e.key, e.helped, e.hurt FROM json_each(?1) j JOIN episodes e ON e.key = j.value",
        [StoreJson.Numbers(keys)],
        row => found(row.GetInt64(16), ReadSummary(row), (int)row.GetInt64(17), (int)row.GetInt64(18)));

    /// <summary>The content hashes of episodes, and the numbers of the writes that began, ended or imported them last.</summary>
    public static Query Versions(IEnumerable<EpisodeId> ids, Action<EpisodeId, StoredVersion> found) => new(
        $"SELECT e.id, e.content_hash, e.write_id FROM {Listed}",
        Listing(ids),
        row => found(Id(row, 0), new(row.IsNull(1) ? null : row.GetInt64(1), row.IsNull(2) ? null : row.GetInt64(2))));

    /// <summary>The heads that pass a filter, the newest first.</summary>
    public static Query List(EpisodeFilter filter, Action<EpisodeSummary> found)
    {
        List<string> conditions = [];
        List<SqlValue> arguments = [];
        Add("e.project = {0}", filter.Scope.Project);
        Add("e.agent = {0}", filter.Scope.Agent);
        Add("e.user = {0}", filter.Scope.User);
        Add("e.run = {0}", filter.Scope.Run);
        Add("e.domain = {0}", filter.Domain);
        Add("e.status = {0}", (long?)filter.Status);
        Add("e.key IN (SELECT episode FROM episode_tags WHERE tag = {0})", filter.Tag);
        Add("e.started_at >= {0}", filter.Since);
        Add("e.started_at < {0}", filter.Until);
        if (filter.Metadata is { } metadata)
        {
            arguments.Add(metadata.Key);
            Add($"e.key IN (SELECT episode FROM episode_metadata WHERE key = ?{arguments.Count} AND value = {{0}})", metadata.Value);
        }

        if (filter.After is { } after)
        {
            arguments.Add(after.Id.Value.ToByteArray(bigEndian: true));
            Add($"(e.started_at, e.key) < ({{0}}, coalesce((SELECT key FROM episodes WHERE id = ?{arguments.Count}), {long.MaxValue}))", after.StartedAt);
        }

        arguments.Add(filter.Limit);
        var where = conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", conditions);
        return new($"SELECT {SummaryColumns} FROM episodes e {where} ORDER BY e.started_at DESC, e.key DESC LIMIT ?{arguments.Count}", [.. arguments], row => found(ReadSummary(row)));

        void Add(string condition, SqlValue value)
        {
            if (value.Type == SqlType.Null)
                return;
            arguments.Add(value);
            conditions.Add(condition.Replace("{0}", $"?{arguments.Count}", StringComparison.Ordinal));
        }
    }

    /// <summary>The steps of episodes that have a row each, in order, as far as a trace needs them. Observations are looked at only as far as it takes to see that they are not blank.</summary>
    public static Query Traces(IEnumerable<EpisodeId> ids, Action<EpisodeHeadLine, long, TraceStep?> found) => new(
        $"""
        SELECT e.id, e.status, e.score, s.kind, s.tool, s.is_error, substr(ltrim(s.observation, ' ' || char(9, 10, 13)), 1, 16), s.key
        FROM {Listed} JOIN steps s ON s.key >= e.key << 20 AND s.key < (e.key + 1) << 20
        WHERE s.from_memory = 0 ORDER BY s.key
        """,
        Listing(ids),
        row => found(EpisodeHeadLine.Read(row), row.GetInt64(7),
            row.GetInt64(3) == (long)StepKind.ToolCall ? new TraceStep(Text(row, 4) ?? "", row.GetInt64(5) != 0, ErrorDetector.IsBlank(Text(row, 6)), StepKey.Ordinal(row.GetInt64(7))) : null));

    /// <summary>The arguments of a query over <see cref="Listed"/> episodes, each once.</summary>
    public static SqlValue[] Listing(IEnumerable<EpisodeId> ids) => Listing(ids.Distinct().Select(id => new StepReference(id, 0)));

    /// <summary>The arguments of a query over <see cref="Listed"/> episodes, with the ordinals of steps as their numbers.</summary>
    public static SqlValue[] Listing(IEnumerable<StepReference> listed)
    {
        var all = listed.ToList();
        return [Bytes(all.Select(l => l.Episode)), StoreJson.Numbers(all.Select(l => (long)l.Ordinal))];
    }

    /// <summary>Ids one behind the other, as one argument.</summary>
    public static byte[] Bytes(IEnumerable<EpisodeId> ids) => [.. ids.SelectMany(id => id.Value.ToByteArray(bigEndian: true))];

    private static Step ReadStep(IRow row) => new()
    {
        Ordinal = StepKey.Ordinal(row.GetInt64(0)),
        Kind = (StepKind)row.GetInt64(1),
        Speaker = Text(row, 2),
        Text = Text(row, 3),
        Tool = Text(row, 4),
        Arguments = Text(row, 5),
        Observation = Text(row, 6),
        IsError = row.GetInt64(7) != 0,
        ErrorClass = Text(row, 8),
        Latency = row.IsNull(9) ? null : TimeSpan.FromMilliseconds(row.GetInt64(9)),
        Tokens = row.IsNull(10) ? null : (int)row.GetInt64(10),
        At = Time(row, 11),
        FromMemory = row.GetInt64(12) != 0,
    };

    public static EpisodeSummary ReadSummary(IRow row) => new(
        Id(row, 0), row.GetString(1), Scope(row, 2), Context(row, 6), (EpisodeStatus)row.GetInt64(11), Time(row, 12)!.Value, Real(row, 13), (int)row.GetInt64(14), Text(row, 15));

    public static EpisodeId Id(IRow row, int column) => new(new Guid(row.GetBlob(column), bigEndian: true));

    public static string? Text(IRow row, int column) => row.IsNull(column) ? null : row.GetString(column);

    public static double? Real(IRow row, int column) => row.IsNull(column) ? null : row.GetDouble(column);

    public static DateTimeOffset? Time(IRow row, int column) => row.IsNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static Query Steps(EpisodeId id, Action<Step> found) => new(
        $"SELECT {StepColumns} FROM steps s WHERE s.key >= {EpisodeCommands.KeyById} << 20 AND s.key < ({EpisodeCommands.KeyById} + 1) << 20 ORDER BY s.key",
        [id.Value],
        row => found(ReadStep(row)));

    /// <summary>The arguments of a query over <see cref="Listed"/> episodes, with what is known of them.</summary>
    public static SqlValue[] Listing(IEnumerable<KnownEpisode> listed)
    {
        var all = listed.Distinct().ToList();
        return [Bytes(all.Select(l => l.Id)), StoreJson.Write(all.Select(l => l.ContentHash), StoreJson.Default.IEnumerableNullableInt64)];
    }

    private static Episode ReadHead(IRow row) => new()
    {
        Id = Id(row, 0),
        Task = row.GetString(1),
        Scope = Scope(row, 2),
        Context = Context(row, 6),
        StartedAt = Time(row, 12)!.Value,
        EndedAt = Time(row, 16),
        Outcome = row.GetInt64(11) == (long)EpisodeStatus.Running ? null : new((EpisodeStatus)row.GetInt64(11), Text(row, 17), Real(row, 18)),
        Reward = row.IsNull(13) ? null : new(row.GetDouble(13), Parse(row, 19, StoreJson.Default.IReadOnlyListRewardComponent) ?? []),
        Reflection = Parse(row, 20, StoreJson.Default.Reflection),
        Metadata = Text(row, 14) is null or "[]" ? NoMetadata : Parse(row, 14, StoreJson.Default.StringArrayArray)!.ToDictionary(pair => pair[0], pair => pair[1]),
        SourceId = Text(row, 15),
    };

    private static Scope Scope(IRow row, int first) =>
        row.IsNull(first) && row.IsNull(first + 1) && row.IsNull(first + 2) && row.IsNull(first + 3)
            ? Afterwit.Scope.Any
            : new(Text(row, first), Text(row, first + 1), Text(row, first + 2), Text(row, first + 3));

    private static EpisodeContext Context(IRow row, int first)
    {
        var tags = row.GetString(first + 4);
        return new()
        {
            Domain = Text(row, first),
            Language = Text(row, first + 1),
            Framework = Text(row, first + 2),
            Complexity = Text(row, first + 3),
            Tags = tags == "[]" ? [] : StoreJson.Read(tags, StoreJson.Default.IReadOnlyListString)!,
        };
    }

    private static T? Parse<T>(IRow row, int column, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class =>
        row.IsNull(column) ? null : StoreJson.Read(row.GetString(column), type);
}
