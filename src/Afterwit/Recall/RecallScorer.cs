namespace Afterwit;

/// <summary>An episode with its score.</summary>
/// <param name="Candidate">The episode.</param>
/// <param name="Score">The sum of the contributions.</param>
/// <param name="Terms">Every part of the score.</param>
/// <param name="BestOrdinal">The step that fits best; -1 when none fits.</param>
/// <param name="BestScore">How well it fits, 0 to 1.</param>
/// <param name="TaskTerms">What the task is about.</param>
internal sealed record ScoredEpisode(Candidate Candidate, double Score, IReadOnlyList<ScoreTerm> Terms, int BestOrdinal, double BestScore, IReadOnlySet<string> TaskTerms);

/// <summary>
/// Scores episodes for a task. Every part is on a scale of about 0 to 1, the same for all queries, so that scores can be compared and a weight says what it is worth.
/// </summary>
public static class RecallScorer
{
    /// <summary>What the best step adds to the text of the task.</summary>
    public const double StepWeight = 0.25;

    /// <summary>What shared tags add.</summary>
    public const double ContextWeight = 0.5;

    private const double DomainWeight = 0.5;
    private const double MeaningWeight = 0.5;
    private const double FieldWeight = 0.1;
    private const double OutcomeWeight = 1.0;
    private const double RecencyWeight = 0.1;
    private const double FeedbackWeight = 0.3;

    // BM25 for tasks: sentences, where repeats and length say something.
    private const double K1 = 1.2;
    private const double B = 0.75;

    /// <summary>What scores less than this share of the best is no answer: it would only cost tokens.</summary>
    private const double LeastShare = 0.2;

    private static readonly TimeSpan HalfLife = TimeSpan.FromDays(30);

    /// <summary>Scores the candidates, best first.</summary>
    internal static List<ScoredEpisode> Score(CandidateSet set, EpisodeContext query, DateTimeOffset now)
    {
        var taskWeight = Math.Max(1e-9, set.Terms.Sum(t => t.TaskWeight));
        var stepWeights = set.Terms.Select(t => t.StepWeight).ToArray();
        var stepWeight = Math.Max(1e-9, stepWeights.Sum());
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < set.Terms.Count; i++)
            places[set.Terms[i].Text] = i;

        var scored = new List<ScoredEpisode>(set.Candidates.Count);
        var counts = new int[set.Terms.Count];
        foreach (var candidate in set.Candidates)
        {
            var head = candidate.Head;
            var text = OfTask(head.Task, set, places, counts, out var taskTerms) / taskWeight;
            var (bestOrdinal, best) = Best(candidate.Steps, stepWeights);
            best /= stepWeight;
            List<ScoreTerm> terms = [new("text", text, text), new("step", best, StepWeight * best)];
            var context = OfContext(head.Context, query);
            Add(terms, "context", context, context);
            Add(terms, "meaning", candidate.Meaning, MeaningWeight * Math.Max(0, candidate.Meaning));
            // What follows says how much a fitting episode is worth, so it counts in proportion to the fit: no success, however recent, is a hit for its own sake.
            var fit = terms.Sum(t => t.Contribution);
            Add(terms, "outcome", OfOutcome(head.Status), fit * OutcomeWeight * OfOutcome(head.Status));
            var recency = Math.Pow(0.5, Math.Max(0, (now - head.StartedAt) / HalfLife));
            Add(terms, "recency", recency, fit * RecencyWeight * recency);
            Add(terms, "feedback", OfFeedback(candidate), fit * FeedbackWeight * OfFeedback(candidate));
            scored.Add(new(candidate, terms.Sum(t => t.Contribution), terms, bestOrdinal, best, taskTerms));
        }

        scored.Sort(static (a, b) => b.Score != a.Score ? b.Score.CompareTo(a.Score) : a.Candidate.Head.Id.Value.CompareTo(b.Candidate.Head.Id.Value));
        return scored.Count == 0 ? scored : scored.FindAll(s => s.Score >= LeastShare * scored[0].Score);
    }

    /// <summary>How well a task fits the terms: BM25.</summary>
    private static double OfTask(string task, CandidateSet set, Dictionary<string, int> places, int[] counts, out HashSet<string> taskTerms)
    {
        Array.Clear(counts);
        var terms = TextAnalyzer.Terms(task.AsSpan(0, Math.Min(task.Length, TextAnalyzer.IndexedLength)));
        foreach (var term in terms)
        {
            if (places.TryGetValue(term, out var place))
                counts[place]++;
        }

        taskTerms = [.. terms];
        double score = 0;
        for (var i = 0; i < counts.Length; i++)
            score += set.Terms[i].TaskWeight * Bm25.Saturation(counts[i], K1, B, terms.Count / set.MeanTaskLength);
        return score;
    }

    private static (int Ordinal, double Score) Best(IReadOnlyList<StepMatch> steps, double[] weights)
    {
        var (ordinal, best) = (-1, 0.0);
        foreach (var step in steps)
        {
            var score = StepScorer.Own(step.Terms, weights);
            if (score >= best) // of equals the later one: it is more likely the one that worked
                (ordinal, best) = (step.Ordinal, score);
        }

        return (ordinal, best);
    }

    private static double OfContext(EpisodeContext episode, EpisodeContext query)
    {
        double score = 0;
        if (query.Domain is not null && query.Domain == episode.Domain)
            score += DomainWeight;
        if (query.Tags.Count > 0)
            score += ContextWeight * query.Tags.Count(tag => episode.Tags.Contains(tag, StringComparer.Ordinal)) / query.Tags.Count;
        if (query.Language is not null && query.Language == episode.Language)
            score += FieldWeight;
        if (query.Framework is not null && query.Framework == episode.Framework)
            score += FieldWeight;
        return score;
    }

    private static double OfOutcome(EpisodeStatus status) => status switch
    {
        EpisodeStatus.Succeeded => 1,
        EpisodeStatus.Partial => 0.5,
        _ => 0,
    };

    /// <summary>-1 to 1, and near 0 as long as there is little feedback.</summary>
    private static double OfFeedback(Candidate candidate) => (double)(candidate.Helped - candidate.Hurt) / (candidate.Helped + candidate.Hurt + 2);

    private static void Add(List<ScoreTerm> terms, string name, double value, double contribution)
    {
        if (value != 0)
            terms.Add(new(name, value, contribution));
    }
}
