namespace Afterwit.Storage;

/// <summary>A table or an index with the room that it takes.</summary>
/// <param name="Name">Its name; the parts of a full-text index count as one.</param>
/// <param name="Bytes">Its pages in bytes. Null where the engine does not tell.</param>
/// <param name="Index">Of which table it is an index. Null for a table.</param>
/// <param name="UsedBy">For an index: how many statements of the store use it. Null for a table, for an index that keeps values unique, and after a quick look.</param>
internal sealed record StoredObject(string Name, long? Bytes, string? Index, int? UsedBy);

/// <summary>What an examination found.</summary>
/// <param name="Schema">The schema's number.</param>
/// <param name="Integrity">What the engine says of its file: <c>ok</c>, or what is broken. <c>not checked</c> after a quick look.</param>
/// <param name="Bytes">The size of the database.</param>
/// <param name="FreeBytes">Of these, pages that hold nothing.</param>
/// <param name="Objects">Tables and indexes, the largest first.</param>
/// <param name="Plans">How each statement of the store is run. None after a quick look.</param>
/// <param name="Advice">What to do, most urgent first. Empty when all is well.</param>
internal sealed record Diagnosis(int Schema, string Integrity, long Bytes, long FreeBytes, IReadOnlyList<StoredObject> Objects, IReadOnlyList<QueryPlan> Plans, IReadOnlyList<string> Advice);

/// <summary>How much of a database an examination reads.</summary>
internal enum ExaminationDepth
{
    /// <summary>No more than its schema and counts: however large it is, the answer comes at once.</summary>
    Quick,

    /// <summary>The whole file once: is it sound, how large is each part.</summary>
    Whole,

    /// <summary>Every entry of every index, too, which reads the whole file several times.</summary>
    Thorough,
}

/// <summary>Examines a database: is it sound, how large is each part, how does it run the statements of the store, and what should be done.</summary>
internal static class Doctor
{
    private const string Unchecked = "not checked";
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(7);

