namespace Afterwit;

/// <summary>Ranks single steps, such as the message in which something was said.</summary>
internal static class StepRanker
{
    // Steps are short: a word said twice says little more, and length nothing.
    private const double K1 = 0.4;

    /// <summary>What it counts that two words of the query stand in their order and as near as there, in parts of what they weigh (a dependence of terms, after Metzler and Croft, SIGIR 2005).</summary>
    private const double NeighbourFactor = 0.1;

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
    public static List<RecallHit> Rank(string query, CandidateSet set, List<Ranked> preselected, IReadOnlyDictionary<StepReference, Step> steps, int limit)
    {
        var all = Math.Max(1e-9, set.Terms.Sum(t => t.StepWeight));
        var asked = new Asked(query, set.Terms);
        var hits = new List<RecallHit>();
        var said = new HashSet<(EpisodeId, string)>();
        foreach (var ranked in preselected)
        {
            if (!steps.TryGetValue(ranked.Reference, out var step) || step.FromMemory)
                continue;
            var parts = asked.Score(ranked, step);
            var terms = parts.Where((part, i) => i == 0 || part.Score > 0).Select(part => new ScoreTerm(part.Name, part.Score / all, part.Score / all)).ToArray();
            var score = terms.Sum(term => term.Contribution);
            var head = ranked.Candidate.Head;
            hits.Add(new(
                $"{head.Id}#{step.Ordinal}", RecallTypes.Step, TextRules.Excerpt(head.Task, 80), score, terms, new(step.Ordinal, Recaller.Summarise(step), score), [], head.Status, head.SourceId));
        }

        hits.Sort(static (a, b) => b.Score != a.Score ? b.Score.CompareTo(a.Score) : string.CompareOrdinal(a.Id, b.Id));
        return [.. hits.Where(hit => said.Add((EpisodeId.Parse(hit.Id[..36]), hit.BestStep!.Summary))).Take(limit)];
    }

    /// <summary>A query taken apart: its terms, and which of them stand behind which others, how near.</summary>
    private sealed class Asked
    {
        private readonly IReadOnlyList<WeightedTerm> _terms;
        private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
        private readonly string _beginnings;
        private readonly List<(int First, int Second, int Distance)> _neighbours = [];
        private readonly List<string> _found = [];
        private readonly List<int> _at = [];
        private readonly int[] _counts;
        private readonly int[] _named;
        private readonly int[] _last;
        private readonly bool[] _near;

        public Asked(string query, IReadOnlyList<WeightedTerm> terms)
        {
            _terms = terms;
            for (var i = 0; i < terms.Count; i++)
                _places[terms[i].Text] = i;
            _beginnings = TextAnalyzer.Beginnings(_places.Keys);
            (_counts, _named, _last) = (new int[terms.Count], new int[terms.Count], new int[terms.Count]);
            Read(query);
            for (var i = 1; i < _found.Count; i++)
            {
                if (_places.TryGetValue(_found[i - 1], out var first) && _places.TryGetValue(_found[i], out var second) && first != second)
                    _neighbours.Add((first, second, _at[i] - _at[i - 1]));
            }

            _near = new bool[_neighbours.Count];
        }

        /// <summary>What its text, the order of its words and its speaker count.</summary>
        public IReadOnlyList<(string Name, double Score)> Score(Ranked ranked, Step step)
        {
            Array.Clear(_counts);
            Array.Clear(_near);
            foreach (var part in (ReadOnlySpan<string?>)[step.Text, step.Tool, step.Arguments, step.Observation])
                Count(part, _counts, near: true);
            double text = 0, phrase = 0, speaker = 0;
            for (var i = 0; i < _counts.Length; i++)
                text += _terms[i].StepWeight * Math.Max(ranked.Factors[i], Bm25.Saturation(_counts[i], K1));
            for (var i = 0; i < _near.Length; i++)
            {
                if (_near[i])
                    phrase += NeighbourFactor * (_terms[_neighbours[i].First].StepWeight + _terms[_neighbours[i].Second].StepWeight);
            }

            Array.Clear(_named);
            Count(step.Speaker, _named, near: false);
            for (var i = 0; i < _named.Length; i++)
            {
                // The speaker's name counts instead of a mention of it, not on top.
                if (_named[i] > 0)
                    speaker += _terms[i].StepWeight * (SpeakerFactor - Math.Max(ranked.Factors[i], Bm25.Saturation(_counts[i], K1)));
            }

            return [("text", text), ("phrase", phrase), ("speaker", speaker)];
        }

        private void Count(string? text, int[] counts, bool near)
        {
            if (text is null)
                return;
            Read(text);
            Array.Fill(_last, int.MinValue / 2);
            for (var i = 0; i < _found.Count; i++)
            {
                if (!_places.TryGetValue(_found[i], out var term))
                    continue;
                counts[term]++;
                _last[term] = _at[i];
                for (var n = 0; near && n < _neighbours.Count; n++)
                    _near[n] |= _neighbours[n].Second == term && _at[i] - _last[_neighbours[n].First] <= _neighbours[n].Distance;
            }
        }

        private void Read(string text)
        {
            _found.Clear();
            _at.Clear();
            TextAnalyzer.AddTerms(text.AsSpan(0, Math.Min(text.Length, TextAnalyzer.IndexedLength)), _beginnings, _found, _at);
        }
    }
}
