using System.Security.Cryptography;
using System.Text;

namespace Afterwit;

/// <summary>A recalled episode with its steps.</summary>
/// <param name="Episode">A finished episode.</param>
/// <param name="Similarity">How like the task at hand it is, 0 to 1 relative to the best.</param>
public sealed record SimilarEpisode(Episode Episode, double Similarity);

/// <summary>Makes a playbook from runs of similar tasks: the way most like the ways of all successful ones, with what goes wrong on it.</summary>
public static class PlaybookBuilder
{
    private const int MostRuns = 30;
    private const int LongestWay = 200;
    private const double LeastShare = 0.3;
    private const int LongestExample = 500;
    private const int LongestTitle = 100;
    private const int MostEvidence = 10;
    private const int LeastFailures = 2;

    /// <summary>Builds a playbook. Pure: the same runs give the same playbook.</summary>
    /// <param name="episodes">Recalled episodes, failed ones included: they tell the odds and the pitfalls. Running and abstained ones are ignored.</param>
    /// <param name="patterns">Patterns that these episodes show; withdrawn ones and candidates are ignored.</param>
    /// <returns>Null when no successful run used a tool.</returns>
    public static Playbook? Build(IReadOnlyList<SimilarEpisode> episodes, IReadOnlyList<Pattern> patterns)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        ArgumentNullException.ThrowIfNull(patterns);
        var all = episodes.Where(e => e.Episode.Outcome?.Verdict is not null).Select(e => new Run(e)).ToList();
        var domain = all.Where(r => r.Success && r.Way.Count > 0).GroupBy(r => r.Episode.Context.Domain, StringComparer.Ordinal)
            .OrderByDescending(g => g.Sum(r => r.Weight)).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault();
        if (domain is null)
            return null;
        var runs = all.FindAll(r => string.Equals(r.Episode.Context.Domain, domain.Key, StringComparison.Ordinal));
        var good = domain.OrderByDescending(r => r.Weight).ThenBy(r => r.Episode.Id.Value).Take(MostRuns).ToList();
        var steps = Steps(good);
        var successes = runs.Count(r => r.Success);
        return new(
            IdOf(domain.Key, steps), TextRules.Excerpt(good[0].Episode.Task, LongestTitle), domain.Key, steps, successes, runs.Count - successes, Wilson.Lower(successes, runs.Count),
            Pitfalls.Of(runs, domain.Key, patterns), AvoidWhen(runs), [.. good.Take(MostEvidence).Select(r => new Evidence(r.Episode.Id, true, r.Way[0].Step))]);
    }

    /// <summary>The medoid: the way that all successful ways are most like, each weighted by similarity x reward; of its steps those that enough of them share.</summary>
    private static List<PlaybookStep> Steps(List<Run> good)
    {
        var total = good.Sum(r => r.Weight);
        var medoid = good.MaxBy(candidate => good.Sum(r => r.Weight * Likeness(candidate.Way, r.Way)))!;
        var shares = new double[medoid.Way.Count];
        var examples = new (Run Run, Learner.Call Call)?[medoid.Way.Count];
        foreach (var run in good)
        {
            foreach (var (mine, theirs) in CommonSubsequence(medoid.Way, run.Way))
            {
                shares[mine] += run.Weight / total;
                examples[mine] ??= (run, run.Way[theirs]);
            }
        }

        var kept = Enumerable.Range(0, shares.Length).Where(i => shares[i] >= LeastShare).ToList();
        return [.. (kept.Count > 0 ? kept : [.. Enumerable.Range(0, shares.Length)]).Select(i =>
        {
            var (run, call) = examples[i]!.Value;
            return new PlaybookStep(call.Tool, Math.Min(1, shares[i]), Cut(call.Source.Arguments), new(run.Episode.Id, true, call.Step));
        })];
    }

    /// <summary>Twice the longest common subsequence by the length of both, 0 to 1.</summary>
    private static double Likeness(List<Learner.Call> a, List<Learner.Call> b) => 2.0 * CommonSubsequence(a, b).Count / (a.Count + b.Count);

    private static List<(int A, int B)> CommonSubsequence(List<Learner.Call> a, List<Learner.Call> b)
    {
        var length = new int[a.Count + 1, b.Count + 1];
        for (var i = a.Count - 1; i >= 0; i--)
        {
            for (var j = b.Count - 1; j >= 0; j--)
                length[i, j] = a[i].Tool == b[j].Tool ? length[i + 1, j + 1] + 1 : Math.Max(length[i + 1, j], length[i, j + 1]);
        }

        var pairs = new List<(int, int)>(length[0, 0]);
        for (int i = 0, j = 0; i < a.Count && j < b.Count;)
        {
            if (a[i].Tool == b[j].Tool)
                pairs.Add((i++, j++));
            else if (length[i + 1, j] >= length[i, j + 1])
                i++;
            else
                j++;
        }

        return pairs;
    }

    /// <summary>Circumstances that at least two failed runs had and no successful one.</summary>
    private static List<string> AvoidWhen(List<Run> runs)
    {
        var worked = runs.Where(r => r.Success).SelectMany(r => r.Circumstances).ToHashSet(StringComparer.Ordinal);
        return [.. runs.Where(r => !r.Success).SelectMany(r => r.Circumstances.Distinct(StringComparer.Ordinal)).Where(c => !worked.Contains(c))
            .CountBy(c => c, StringComparer.Ordinal).Where(c => c.Value >= LeastFailures)
            .OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} ({Phrases.Runs(c.Value)} failed, none succeeded)")];
    }

    private static string IdOf(string? domain, List<PlaybookStep> steps) =>
        "b" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{domain}\n{string.Join('\n', steps.Select(s => s.Tool))}")).AsSpan(0, 8));

    private static string? Cut(string? text)
    {
        if (text is null || text.Length <= LongestExample)
            return text;
        return text[..(char.IsHighSurrogate(text[LongestExample - 1]) ? LongestExample - 1 : LongestExample)] + "…";
    }

    /// <summary>An episode, read once.</summary>
    internal sealed class Run
    {
        // Nothing weighs nothing: a run without similarity or reward still shows a way when no other does.
        private const double LeastWeight = 1e-6;

        public Run(SimilarEpisode similar)
        {
            Episode = similar.Episode;
            Success = Episode.Outcome!.Verdict == true;
            Calls = Learner.Calls(Episode.Steps);
            Way = Collapse(Calls.FindAll(c => !c.IsError) is { Count: > 0 } clean ? clean : Calls);
            var similarity = double.IsFinite(similar.Similarity) ? Math.Clamp(similar.Similarity, 0, 1) : 0;
            Weight = Math.Max(LeastWeight, similarity * (Episode.Reward ?? Reward.Of(Episode.Outcome, Episode.Steps)).Value);
        }

        public Episode Episode { get; }

        public bool Success { get; }

        public double Weight { get; }

        public List<Learner.Call> Calls { get; }

        /// <summary>The tools in order, immediate repeats as one. A call that was answered with an error is a detour, not a part of the way.</summary>
        public List<Learner.Call> Way { get; }

        public IEnumerable<string> Circumstances
        {
            get
            {
                foreach (var tag in Episode.Context.Tags)
                    yield return tag;
                if (Episode.Context.Language is { } language)
                    yield return "language " + language;
                if (Episode.Context.Framework is { } framework)
                    yield return "framework " + framework;
                if (Episode.Context.Complexity is { } complexity)
                    yield return "complexity " + complexity;
            }
        }

        private static List<Learner.Call> Collapse(List<Learner.Call> calls)
        {
            var way = new List<Learner.Call>();
            foreach (var call in calls)
            {
                if (way.Count < LongestWay && (way.Count == 0 || way[^1].Tool != call.Tool))
                    way.Add(call);
            }

            return way;
        }
    }
}
