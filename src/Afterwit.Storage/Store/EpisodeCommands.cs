namespace Afterwit.Storage;

/// <summary>The statements that write episodes and steps.</summary>
internal static class EpisodeCommands
{
    /// <summary>In SQL: the key of the episode whose id is ?1.</summary>
    public const string KeyById = "(SELECT key FROM episodes WHERE id = ?1)";

    // ?3 says on which side of the index: see SearchIndex.IsNegative.
    private const string TaskDocument = $"CASE ?3 WHEN 1 THEN ~{KeyById} ELSE {KeyById} END";
    private const string StepDocument = $"CASE ?3 WHEN 1 THEN ~(({KeyById} << 20) + ?4) ELSE ({KeyById} << 20) + ?4 END";

    private static readonly string SuccessWithRecall = ReceiptCommands.SuccessWithRecall(ended: "?17", fromMemory: "?20", verdict: "?21");

    private static readonly string InsertHead = $"""
        INSERT INTO episodes(id, source_id, content_hash, task, project, agent, user, run, domain, language, framework, complexity, status, score, reward, started_at, ended_at, write_id, step_count, success_with_recall)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, {SuccessWithRecall})
        ON CONFLICT DO NOTHING
        """;

    private const string StepColumns = "(key, kind, speaker, text, tool, arguments, observation, is_error, error_class, latency_ms, tokens, at, from_memory, hash, write_id)";

    // The step of the episode e that this very write appended before, if it did.
    private const string KeyByWrite = "(SELECT s.key FROM steps s WHERE s.write_id = ?13 AND s.key >= e.key << 20 AND s.key < (e.key + 1) << 20)";

    /// <summary>New heads; the unit of work is undone when one of the ids is taken.</summary>
    public static Command Insert(IReadOnlyList<Episode> episodes, long writeId, string conflict) =>
        new(InsertHead, episodes.MapOverCores(e => HeadRow(e, writeId))) { EachChangesOne = true, Conflict = conflict };

    /// <summary>Everything about stored heads but their ids and their feedback.</summary>
    public static Command Replace(IEnumerable<Episode> episodes, long writeId) => new(
        $"""
        UPDATE episodes SET source_id = ?2, content_hash = ?3, task = ?4, project = ?5, agent = ?6, user = ?7, run = ?8, domain = ?9, language = ?10, framework = ?11, complexity = ?12,
            status = ?13, last_append = NULL, summary = NULL, score = ?14, reward = ?15, reward_parts = NULL, reflection = NULL, started_at = ?16, ended_at = ?17, write_id = ?18, step_count = ?19,
            success_with_recall = {SuccessWithRecall}
        WHERE id = ?1
        """, [.. episodes.Select(e => HeadRow(e, writeId))])
    { EachChangesOne = true };

    /// <summary>Tags and metadata.</summary>
    public static IEnumerable<Command> InsertMarks(IReadOnlyList<Episode> episodes)
    {
        yield return new(
            $"INSERT INTO episode_tags(episode, tag) VALUES ({KeyById}, ?2) ON CONFLICT DO NOTHING",
            [.. episodes.SelectMany(e => e.Context.Tags, (e, tag) => new SqlValue[] { e.Id.Value, tag })]);
        yield return new(
            $"INSERT INTO episode_metadata(episode, key, value) VALUES ({KeyById}, ?2, ?3) ON CONFLICT(episode, key) DO UPDATE SET value = excluded.value",
            [.. episodes.SelectMany(e => e.Metadata, (e, pair) => new SqlValue[] { e.Id.Value, pair.Key, pair.Value })]);
    }

    /// <summary>Steps at the ordinals they have, of episodes that run.</summary>
    public static Command InsertSteps(IEnumerable<Episode> episodes) => new(
        $"INSERT INTO steps{StepColumns} VALUES (({KeyById} << 20) + ?13, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?14, ?15, NULL)",
        [.. episodes.SelectMany(e => e.Steps, (e, step) => StepRow(e.Id, step, step.Ordinal))]);

