using System.Collections.Concurrent;
using System.Globalization;

namespace Afterwit.Storage;

/// <summary>How much the memory holds: what weights are computed from.</summary>
internal readonly record struct Totals(long Episodes, long Steps, long TaskTerms);

/// <summary>How many tasks and steps hold a term, and how large the memory was when that was counted.</summary>
internal readonly record struct Frequency(double Tasks, double Steps, long AtEpisodes)
{
    /// <summary>Weights are logarithms: a tenth more or less changes no ranking that is worth a count.</summary>
    public bool IsStale(Totals totals) => Math.Abs(totals.Episodes - AtEpisodes) > Math.Max(8, AtEpisodes / 10);
}

/// <summary>A term of a query with its weights and how common it is.</summary>
internal readonly record struct CountedTerm(WeightedTerm Term, Frequency Frequency);

/// <summary>
/// Counts the documents of terms, and remembers the counts while the memory is about the same size. A common term is counted up to a limit and estimated
/// from how far back the counted documents reach: the cost is bounded, and the weight is right where it matters, for rare terms.
/// </summary>
internal sealed class TermFrequencies(IDatabase database)
{
    /// <summary>On each side of each index.</summary>
    private const int CountLimit = 2_000;

    private const int MaxTerms = 64;
    private const int Remembered = 20_000;

    private const string TotalsSql = "SELECT episodes, steps, task_terms FROM totals";

    private static readonly string CountSql = $"""
        SELECT j.value, {Count("task_index", ">= 0", "min", "DESC")}, {Count("task_index", "< 0", "max", "ASC")}, {Count("step_index", ">= 0", "min", "DESC")}, {Count("step_index", "< 0", "max", "ASC")},
            (SELECT max(key) FROM episodes)
        FROM json_each(?1) j
        """;

    private readonly ConcurrentDictionary<string, Frequency> _known = new(StringComparer.Ordinal);

    /// <summary>What weights are computed from, and those of the terms that occur, at most 64, the rarest first.</summary>
    public async Task<(Totals Totals, List<CountedTerm> Terms)> WeighAsync(IReadOnlyList<string> terms, CancellationToken cancellationToken)
    {
        var totals = default(Totals);
        var frequencies = new Dictionary<string, Frequency>(terms.Count, StringComparer.Ordinal);
        foreach (var term in terms)
        {
            if (_known.TryGetValue(term, out var known))
                frequencies[term] = known;
        }

        // What is not known is counted along with the totals, which then tell what is stale: that the memory grew a lot costs a second read, and seldom.
        await CountAsync([.. terms.Where(t => !frequencies.ContainsKey(t))]).ConfigureAwait(false);
        List<string> stale = [.. frequencies.Where(f => f.Value.IsStale(totals)).Select(f => f.Key)];
        if (stale.Count > 0)
            await CountAsync(stale).ConfigureAwait(false);
        return (totals,
        [
            .. frequencies.Where(f => f.Value.Tasks + f.Value.Steps > 0)
                .OrderBy(f => f.Value.Tasks + f.Value.Steps).ThenBy(f => f.Key, StringComparer.Ordinal)
                .Take(MaxTerms)
                .Select(f => new CountedTerm(new(f.Key, Bm25.Idf(totals.Episodes, f.Value.Tasks), Bm25.Idf(totals.Steps, f.Value.Steps)), f.Value)),
        ]);

        async Task CountAsync(List<string> unknown)
        {
            List<Query> queries = [new(TotalsSql, [], row => totals = new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)))];
            if (unknown.Count > 0)
                queries.Add(new(CountSql, [StoreJson.Write(unknown, StoreJson.Default.IReadOnlyListString), CountLimit], row => frequencies[row.GetString(0)] = Read(row, totals)));
            await database.ReadAsync(queries, cancellationToken).ConfigureAwait(false);
            if (_known.Count > Remembered)
                _known.Clear();
            foreach (var term in unknown)
            {
                // That a term does not occur is not remembered: the next episode may bring it, and has to be found by it.
                if (frequencies[term] is { Tasks: > 0 } or { Steps: > 0 })
                    _known[term] = frequencies[term];
            }
        }
    }

    private static string Count(string index, string side, string furthest, string newestFirst) =>
        $"""(SELECT count(*) || ' ' || coalesce({furthest}(r), 0) FROM (SELECT rowid r FROM {index} WHERE {index} MATCH '"' || j.value || '"' AND rowid {side} ORDER BY rowid {newestFirst} LIMIT ?2))""";

    private static Frequency Read(IRow row, Totals totals)
    {
        var last = row.IsNull(5) ? 0 : row.GetInt64(5) + 1;
        return new(
            Math.Min(totals.Episodes, Estimate(row.GetString(1), last) + Estimate(row.GetString(2), last)),
            Math.Min(totals.Steps, Estimate(row.GetString(3), last << 20) + Estimate(row.GetString(4), last << 20)),
            totals.Episodes);
    }

    /// <summary>A count that stopped at its limit covers the newest keys back to the furthest it saw: what lies behind is taken to be as dense.</summary>
    private static double Estimate(string countAndFurthest, long newest)
    {
        var space = countAndFurthest.IndexOf(' ', StringComparison.Ordinal);
        var count = long.Parse(countAndFurthest.AsSpan(0, space), CultureInfo.InvariantCulture);
        var furthest = SearchIndex.KeyOf(long.Parse(countAndFurthest.AsSpan(space + 1), CultureInfo.InvariantCulture));
        return count < CountLimit ? count : count * (newest / Math.Max(1.0, newest - furthest));
    }
}
