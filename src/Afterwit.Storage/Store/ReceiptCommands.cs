namespace Afterwit.Storage;

/// <summary>The statements that keep receipts and feedback, and that read them.</summary>
internal static class ReceiptCommands
{
    /// <summary>So many items of each receipt are listed: a recall of a thousand hits shows in its first ones what it was.</summary>
    private const int ListedItems = 100;

    private const int TitleCharacters = 200;

    private const string Columns = "r.id, r.at, r.query, r.tokens, r.episode, r.success";

    private const string ItemColumns = "i.receipt, i.type, i.item, i.score, i.terms, i.used";

    private const string Newest = "FROM receipts r WHERE r.episode = ?1 ORDER BY r.at DESC, r.id DESC LIMIT ?2";

    /// <summary>In SQL: the verdict in a column, of the episode whose id is ?1, if something was recalled for it until its end; else NULL.</summary>
    /// <param name="ended">The parameter of its end.</param>
    /// <param name="fromMemory">The parameter that says whether one of its steps came from memory.</param>
    /// <param name="verdict">The parameter of the verdict.</param>
    public static string SuccessWithRecall(string ended, string fromMemory, string verdict) =>
        $"""
        CASE WHEN {fromMemory} OR EXISTS (
            SELECT 1 FROM receipts r WHERE r.episode = ?1 AND r.at <= coalesce({ended}, r.at) AND EXISTS (SELECT 1 FROM receipt_items i WHERE i.receipt = r.id)) THEN {verdict} END
        """;

    public static IReadOnlyList<Command> Save(Receipt receipt) =>
    [
        new(
            "INSERT INTO receipts(id, at, query, tokens, episode) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            Id(receipt.Id), receipt.At, receipt.Query, receipt.Tokens, receipt.Episode is { } episode ? episode.Value : default(SqlValue)),
        new(
            "INSERT INTO receipt_items(receipt, rank, type, item, score, terms, episode) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            [.. receipt.Items.Select((item, rank) => new SqlValue[] { Id(receipt.Id), rank, (long)item.Type, item.Id, item.Score, StoreJson.Write(item.Terms, StoreJson.Default.IReadOnlyListScoreTerm), EpisodeOf(item) })]),
    ];

    public static IReadOnlyList<Query> Get(ReceiptId id, StoredReceipts found) =>
    [
        new($"SELECT {Columns} FROM receipts r WHERE r.id = ?1", [Id(id)], found.Add),
        new($"SELECT {ItemColumns} FROM receipt_items i WHERE i.receipt = ?1 ORDER BY i.rank", [Id(id)], row => found.AddItem(row, title: null)),
    ];

    /// <summary>The newest receipts of an episode, the newest first. CROSS JOIN keeps the order of the loops, and the inner one follows the ranks.</summary>
    public static IReadOnlyList<Query> Of(EpisodeId episode, int limit, StoredReceipts found) =>
    [
        new($"SELECT {Columns} {Newest}", [episode.Value, limit], found.Add),
        new(
            $"""
            SELECT {ItemColumns}, substr(e.task, 1, {TitleCharacters}) FROM (SELECT r.id {Newest}) j CROSS JOIN receipt_items i ON i.receipt = j.id AND (i.rank < {ListedItems} OR i.used)
                LEFT JOIN episodes e ON e.id = i.episode
            """,
            [episode.Value, limit], row => found.AddItem(row, EpisodeQueries.Text(row, 6))),
    ];

    /// <summary>The runs that something was recalled for, of one domain or of each.</summary>
    public static Query CountRecalled(string? domain, Action<RecalledRuns> found) => new(
        $"SELECT domain, count(*), sum(success_with_recall) FROM episodes WHERE success_with_recall IS NOT NULL{(domain is null ? "" : " AND domain = ?1")} GROUP BY domain",
        domain is null ? [] : [domain],
        row => found(new(EpisodeQueries.Text(row, 0), (int)row.GetInt64(1), (int)row.GetInt64(2))));

    /// <summary>Takes back what earlier feedback on the receipt counted, then counts what this one says.</summary>
    public static IEnumerable<Command> Feedback(Feedback feedback, DateTimeOffset at)
    {
        var id = Id(feedback.Receipt);
        yield return Count(id, "-");
        yield return new("UPDATE receipt_items SET used = 0 WHERE receipt = ?1", id);
        yield return new("UPDATE receipts SET success = ?2, feedback_at = ?3 WHERE id = ?1", id, feedback.Success, at) { EachChangesOne = true };
        yield return new("UPDATE receipt_items SET used = 1 WHERE receipt = ?1 AND item = ?2", [.. feedback.Used.Select(item => new SqlValue[] { id, item })]);
        yield return Count(id, "+");
    }

    private static Command Count(SqlValue receipt, string sign) => new(
        $"""
        UPDATE episodes SET
            helped = max(0, helped {sign} (SELECT count(*) FROM receipts r WHERE r.id = ?1 AND r.success = 1)),
            hurt = max(0, hurt {sign} (SELECT count(*) FROM receipts r WHERE r.id = ?1 AND r.success = 0))
        WHERE key IN (
            SELECT e.key FROM receipt_items i JOIN episodes e ON e.id = i.episode
            WHERE i.receipt = ?1 AND i.used = 1)
        """, receipt);

    /// <summary>The episode that an item is, or is a step of.</summary>
    private static SqlValue EpisodeOf(ReceiptItem item) =>
        item.Type is RecallTypes.Episode or RecallTypes.Step && EpisodeId.TryParse(item.Id.Split('#')[0], out var id) ? id.Value : default(SqlValue);

    private static SqlValue Id(ReceiptId id) => id.Value.ToByteArray(bigEndian: true);
}