    /// <summary>
    /// Steps behind the last of a running episode, numbered on from a write's number; or those that this write appended before, which have to say the same: when they happened is when each
    /// try was made. Returns the key of the first.
    /// </summary>
    public static Command AppendSteps(EpisodeId episode, IReadOnlyList<Step> steps, long writeId) => new(
        $"""
        INSERT INTO steps{StepColumns}
        SELECT coalesce({KeyByWrite}, (SELECT max(s.key) FROM steps s WHERE s.key >= e.key << 20 AND s.key < (e.key + 1) << 20) + 1, e.key << 20), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?14, ?15, ?13
        FROM episodes e WHERE e.id = ?1 AND (e.status = 0 AND NOT EXISTS (SELECT 1 FROM steps WHERE key = ((e.key + 1) << 20) - 1) OR {KeyByWrite} IS NOT NULL)
        ON CONFLICT(key) DO UPDATE SET write_id = excluded.write_id
        WHERE (steps.kind, steps.is_error) = (excluded.kind, excluded.is_error) AND steps.speaker IS excluded.speaker AND steps.text IS excluded.text AND steps.tool IS excluded.tool
          AND steps.arguments IS excluded.arguments AND steps.observation IS excluded.observation
        RETURNING key
        """,
        [.. steps.Select((step, i) => StepRow(episode, step, writeId + i))])
    { EachChangesOne = true };

    /// <summary>
    /// Ends a running episode whose head and steps are exactly these; they leave their rows for <see cref="PackCommands.Insert"/>. What an earlier release wrote has no hashes: of that
    /// only the number of steps is compared.
    /// </summary>
    public static IEnumerable<Command> Complete(Episode episode, long writeId)
    {
        yield return new(
            $"""
            UPDATE episodes SET status = ?2, content_hash = NULL, score = ?3, reward = ?4, ended_at = ?5, step_count = ?6, write_id = ?7,
                success_with_recall = {ReceiptCommands.SuccessWithRecall(ended: "?5", fromMemory: "?11", verdict: "?12")},
                last_append = (SELECT s.write_id FROM steps s WHERE s.key = (episodes.key << 20) + ?6 - 1 AND ?6 > 0)
            WHERE id = ?1 AND status = 0 AND coalesce(content_hash, ?8) = ?8
              AND (SELECT coalesce(max(s.key) - (episodes.key << 20) + 1, 0) = ?6 AND (count(s.hash) < count(*) OR coalesce(sum(s.hash * ((s.key & ?10) + 1)), 0) = ?9)
                   FROM steps s WHERE s.key >= episodes.key << 20 AND s.key < (episodes.key + 1) << 20)
            """,
            episode.Id.Value, (long)episode.Status, episode.Outcome!.Score, episode.Reward?.Value, episode.EndedAt, episode.Steps.Count, writeId,
            ContentHash.OfHead(episode), ContentHash.OfSteps(episode.Steps), ContentHash.StepWeights, IsFromMemory(episode), Verdict(episode))
        { EachChangesOne = true };
        yield return DeleteStepRows([[episode.Id.Value]]);
    }

    /// <summary>The search documents of finished episodes, added or (with their old content) taken out, and the totals that the weights of terms are computed from.</summary>
    public static IEnumerable<Command> Index(IReadOnlyList<Episode> episodes, bool remove)
    {
        var (taskSql, stepSql, sign) = remove
            ? ($"INSERT INTO task_index(task_index, rowid, terms) VALUES ('delete', {TaskDocument}, ?2)", $"INSERT INTO step_index(step_index, rowid, terms) VALUES ('delete', {StepDocument}, ?2)", -1L)
            : ($"INSERT INTO task_index(rowid, terms) VALUES ({TaskDocument}, ?2)", $"INSERT INTO step_index(rowid, terms) VALUES ({StepDocument}, ?2)", 1L);
        List<SqlValue[]> tasks = [], steps = [];
        var (taskTerms, allSteps) = (0L, 0L);
        foreach (var documents in InOrder(episodes.MapOverCores(SearchIndex.Of)))
        {
            tasks.Add([documents.Episode.Value, documents.Task, documents.IsNegative]);
            foreach (var (ordinal, document) in documents.IsNegative ? documents.Steps.Reverse() : documents.Steps)
                steps.Add([documents.Episode.Value, document, documents.IsNegative, ordinal]);
            taskTerms += documents.TaskTerms;
            allSteps += documents.AllSteps;
        }

        yield return new(taskSql, tasks);
        yield return new(stepSql, steps);
        yield return new("UPDATE totals SET episodes = episodes + ?1, steps = steps + ?2, task_terms = task_terms + ?3", sign * episodes.Count, sign * allSteps, sign * taskTerms);
    }

