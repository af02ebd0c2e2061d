namespace Afterwit.Storage;

/// <summary>The statements that keep receipts and feedback.</summary>
internal static class ReceiptCommands
{
    public static IReadOnlyList<Command> Save(Receipt receipt) =>
    [
        new("INSERT INTO receipts(id, at, query, tokens) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", Id(receipt.Id), receipt.At, receipt.Query, receipt.Tokens),
        new(
            "INSERT INTO receipt_items(receipt, rank, type, item, score, terms, episode) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            [.. receipt.Items.Select((item, rank) => new SqlValue[] { Id(receipt.Id), rank, (long)item.Type, item.Id, item.Score, StoreJson.Write(item.Terms, StoreJson.Default.IReadOnlyListScoreTerm), EpisodeOf(item) })]),
    ];

    public static IReadOnlyList<Query> Get(ReceiptId id, Action<Receipt> found, Action<ReceiptItem> foundItem) =>
    [
        new("SELECT at, query, tokens FROM receipts WHERE id = ?1", [Id(id)], row => found(new(id, EpisodeQueries.Time(row, 0)!.Value, row.GetString(1), (int)row.GetInt64(2), []))),
        new(
            "SELECT type, item, score, terms FROM receipt_items WHERE receipt = ?1 ORDER BY rank",
            [Id(id)],
            row => foundItem(new((RecallTypes)row.GetInt64(0), row.GetString(1), row.GetDouble(2), StoreJson.Read(row.GetString(3), StoreJson.Default.IReadOnlyListScoreTerm) ?? []))),
    ];

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
