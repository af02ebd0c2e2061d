using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Afterwit.Storage;

/// <summary>
/// Finds candidates by document frequency: the rarest terms first, until a budget of rows is spent. A common term alone tells little and costs most, so it is
/// only looked up together with another. The cost of a query is bounded by the budget, not by the size of the memory.
/// </summary>
internal sealed class CandidateFinder(IDatabase database)
{
    /// <summary>Rows of the index that one query may read, of tasks and of steps each.</summary>
    private const int Budget = 6_000;

    /// <summary>A frequency is counted up to here and estimated beyond.</summary>
    private const int CountLimit = 4_000;

    private const int MaxTerms = 64;
    private const int CachedFrequencies = 20_000;

    private const string TotalsSql = "SELECT episodes, steps, task_terms FROM totals";

    private const string FrequencySql = """
        SELECT j.value,
            (SELECT count(*) || ' ' || coalesce(min(r), 0) FROM (SELECT rowid r FROM task_index WHERE task_index MATCH '"' || j.value || '"' ORDER BY rowid DESC LIMIT ?2)),
            (SELECT count(*) || ' ' || coalesce(min(r), 0) FROM (SELECT rowid r FROM step_index WHERE step_index MATCH '"' || j.value || '"' ORDER BY rowid DESC LIMIT ?2)),
            (SELECT max(key) FROM episodes)
        FROM json_each(?1) j
        """;

    private const string TaskSql = "SELECT rowid FROM task_index WHERE task_index MATCH ?1 ORDER BY rowid DESC LIMIT ?2";
    private const string StepSql = "SELECT rowid FROM step_index WHERE step_index MATCH ?1 ORDER BY rowid DESC LIMIT ?2";
    private const string TaskInTimeSql = "SELECT t.rowid FROM task_index t JOIN episodes e ON e.key = t.rowid WHERE task_index MATCH ?1 AND e.started_at >= ?3 AND e.started_at < ?4 ORDER BY t.rowid DESC LIMIT ?2";
    private const string StepInTimeSql = "SELECT t.rowid FROM step_index t JOIN episodes e ON e.key = t.rowid >> 20 WHERE step_index MATCH ?1 AND e.started_at >= ?3 AND e.started_at < ?4 ORDER BY t.rowid DESC LIMIT ?2";

    private readonly ConcurrentDictionary<string, Frequency> _frequencies = new(StringComparer.Ordinal);