    /// <summary>Undoes the unit of work unless the episodes are still as they were read.</summary>
    public static Command Guard(IEnumerable<(Episode Episode, StoredVersion Version)> read) => new(
        "UPDATE episodes SET status = status WHERE id = ?1 AND status = ?2 AND content_hash IS ?3 AND write_id IS ?4",
        [.. read.Select(r => new SqlValue[] { r.Episode.Id.Value, (long)r.Episode.Status, r.Version.ContentHash, r.Version.WriteId })])
    { EachChangesOne = true, Conflict = "An episode was changed by another process at the same time, again and again." };

    /// <summary>The rows that hang on episodes by their content: steps, tags, metadata. The heads stay.</summary>
    public static IEnumerable<Command> DeleteContent(IEnumerable<EpisodeId> episodes)
    {
        List<SqlValue[]> ids = [.. episodes.Select(id => new SqlValue[] { id.Value })];
        yield return DeleteStepRows(ids);
        foreach (var command in PackCommands.Delete(ids))
            yield return command;
        yield return new($"DELETE FROM episode_tags WHERE episode = {KeyById}", ids);
        yield return new($"DELETE FROM episode_metadata WHERE episode = {KeyById}", ids);
    }

    /// <summary>The heads, and through their foreign keys relationships, embeddings and checkpoints.</summary>
    public static Command DeleteHeads(IEnumerable<EpisodeId> episodes) => new("DELETE FROM episodes WHERE id = ?1", [.. episodes.Select(id => new SqlValue[] { id.Value })]);

    /// <summary>By the row they get, as far as keys grow with time: the full-text engine writes out what it has gathered whenever a row lies before the last one.</summary>
    private static IEnumerable<EpisodeDocuments> InOrder(EpisodeDocuments[] documents) => [.. documents.Where(d => d.IsNegative).Reverse(), .. documents.Where(d => !d.IsNegative)];

    /// <summary>The rows of steps that are not packed.</summary>
    /// <param name="ids">The id of an episode in each row.</param>
    public static Command DeleteStepRows(IReadOnlyList<SqlValue[]> ids) => new($"DELETE FROM steps WHERE key >= {KeyById} << 20 AND key < ({KeyById} + 1) << 20", ids);

    private static SqlValue[] HeadRow(Episode e, long writeId) =>
    [
        e.Id.Value, e.SourceId, ContentHash.Stored(e), e.Task, e.Scope.Project, e.Scope.Agent, e.Scope.User, e.Scope.Run,
        e.Context.Domain, e.Context.Language, e.Context.Framework, e.Context.Complexity, (long)e.Status, e.Outcome?.Score, e.Reward?.Value, e.StartedAt, e.EndedAt, writeId,
        e.Outcome is null ? default(SqlValue) : e.Steps.Count, IsFromMemory(e), Verdict(e),
    ];

    private static bool IsFromMemory(Episode e) => e.Steps.Any(s => s.FromMemory);

    private static SqlValue Verdict(Episode e) => e.Outcome?.Verdict is { } success ? success : default(SqlValue);

    private static SqlValue[] StepRow(EpisodeId episode, Step s, long ordinalOrWriteId) =>
    [
        episode.Value, (long)s.Kind, s.Speaker, s.Text, s.Tool, s.Arguments, s.Observation, s.IsError, s.ErrorClass, s.Latency is { } l ? (long)l.TotalMilliseconds : default(long?),
        s.Tokens, s.At, ordinalOrWriteId, s.FromMemory, ContentHash.OfStep(s),
    ];
}
