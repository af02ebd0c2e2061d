namespace Afterwit;

/// <summary>
/// The uplift of patterns: their runs against the other runs of their domain; what was done after an error against what else was done after one, because runs that met an error
/// succeed less often whatever they do next.
/// </summary>
internal sealed class Uplifts
{
    private readonly ILookup<string, Pattern> _always;

    /// <summary>From the patterns that apply always, withdrawn ones and those of few runs included.</summary>
    public Uplifts(IEnumerable<Pattern> always) => _always = always.ToLookup(p => p.Domain ?? "", StringComparer.Ordinal);

    /// <summary>Reads what patterns of these domains are compared with, in one trip.</summary>
    public static async Task<Uplifts> ReadAsync(IMemoryStore store, IEnumerable<string?> domains, CancellationToken cancellationToken)
    {
        List<long> conditions =
        [
            .. domains.Distinct(StringComparer.Ordinal)
                .SelectMany(d => new[] { PatternId.OfCondition(PatternKind.Context, d, Conditions.Always), PatternId.OfCondition(PatternKind.ErrorRecovery, d, Conditions.Always) }),
        ];
        return new(conditions.Count == 0 ? [] : await store.FindPatternsAsync(conditions, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The uplift of a pattern of one of the domains. Null when there are no other runs.</summary>
    public Uplift? Of(Pattern pattern)
    {
        var always = _always[pattern.Domain ?? ""];
        var (successes, runs) = Less(pattern, always.Where(p => p is { Kind: PatternKind.Context, Action: ToolNames.Any }));
        if (pattern.Kind == PatternKind.ErrorRecovery)
        {
            // A run that went on in several ways counts for each of them: they are never taken for more runs than the domain has.
            var (well, all) = Less(pattern, always.Where(p => p.Kind == PatternKind.ErrorRecovery));
            runs = Math.Min(runs, all);
            successes = all > 0 ? well / all * runs : 0;
        }

        return runs > 0 && pattern.Support > 0 ? Uplift.Of(pattern.Successes, pattern.Support, successes, runs) : null;
    }

    // Never below none: the counts are read one after the other, and an episode may be forgotten in between.
    private static (double Successes, double Runs) Less(Pattern own, IEnumerable<Pattern> all)
    {
        var (successes, failures) = (-own.Successes, -own.Failures);
        foreach (var pattern in all)
            (successes, failures) = (successes + pattern.Successes, failures + pattern.Failures);
        return (Math.Max(0, successes), Math.Max(0, successes) + Math.Max(0, failures));
    }
}