    public async Task<CandidateSet> FindAsync(CandidateQuery query, CancellationToken cancellationToken)
    {
        var totals = default(Totals);
        await database.ReadAsync([new(TotalsSql, [], row => totals = new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)))], cancellationToken).ConfigureAwait(false);
        var mean = totals.Episodes == 0 ? 1 : Math.Max(1.0, (double)totals.TaskTerms / totals.Episodes);
        var terms = await WeighAsync(query.Terms, totals, cancellationToken).ConfigureAwait(false);
        if (terms.Count == 0 && query.Tags.Count == 0)
            return new([], [], totals.Episodes, mean);

        var found = new Found(terms, query.Tags.Count);
        await database.ReadAsync(Plan(query, terms, found), cancellationToken).ConfigureAwait(false);
        var chosen = query.BySteps ? found.ChooseBySteps(query.Episodes) : found.Choose(query.Episodes);
        var candidates = new List<Candidate>(chosen.Count);
        await database.ReadAsync(
            [
                EpisodeQueries.SummariesByKey(chosen, (key, head, helped, hurt) =>
                {
                    if (Admits(query, head))
                        candidates.Add(new(head, found.StepsOf(key), helped, hurt));
                }),
            ],
            cancellationToken).ConfigureAwait(false);
        return new(candidates, [.. terms.Select(t => t.Term)], totals.Episodes, mean);
    }

    /// <summary>What the index only approximates: a mark is a hash, and an episode that partly succeeded has none.</summary>
    private static bool Admits(CandidateQuery query, EpisodeSummary head) =>
        (query.Scope.Project ?? head.Scope.Project) == head.Scope.Project && (query.Scope.Agent ?? head.Scope.Agent) == head.Scope.Agent
        && (query.Scope.User ?? head.Scope.User) == head.Scope.User && (query.Scope.Run ?? head.Scope.Run) == head.Scope.Run
        && (query.Domain ?? head.Context.Domain) == head.Context.Domain
        && (query.Since ?? head.StartedAt) <= head.StartedAt && (query.Until is null || head.StartedAt < query.Until);

    private static List<Query> Plan(CandidateQuery query, List<CountedTerm> terms, Found found)
    {
        var queries = new List<Query>();
        var inTime = query.Since is not null || query.Until is not null;
        if (!query.BySteps)
        {
            for (var tag = 0; tag < query.Tags.Count; tag++)
                Add(TaskSql, TaskInTimeSql, [SearchIndex.TagMark(query.Tags[tag])], Budget / 2, key => found.Tag(key));
            Spend(t => t.Frequency.Tasks, TaskSql, TaskInTimeSql, found.Task);
        }

        Spend(t => t.Frequency.Steps, StepSql, StepInTimeSql, found.Step);
        return queries;

        void Spend(Func<CountedTerm, double> frequency, string sql, string inTimeSql, Action<long, ulong> onRow)
        {
            double left = Budget;
            var order = Enumerable.Range(0, terms.Count).Where(i => frequency(terms[i]) > 0).OrderBy(i => frequency(terms[i])).ToList();
            var rarest = 0;
            for (; rarest < order.Count && left > 0; rarest++)
            {
                var i = order[rarest];
                if (rarest > 0 && frequency(terms[i]) > left)
                    break;
                Add(sql, inTimeSql, [terms[i].Term.Text], (int)left, key => onRow(key, 1UL << i));
                left -= frequency(terms[i]);
            }

            // Too common to be read alone: in pairs among themselves, where the rarest of them leads.
            for (var a = rarest; a < Math.Min(order.Count, rarest + 3); a++)
            {
                for (var b = a + 1; b < Math.Min(order.Count, rarest + 3); b++)
                {
                    var (i, j) = (order[a], order[b]);
                    Add(sql, inTimeSql, [terms[i].Term.Text, terms[j].Term.Text], Budget / 6, key => onRow(key, (1UL << i) | (1UL << j)));
                }
            }
        }

        void Add(string sql, string inTimeSql, string[] all, int limit, Action<long> onRow)
        {
            var match = SearchIndex.Match(all, query.Scope, query.Domain, query.IncludeFailed);
            queries.Add(inTime
                ? new(inTimeSql, [match, limit, query.Since ?? DateTimeOffset.MinValue, query.Until ?? DateTimeOffset.MaxValue], row => onRow(row.GetInt64(0)))
                : new(sql, [match, limit], row => onRow(row.GetInt64(0))));
        }
    }

    /// <summary>The terms that occur, with their weights, the rarest first.</summary>
    private async Task<List<CountedTerm>> WeighAsync(IReadOnlyList<string> terms, Totals totals, CancellationToken cancellationToken)
    {
        var unknown = terms.Where(t => !_frequencies.TryGetValue(t, out var known) || known.IsStale(totals)).ToList();
        if (unknown.Count > 0)
        {
            if (_frequencies.Count > CachedFrequencies)
                _frequencies.Clear();
            await database.ReadAsync(
                [
                    new(FrequencySql, [System.Text.Json.JsonSerializer.Serialize(unknown, StoreJson.Default.IReadOnlyListString), CountLimit], row =>
                    {
                        var last = row.IsNull(3) ? 0 : row.GetInt64(3);
                        _frequencies[row.GetString(0)] = new(Estimate(row.GetString(1), last, totals.Episodes), Estimate(row.GetString(2), last << 20, totals.Steps), totals.Episodes);
                    }),
                ],
                cancellationToken).ConfigureAwait(false);
        }

        return
        [
            .. terms.Select(text => (Text: text, Frequency: _frequencies[text]))
                .Where(t => t.Frequency.Tasks + t.Frequency.Steps > 0)
                .OrderBy(t => t.Frequency.Tasks + t.Frequency.Steps)
                .Take(MaxTerms)
                .Select(t => new CountedTerm(new(t.Text, Bm25.Idf(totals.Episodes, t.Frequency.Tasks), Bm25.Idf(totals.Steps, t.Frequency.Steps)), t.Frequency)),
        ];
    }

    /// <summary>A count that stopped at its limit covers the newest keys down to the smallest it saw: the rest is taken to be as dense.</summary>
    private static double Estimate(string countAndSmallest, long largestKey, long documents)
    {
        var space = countAndSmallest.IndexOf(' ', StringComparison.Ordinal);
        var count = long.Parse(countAndSmallest.AsSpan(0, space), CultureInfo.InvariantCulture);
        var smallest = long.Parse(countAndSmallest.AsSpan(space + 1), CultureInfo.InvariantCulture);
        return count < CountLimit ? count : Math.Min(documents, count * (largestKey / Math.Max(1.0, largestKey - smallest)));
    }

    private readonly record struct Totals(long Episodes, long Steps, long TaskTerms);

    /// <summary>A term with how common it is.</summary>
    private readonly record struct CountedTerm(WeightedTerm Term, Frequency Frequency);

    /// <summary>How many tasks and steps hold a term, and how large the memory was when that was counted.</summary>
    private readonly record struct Frequency(double Tasks, double Steps, long AtEpisodes)
    {
        /// <summary>Weights are logarithms: a tenth more or less changes no ranking worth a count.</summary>
        public bool IsStale(Totals totals) => Math.Abs(totals.Episodes - AtEpisodes) > Math.Max(8, AtEpisodes / 10);
    }

    /// <summary>What the rows of the index add up to.</summary>
    private sealed class Found(List<CountedTerm> terms, int tags)
    {
        private readonly Dictionary<long, (ulong Terms, int Tags)> _tasks = [];
        private readonly Dictionary<long, ulong> _steps = [];
        private readonly double[] _stepWeights = [.. terms.Select(t => t.Term.StepWeight)];
        private readonly double[] _taskWeights = [.. terms.Select(t => t.Term.TaskWeight)];
        private readonly Dictionary<long, List<StepMatch>> _stepsOf = [];

        public void Task(long key, ulong term) => CollectionsMarshal.GetValueRefOrAddDefault(_tasks, key, out _).Terms |= term;

        public void Tag(long key) => CollectionsMarshal.GetValueRefOrAddDefault(_tasks, key, out _).Tags++;

        public void Step(long key, ulong term) => CollectionsMarshal.GetValueRefOrAddDefault(_steps, key, out _) |= term;

        public List<StepMatch> StepsOf(long key) => _stepsOf.TryGetValue(key, out var steps) ? steps : [];

        /// <summary>The episodes that promise most, by the same weights as the score but without the length of texts.</summary>
        public List<long> Choose(int count)
        {
            var all = Math.Max(1e-9, _taskWeights.Sum());
            var allSteps = Math.Max(1e-9, _stepWeights.Sum());
            var scores = new Dictionary<long, double>();
            foreach (var (key, (held, tagged)) in _tasks)
                scores[key] = (StepScorer.Own(held, _taskWeights) / all) + (tags == 0 ? 0 : RecallScorer.ContextWeight * tagged / tags);
            var best = new Dictionary<long, double>();
            foreach (var (key, held) in _steps)
            {
                ref var score = ref CollectionsMarshal.GetValueRefOrAddDefault(best, StepKey.Episode(key), out _);
                score = Math.Max(score, StepScorer.Own(held, _stepWeights));
            }

            foreach (var (key, score) in best)
                CollectionsMarshal.GetValueRefOrAddDefault(scores, key, out _) += RecallScorer.StepWeight * score / allSteps;
            return Keep(scores, count);
        }

        /// <summary>The episodes with the best steps.</summary>
        public List<long> ChooseBySteps(int count)
        {
            var best = new Dictionary<long, double>();
            foreach (var (key, held) in _steps)
            {
                ref var score = ref CollectionsMarshal.GetValueRefOrAddDefault(best, StepKey.Episode(key), out _);
                score = Math.Max(score, StepScorer.Own(held, _stepWeights));
            }

            return Keep(best, count);
        }

        private List<long> Keep(Dictionary<long, double> scores, int count)
        {
            var chosen = scores.OrderByDescending(pair => pair.Value).ThenByDescending(pair => pair.Key).Take(count).Select(pair => pair.Key).ToList();
            foreach (var key in chosen)
                _stepsOf[key] = [];
            foreach (var (key, held) in _steps)
            {
                if (_stepsOf.TryGetValue(StepKey.Episode(key), out var steps))
                    steps.Add(new(StepKey.Ordinal(key), held));
            }

            foreach (var steps in _stepsOf.Values)
                steps.Sort(static (a, b) => a.Ordinal.CompareTo(b.Ordinal));
            return chosen;
        }
    }
}
