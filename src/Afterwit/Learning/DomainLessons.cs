namespace Afterwit;

/// <summary>The lessons of one domain, picked and ordered.</summary>
internal sealed record DomainLessons(string? Domain, Pattern? Base, List<Pattern> Well, List<Pattern> Badly, List<Pattern> AfterErrors, Uplifts Uplifts, MemoryWorth? Memory)
{
    private const int Considered = 5000;
    private const string AnyAction = "*";

    public bool IsEmpty => Well.Count + Badly.Count + AfterErrors.Count == 0;

    /// <summary>The lessons of each domain, or of one; the domain with the most runs first.</summary>
    /// <param name="store">Where the patterns are.</param>
    /// <param name="domain">Only this field of work. Null: all, each on its own.</param>
    /// <param name="limit">At most so many lessons of each sort.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public static async Task<IReadOnlyList<DomainLessons>> ReadAsync(IMemoryStore store, string? domain, int limit, CancellationToken cancellationToken)
    {
        var patterns = new List<Pattern>();
        foreach (var kind in Enum.GetValues<PatternKind>())
            patterns.AddRange(await store.ListPatternsAsync(new() { Kind = kind, Domain = domain, Limit = Considered }, cancellationToken).ConfigureAwait(false));
        var domains = patterns.GroupBy(p => p.Domain, StringComparer.Ordinal).ToList();
        var uplifts = await Uplifts.ReadAsync(store, domains.Select(d => d.Key), cancellationToken).ConfigureAwait(false);
        var recalled = await store.CountRecalledRunsAsync(domain, cancellationToken).ConfigureAwait(false);
        return
        [
            .. domains.Select(d => Of(d.Key, d.FirstOrDefault(IsBaseRate), [.. d.Where(p => !IsBaseRate(p))], uplifts, recalled.FirstOrDefault(r => r.Domain == d.Key), limit))
                .OrderByDescending(d => d.Base?.Support ?? 0),
        ];
    }

    private static DomainLessons Of(string? domain, Pattern? baseRate, IReadOnlyList<Pattern> patterns, Uplifts uplifts, RecalledRuns recalled, int limit)
    {
        var rate = baseRate?.SuccessRate ?? 0.5;
        var lessons = patterns.Where(p => p.Kind != PatternKind.ErrorRecovery && IsLesson(p)).ToList();
        return new(
            domain, baseRate,
            Pick(lessons.Where(p => p.SuccessRate > rate || (p.SuccessRate == 1 && rate == 1)).OrderByDescending(p => p.LowerBound), limit),
            Pick(lessons.Where(p => p.SuccessRate < rate || (p.SuccessRate == 0 && rate == 0)).OrderBy(p => p.UpperBound), limit),
            Pick(patterns.Where(p => p.Kind == PatternKind.ErrorRecovery && p.Condition.Length > 0).OrderByDescending(p => p.LowerBound), limit),
            uplifts, baseRate is null ? null : MemoryWorth.Of(baseRate, recalled));
    }

    private static bool IsBaseRate(Pattern p) => p is { Kind: PatternKind.Context, Condition: "", Action: AnyAction };

    // Counts that only serve the advisor say nothing to a person: which calls fail after which, and how runs end.
    private static bool IsLesson(Pattern p) => p.Kind != PatternKind.Context || p.Condition.Length == 0 || p.Condition.StartsWith("tag:", StringComparison.Ordinal);

    // The same runs show a lesson under several conditions and as a part of longer sequences: only the best placed of them is told.
    private static List<Pattern> Pick(IOrderedEnumerable<Pattern> ranked, int limit)
    {
        var picked = new List<Pattern>();
        foreach (var pattern in ranked.ThenByDescending(p => p.Support).ThenByDescending(p => p.Condition.Contains("error: ", StringComparison.Ordinal)).ThenBy(p => p.Condition.Length))
        {
            if (picked.Count == limit)
                break;
            if (!picked.Exists(p => SaysTheSame(p, pattern)))
                picked.Add(pattern);
        }

        return picked;
    }

    private static bool SaysTheSame(Pattern a, Pattern b) => a.Kind == PatternKind.ToolSequence && b.Kind == PatternKind.ToolSequence
        ? Holds(a.Action, b.Action)
        : a.Action == b.Action && (Holds(a.Condition, b.Condition) || (a.Successes, a.Failures) == (b.Successes, b.Failures));

    private static bool Holds(string a, string b) =>
        a.Length > 0 && b.Length > 0 && (a.EndsWith(b, StringComparison.Ordinal) || b.EndsWith(a, StringComparison.Ordinal) || a.StartsWith(b, StringComparison.Ordinal) || b.StartsWith(a, StringComparison.Ordinal));
}
