namespace Afterwit.Cli.Demo;

/// <summary>A pattern that the memory learned, as people read it.</summary>
/// <param name="Id">The pattern.</param>
/// <param name="Text">What to do or not to do, and when.</param>
/// <param name="Numbers">What speaks for it, in words.</param>
/// <param name="Successes">Runs with it that succeeded.</param>
/// <param name="Failures">Runs with it that failed.</param>
/// <param name="Errors">Runs in which the action itself was answered with an error.</param>
/// <param name="LowerBound">The share of successes that these runs support with 95 % confidence.</param>
/// <param name="Evidence">The newest episodes that show it in each memory; those of the first seed come first.</param>
internal sealed record Lesson(string Id, string Text, string Numbers, int Successes, int Failures, int Errors, double LowerBound, IReadOnlyList<string> Evidence)
{
    private const int Recoveries = 4;
    private const int Decisions = 1;
    private const int Warnings = 2;
    private const double LeastErrorShare = 0.5;

    /// <summary>What is worth telling: the way after each of the most frequent errors, what to do and not to do where runs differ most, and the surest sequence.</summary>
    /// <param name="memories">One for each seed. A pattern has the same id in all of them but for its domain: what they counted, each for itself, adds up.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    public static async Task<IReadOnlyList<Lesson>> OfAsync(IReadOnlyList<DemoMemory> memories, CancellationToken cancellationToken)
    {
        var counted = new Dictionary<PatternId, Pattern>();
        foreach (var (memory, domain) in memories)
        {
            foreach (var p in await memory.Store.ListPatternsAsync(new() { Domain = domain, MinSupport = 1, Limit = 100_000 }, cancellationToken))
            {
                var id = IdIn(ScriptedAgent.Domain, p);
                counted[id] = counted.TryGetValue(id, out var sum)
                    ? sum with { Successes = sum.Successes + p.Successes, Failures = sum.Failures + p.Failures, Errors = sum.Errors + p.Errors }
                    : p;
            }
        }

        List<Pattern> all = [.. counted.Values.Where(p => p.State == PatternState.Active)];
        var lessons = new List<Lesson>();
        foreach (var (pattern, text, numbers) in Recovered(all).Concat(Done(all)).Concat(Avoided(all)).Concat(Sequence(all)))
        {
            var evidence = new List<string>();
            foreach (var (memory, domain) in memories)
                evidence.AddRange((await memory.Store.GetPatternAsync(IdIn(domain, pattern), cancellationToken))?.Evidence.Select(e => e.Episode.ToString()).Distinct() ?? []);
            lessons.Add(new(pattern.Id.ToString(), text, numbers, pattern.Successes, pattern.Failures, pattern.Errors, pattern.LowerBound, evidence));
        }

        return lessons;
    }

    private static PatternId IdIn(string domain, Pattern pattern) => PatternId.Of(pattern.Kind, domain, pattern.Condition, pattern.Action);

    private static IEnumerable<(Pattern, string, string)> Recovered(List<Pattern> all) => all
        .Where(p => p.Kind == PatternKind.ErrorRecovery && p.Condition.StartsWith("error: ", StringComparison.Ordinal))
        .GroupBy(p => p.Condition, StringComparer.Ordinal)
        .OrderByDescending(g => g.Sum(p => p.Support)).ThenBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => (Best: BestOf(g), Group: g))
        .Where(x => x.Best is not null)
        .Take(Recoveries)
        .Select(x => (x.Best!, $"After the error '{x.Group.Key["error: ".Length..]}': {x.Best!.Action}", Contrast(x.Best, x.Group)));

    private static IEnumerable<(Pattern, string, string)> Done(List<Pattern> all) => States(all)
        .Select(g => (Best: BestOf(g), Group: g))
        .Where(x => x.Best is not null && x.Group.Count() > 1)
        .OrderByDescending(x => x.Best!.LowerBound - RateOf(x.Group.Where(p => p != x.Best)))
        .Take(Decisions)
        .Select(x => (x.Best!, $"{When(x.Group.Key)}: {x.Best!.Action}", Contrast(x.Best, x.Group)));

    private static IEnumerable<(Pattern, string, string)> Avoided(List<Pattern> all) => States(all)
        .SelectMany(g => g)
        .Where(p => Wilson.Lower(p.Errors, p.Support) >= LeastErrorShare)
        .OrderByDescending(p => Wilson.Lower(p.Errors, p.Support)).ThenBy(p => p.Condition, StringComparer.Ordinal)
        .Take(Warnings)
        .Select(p => (p, $"{When(p.Condition)}: not {p.Action}", $"answered with an error in {p.Errors} of {p.Support} runs ({Percent(p.Errors, p.Support)}); {p.Successes} of these runs succeeded in the end"));

    private static IEnumerable<(Pattern, string, string)> Sequence(List<Pattern> all) => all
        .Where(p => p.Kind == PatternKind.ToolSequence && p.Action.Count(c => c == '>') == 3)
        .OrderByDescending(p => p.LowerBound).ThenBy(p => p.Action, StringComparer.Ordinal)
        .Take(1)
        .Select(p => (p, $"In this order: {p.Action}", Numbered(p)));

    /// <summary>What was done in each state of the last tool.</summary>
    private static IEnumerable<IGrouping<string, Pattern>> States(List<Pattern> all) => all
        .Where(p => p.Kind == PatternKind.DecisionPoint && p.Action != Learner.End && !p.Condition.Contains('>') && (p.Condition == "^" || p.Condition.EndsWith(" ok", StringComparison.Ordinal)))
        .GroupBy(p => p.Condition, StringComparer.Ordinal);

    private static Pattern? BestOf(IEnumerable<Pattern> patterns) => patterns.Where(p => p.Successes > 0 && p.Errors * 2 < p.Support).MaxBy(p => p.LowerBound);

    private static string When(string state) => state == "^" ? "At the start" : $"After {state[..^" ok".Length]}";

    private static string Contrast(Pattern best, IEnumerable<Pattern> group)
    {
        var others = group.Where(p => p != best).ToList();
        var (successes, support) = (others.Sum(p => p.Successes), others.Sum(p => p.Support));
        return Numbered(best) + (support == 0 ? "" : $"; other ways: {successes} of {support} ({Percent(successes, support)})");
    }

    private static string Numbered(Pattern pattern) =>
        $"{pattern.Successes} of {pattern.Support} runs succeeded ({Percent(pattern.Successes, pattern.Support)}, at least {Percent(pattern.LowerBound, 1)} with 95 % confidence)";

    private static double RateOf(IEnumerable<Pattern> patterns) => patterns.Aggregate((Successes: 0, Support: 0), (sum, p) => (sum.Successes + p.Successes, sum.Support + p.Support), sum => (double)sum.Successes / sum.Support);

    private static string Percent(double part, double whole) => (100 * part / whole).ToString("0", System.Globalization.CultureInfo.InvariantCulture) + " %";
}
