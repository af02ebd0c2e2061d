namespace Afterwit.Storage;

/// <summary>
/// Finds candidates by document frequency: the rarest terms first, until a budget of rows is spent. A common term alone tells little and costs most, so it is
/// only looked up together with another. The cost of a query is bounded by the budget, not by the size of the memory.
/// </summary>
internal sealed class CandidateFinder(IDatabase database, NearestFinder nearest)
{
    /// <summary>So many of the episodes that mean most nearly the same are candidates, whatever their words.</summary>
    private const int Nearest = 50;

    /// <summary>Rows of the index that one query may read, of tasks and of steps each.</summary>
    private const int Budget = 6_000;

    /// <summary>So many of the terms that are too common to be read alone are read in pairs.</summary>
    private const int Paired = 3;

    private readonly TermFrequencies _frequencies = new(database);

    public async Task<CandidateSet> FindAsync(CandidateQuery query, CancellationToken cancellationToken)
    {
        var (totals, terms) = await _frequencies.WeighAsync(query.Terms, cancellationToken).ConfigureAwait(false);
        var mean = totals.Episodes == 0 ? 1 : Math.Max(1.0, (double)totals.TaskTerms / totals.Episodes);
        if (terms.Count == 0 && query.Tags.Count == 0 && query.Embedding is null)
            return new([], [], totals.Episodes, mean);

        var found = new FoundDocuments(terms, query.Tags.Count);
        var plan = new Plan(query, terms, found).Queries;
        var searching = plan.Count == 0 ? Task.CompletedTask : database.ReadAsync(plan, cancellationToken);
        var comparing = query.Embedding is { } embedding
            ? nearest.FindAsync(embedding, new(query.Scope, query.Domain, query.IncludeFailed, query.Since, query.Until), Nearest, cancellationToken)
            : Task.FromResult<List<NearCandidate>>([]);
        await Task.WhenAll(searching, comparing).ConfigureAwait(false);
        var near = (await comparing.ConfigureAwait(false)).ToDictionary(n => n.Key);

        var chosen = found.Choose(query.Episodes, query.BySteps);
        var candidates = new List<(long Key, Candidate Candidate)>(query.Episodes);
        List<Query> reads =
        [
            EpisodeQueries.SummariesByKey(chosen, (key, head, helped, hurt) =>
            {
                near.Remove(key);
                if (Admits(query, head))
                    candidates.Add((key, new(head, found.StepsOf(key), helped, hurt)));
            }),
        ];
        Dictionary<long, NearVector> cosines = [];
        var present = new HashSet<long>();
        if (query.Embedding is not null)
        {
            cosines = await nearest.CosinesAsync(query.Embedding, chosen, cancellationToken).ConfigureAwait(false);
            reads.Add(EmbeddingQueries.Present(cosines.Values.Select(c => c.Key), vector => present.Add(vector)));
        }

        await database.ReadAsync(reads, cancellationToken).ConfigureAwait(false);
        return new(
            [
                .. candidates.Select(c => cosines.TryGetValue(c.Key, out var cosine) && present.Contains(cosine.Key) ? c.Candidate with { Meaning = cosine.Cosine } : c.Candidate),
                .. near.Values.Select(n => new Candidate(n.Head, [], n.Helped, n.Hurt) { Meaning = n.Cosine }),
            ],
            [.. terms.Select(t => t.Term)], totals.Episodes, mean);
    }

    /// <summary>The index only approximates what is asked: a mark is a hash.</summary>
    private static bool Admits(CandidateQuery query, EpisodeSummary head) =>
        query.Scope.Includes(head.Scope) && (query.Domain ?? head.Context.Domain) == head.Context.Domain;

    /// <summary>The look-ups of one query: all go to the database together.</summary>
    private sealed class Plan
    {
        private readonly CandidateQuery _query;

        public Plan(CandidateQuery query, List<CountedTerm> terms, FoundDocuments found)
        {
            _query = query;
            if (!query.BySteps)
            {
                foreach (var tag in query.Tags)
                    LookUp("task_index", [SearchIndex.TagMark(tag)], Budget / 2, found.AddTag);
                Spend("task_index", terms, t => t.Frequency.Tasks, found.AddTask);
            }

            Spend("step_index", terms, t => t.Frequency.Steps, found.AddStep);
        }

        public List<Query> Queries { get; } = [];

        private void Spend(string index, List<CountedTerm> terms, Func<CountedTerm, double> frequency, Action<long, ulong> add)
        {
            // A term that did not occur on this side when it was counted is looked up all the same: a look-up that finds nothing costs nothing.
            var order = Enumerable.Range(0, terms.Count).OrderBy(i => frequency(terms[i])).ToList();
            double left = Budget;
            var alone = 0;
            for (; alone < order.Count && (alone == 0 || frequency(terms[order[alone]]) <= left); alone++)
            {
                var term = order[alone];
                LookUp(index, [terms[term].Term.Text], (int)left, document => add(document, 1UL << term));
                left -= frequency(terms[term]);
            }

            for (var a = alone; a < Math.Min(order.Count, alone + Paired); a++)
            {
                for (var b = a + 1; b < Math.Min(order.Count, alone + Paired); b++)
                {
                    var (first, second) = (order[a], order[b]);
                    LookUp(index, [terms[first].Term.Text, terms[second].Term.Text], Budget / (2 * Paired), document => add(document, (1UL << first) | (1UL << second)));
                }
            }
        }

        /// <summary>The newest documents that hold all of the terms, on the side of what succeeded and, where it is asked for, on the other.</summary>
        private void LookUp(string index, string[] all, int limit, Action<long> add)
        {
            var match = SearchIndex.Match(all, _query.Scope, _query.Domain);
            Side(">= 0", "DESC", _query.IncludeFailed ? (limit + 1) / 2 : limit);
            if (_query.IncludeFailed)
                Side("< 0", "ASC", (limit + 1) / 2);

            void Side(string side, string newestFirst, int rows)
            {
                if (_query.Since is null && _query.Until is null)
                {
                    Queries.Add(new($"SELECT rowid FROM {index} WHERE {index} MATCH ?1 AND rowid {side} ORDER BY rowid {newestFirst} LIMIT ?2", [match, rows], row => add(row.GetInt64(0))));
                    return;
                }

                var key = index == "task_index" ? "i.rowid" : "i.rowid >> 20"; // of a complement, the shift is the complement of the shift
                Queries.Add(new(
                    $"""
                    SELECT i.rowid FROM {index} i JOIN episodes e ON e.key = CASE WHEN i.rowid >= 0 THEN {key} ELSE ~({key}) END
                    WHERE {index} MATCH ?1 AND i.rowid {side} AND e.started_at >= ?3 AND e.started_at < ?4 ORDER BY i.rowid {newestFirst} LIMIT ?2
                    """,
                    [match, rows, _query.Since ?? DateTimeOffset.MinValue, _query.Until ?? DateTimeOffset.MaxValue],
                    row => add(row.GetInt64(0))));
            }
        }
    }
}
