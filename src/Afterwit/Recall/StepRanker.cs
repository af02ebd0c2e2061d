namespace Afterwit;

/// <summary>Ranks single steps, such as the message in which something was said.</summary>
internal static class StepRanker
{
    // Steps are short: a word said twice says little more, and length nothing.
    private const double K1 = 0.4;

    /// <summary>What it counts that the one who speaks is named in the query.</summary>
    private const double SpeakerFactor = 3;

    /// <summary>A step that may answer, with the factor of each term.</summary>
    public sealed record Ranked(StepReference Reference, Candidate Candidate, double Score, double[] Factors);

    /// <summary>The most promising steps, from the index alone.</summary>
    public static List<Ranked> Preselect(CandidateSet set, int count)
    {
        var weights = set.Terms.Select(t => t.StepWeight).ToArray();
        var best = new PriorityQueue<Ranked, double>();
        foreach (var candidate in set.Candidates)
        {
            StepScorer.Spread(candidate.Steps, weights.Length, candidate.Head.Steps - 1, (ordinal, factors) =>
            {
                double score = 0;
                for (var i = 0; i < factors.Length; i++)
                    score += factors[i] * weights[i];
                if (best.Count == count && best.TryPeek(out _, out var worst) && score <= worst)
                    return;
                var ranked = new Ranked(new(candidate.Head.Id, ordinal), candidate, score, [.. factors]);
                if (best.Count == count)
                    best.DequeueEnqueue(ranked, score);
                else
                    best.Enqueue(ranked, score);
            });
        }

        return [.. best.UnorderedItems.Select(item => item.Element)];
    }

    /// <summary>Scores the steps by their full text and speaker, best first.</summary>
    public static List<RecallHit> Rank(CandidateSet set, List<Ranked> preselected, IReadOnlyDictionary<StepReference, Step> steps, int limit)
    {
        var all = Math.Max(1e-9, set.Terms.Sum(t => t.StepWeight));
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < set.Terms.Count; i++)
            places[set.Terms[i].Text] = i;
        var beginnings = TextAnalyzer.Beginnings(places.Keys);

        var hits = new List<RecallHit>();
        var said = new HashSet<(EpisodeId, string)>();
        foreach (var ranked in preselected)
        {
            if (!steps.TryGetValue(ranked.Reference, out var step) || step.FromMemory)
                continue;
            var (text, speaker) = Score(set, places, beginnings, ranked, step);
            ScoreTerm[] terms = [new("text", text / all, text / all), new("speaker", speaker / all, speaker / all)];
            var head = ranked.Candidate.Head;
            hits.Add(new(
                $"{head.Id}#{step.Ordinal}", RecallTypes.Step, TextRules.Excerpt(head.Task, 80), (text + speaker) / all, speaker > 0 ? terms : terms[..1],
                new(step.Ordinal, Recaller.Summarise(step), (text + speaker) / all), [], head.Status, head.SourceId));
        }

        hits.Sort(static (a, b) => b.Score != a.Score ? b.Score.CompareTo(a.Score) : string.CompareOrdinal(a.Id, b.Id));
        return [.. hits.Where(hit => said.Add((EpisodeId.Parse(hit.Id[..36]), hit.BestStep!.Summary))).Take(limit)];
    }

    private static (double Text, double Speaker) Score(CandidateSet set, Dictionary<string, int> places, string beginnings, Ranked ranked, Step step)
    {
        var counts = new int[set.Terms.Count];
        foreach (var part in (ReadOnlySpan<string?>)[step.Text, step.Tool, step.Arguments, step.Observation])
            Count(part, places, beginnings, counts);
        double text = 0, speaker = 0;
        for (var i = 0; i < counts.Length; i++)
            text += set.Terms[i].StepWeight * Math.Max(ranked.Factors[i], Bm25.Saturation(counts[i], K1));

        var named = new int[set.Terms.Count];
        Count(step.Speaker, places, beginnings, named);
        for (var i = 0; i < named.Length; i++)
        {
            // The speaker's name counts instead of a mention of it, not on top.
            if (named[i] > 0)
                speaker += set.Terms[i].StepWeight * (SpeakerFactor - Math.Max(ranked.Factors[i], Bm25.Saturation(counts[i], K1)));
        }

        return (text, speaker);
    }

    private static void Count(string? text, Dictionary<string, int> places, string beginnings, int[] counts)
    {
        if (text is null)
            return;
        foreach (var term in TextAnalyzer.Terms(text.AsSpan(0, Math.Min(text.Length, TextAnalyzer.IndexedLength)), beginnings))
        {
            if (places.TryGetValue(term, out var place))
                counts[place]++;
        }
    }
}
