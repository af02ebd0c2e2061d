namespace Afterwit.Storage;

/// <summary>The statement that counts what the memory holds. The steps of finished episodes are counted as they come: their table is the largest by far.</summary>
internal static class StatisticsQuery
{
    private const string Sql = $"""
        SELECT (SELECT count(*) FROM episodes), (SELECT count(*) FROM episodes WHERE status = 0),
            (SELECT steps FROM totals) + (SELECT coalesce(sum({EpisodeQueries.StepCount}), 0) FROM episodes e WHERE e.status = 0),
            (SELECT count(*) FROM patterns), (SELECT count(*) FROM patterns WHERE retired = 0 AND successes + failures >= ?1),
            (SELECT count(*) FROM receipts), (SELECT count(*) FROM receipts WHERE feedback_at IS NOT NULL), (SELECT count(*) FROM relationships),
            (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)
        """;

    public static Query Of(Action<StoreStatistics> found) => new(Sql, [Pattern.ActiveSupport], row => found(new(
        row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8))));
}