    /// <summary>Examines it. Nothing is changed.</summary>
    /// <param name="database">The database.</param>
    /// <param name="time">The clock.</param>
    /// <param name="depth">How much of it is read.</param>
    /// <param name="cancellationToken">Stops between the parts.</param>
    public static async Task<Diagnosis> ExamineAsync(IDatabase database, TimeProvider time, ExaminationDepth depth, CancellationToken cancellationToken)
    {
        var schema = await Migrations.ReadVersionAsync(database, null, cancellationToken).ConfigureAwait(false);
        var integrity = depth == ExaminationDepth.Quick ? Unchecked : await IntegrityAsync(database, depth == ExaminationDepth.Thorough, cancellationToken).ConfigureAwait(false);
        // Collecting the statements runs the whole store once: half a second in a process that has just begun.
        var plans = depth == ExaminationDepth.Quick ? null : await QueryPlan.ExplainAsync(database, await StatementCatalogue.CollectAsync().ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        var objects = await ObjectsAsync(database, plans, cancellationToken).ConfigureAwait(false);
        plans ??= [];
        var (pages, free, size, unpacked, abandoned) = (0L, 0L, 0L, 0L, 0L);
        await database.ReadAsync(
            [
                new("SELECT page_count, page_size FROM pragma_page_count, pragma_page_size", [], row => (pages, size) = (row.GetInt64(0), row.GetInt64(1))),
                new("SELECT freelist_count FROM pragma_freelist_count", [], row => free = row.GetInt64(0)),
                new("SELECT count(*) FROM episodes WHERE status > 0 AND step_count IS NULL", [], row => unpacked = row.GetInt64(0)),
                new("SELECT count(*) FROM episodes WHERE status = 0 AND started_at < ?1", [time.GetUtcNow() - Abandoned], row => abandoned = row.GetInt64(0)),
            ],
            cancellationToken).ConfigureAwait(false);

        List<string> advice = [];
        if (integrity is not "ok" and not Unchecked)
            advice.Add($"The file is damaged ({integrity}). Copy it away now, then recover what can be read: `sqlite3 FILE .recover | sqlite3 NEW`.");
        advice.AddRange(plans.SelectMany(p => p.Problems.Where(_ => p.Statement.Operation != StatementCatalogue.Counting).Select(problem => $"A statement of {p.Statement.Operation} {problem}: an index is missing. Was the schema changed by hand?")).Distinct(StringComparer.Ordinal));
        if (unpacked > 0)
            advice.Add($"{unpacked} finished episodes are stored as an earlier release wrote them: `afterwit db compress` makes them several times smaller.");
        if (free * 4 > pages && free * size > 1 << 20)
            advice.Add($"{free * size:N0} of {pages * size:N0} bytes are free pages: `afterwit db compress` gives them back.");
        if (abandoned > 0)
            advice.Add($"{abandoned} episodes have been running for more than {Abandoned.Days} days and teach nothing: `afterwit episode list --status running`, then complete or fail them.");
        advice.AddRange(objects.Where(o => o.UsedBy == 0).Select(o => $"No statement uses the index {o.Name}; if nobody else does, drop it."));
        return new(schema, integrity, pages * size, free * size, objects, plans, advice);
    }

    private static async Task<string> IntegrityAsync(IDatabase database, bool thorough, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        try
        {
            await database.ReadAsync([new(thorough ? "PRAGMA integrity_check(10)" : "PRAGMA quick_check(10)", [], row => found.Add(row.GetString(0)))], cancellationToken).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (!e.IsTransient)
        {
            found.Add(e.Message);
        }

        return string.Join("; ", found);
    }

    private static async Task<IReadOnlyList<StoredObject>> ObjectsAsync(IDatabase database, IReadOnlyList<QueryPlan>? plans, CancellationToken cancellationToken)
    {
        var named = new List<(string Type, string Name, string Table, bool IsRule)>();
        await database.ReadAsync([new("SELECT type, name, tbl_name, sql LIKE 'CREATE UNIQUE%' FROM sqlite_master WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", [], row => named.Add((row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3) != 0)))], cancellationToken).ConfigureAwait(false);
        var bytes = plans is null ? null : await BytesAsync(database, cancellationToken).ConfigureAwait(false);
        var used = plans?.SelectMany(p => p.Indexes.Distinct(StringComparer.Ordinal)).CountBy(name => name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return
        [
            .. named.Where(n => !IsPart(n.Name))
                .Select(n => new StoredObject(
                    n.Name, bytes is null ? null : named.Where(m => m.Name == n.Name || (IsPart(m.Name) && m.Name.StartsWith(n.Name + "_", StringComparison.Ordinal))).Sum(m => bytes.GetValueOrDefault(m.Name)),
                    n.Type == "index" ? n.Table : null, n.Type == "index" && !n.IsRule ? used?.GetValueOrDefault(n.Name) : null))
                .OrderByDescending(o => o.Bytes).ThenBy(o => o.Name, StringComparer.Ordinal),
        ];

        static bool IsPart(string name) => name.StartsWith("task_index_", StringComparison.Ordinal) || name.StartsWith("step_index_", StringComparison.Ordinal);
    }

    /// <summary>The pages of each table and index. Null where the engine was built without telling: servers are.</summary>
    private static async Task<Dictionary<string, long>?> BytesAsync(IDatabase database, CancellationToken cancellationToken)
    {
        var bytes = new Dictionary<string, long>(StringComparer.Ordinal);
        try
        {
            await database.ReadAsync([new("SELECT name, sum(pgsize) FROM dbstat GROUP BY name", [], row => bytes[row.GetString(0)] = row.GetInt64(1))], cancellationToken).ConfigureAwait(false);
            return bytes;
        }
        catch (DatabaseException e) when (e.Message.Contains("dbstat", StringComparison.Ordinal))
        {
            return null;
        }
    }
}
