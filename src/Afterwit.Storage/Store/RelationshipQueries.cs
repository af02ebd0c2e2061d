using System.Collections.ObjectModel;
using System.Text.Json;

namespace Afterwit.Storage;

/// <summary>The statements that read the edges of episodes, for as many episodes as are asked for at once.</summary>
internal static class RelationshipQueries
{
    /// <summary>In SQL: what <see cref="Read"/> reads of the edge r from the episode f to the episode t.</summary>
    public const string Columns = "f.id, r.kind, t.id, r.note, r.priority, r.weight, r.metadata";

    /// <summary>How many columns of a summary stand before those of its edge.</summary>
    public const int AfterSummary = 16;

    /// <summary>In SQL: the edges r of the <see cref="EpisodeQueries.Listed"/> episodes e, both ways.</summary>
    private const string Edges = $"{EpisodeQueries.Listed} CROSS JOIN relationships r ON r.source = e.key OR r.target = e.key";

    /// <summary>In SQL: the ends of the edge r.</summary>
    private const string Ends = "CROSS JOIN episodes f ON f.key = r.source CROSS JOIN episodes t ON t.key = r.target";

    /// <summary>The edges of each of the episodes, both ways.</summary>
    public static Query Of(IEnumerable<EpisodeId> episodes, Action<EpisodeId, Relationship> found) => new(
        $"SELECT {Columns}, e.id FROM {Edges} {Ends} ORDER BY r.priority DESC, r.weight DESC, r.at DESC, f.id, r.kind, t.id",
        EpisodeQueries.Listing(episodes),
        row => found(EpisodeQueries.Id(row, 7), Read(row, 0)));

    /// <summary>The few best neighbours of each of the episodes. Of equal priority and weight, the kinds that only say that two have to do with each other come last.</summary>
    public static Query Neighbours(IEnumerable<EpisodeId> episodes, int each, Action<EpisodeId, RelatedEpisode> found) => new(
        $"""
        SELECT {EpisodeQueries.SummaryColumns}, {Columns}, r.asked FROM (
            SELECT e.id AS asked, r.*, r.source + r.target - e.key AS other, row_number() OVER (
                PARTITION BY e.key ORDER BY r.priority DESC, r.weight DESC, r.kind IN ({(int)RelationshipKind.Related}, {(int)RelationshipKind.References}), r.at DESC, r.kind, r.source, r.target) AS place
            FROM {Edges} WHERE r.source <> r.target) r
        CROSS JOIN episodes e ON e.key = r.other {Ends} WHERE r.place <= ?3 ORDER BY r.asked, r.place
        """,
        [.. EpisodeQueries.Listing(episodes), each],
        row =>
        {
            var via = Read(row, AfterSummary);
            found(EpisodeQueries.Id(row, AfterSummary + 7), new(EpisodeQueries.ReadSummary(row), 1, via.Weight, via));
        });

    /// <summary>An edge, from a column on.</summary>
    public static Relationship Read(IRow row, int first) => new(
        EpisodeQueries.Id(row, first), (RelationshipKind)row.GetInt64(first + 1), EpisodeQueries.Id(row, first + 2), EpisodeQueries.Text(row, first + 3))
    {
        Priority = (int)row.GetInt64(first + 4),
        Weight = row.GetDouble(first + 5),
        Metadata = EpisodeQueries.Text(row, first + 6) is { } json ? JsonSerializer.Deserialize(json, StoreJson.Default.IReadOnlyDictionaryStringString)! : ReadOnlyDictionary<string, string>.Empty,
    };
}
