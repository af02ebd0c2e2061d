namespace Afterwit.Cli.Demo;

/// <summary>The fixed policy of the agent, the same with and without a memory: what it tries, how often, when nobody advises it. It guesses first and looks later.</summary>
internal static class Policy
{
    /// <summary>The agent gives up after so many steps.</summary>
    public const int Budget = 15;

    /// <summary>Advice with a lower score is not followed.</summary>
    public const double LeastScore = 0.1;

    private static readonly (string Tool, int Weight)[] AtStart =
    [
        (Workbench.Query, 6), (Workbench.ListTables, 2), (Workbench.DescribeTable, 1),
    ];

    private static readonly (string Tool, int Weight)[] AfterError =
    [
        (Workbench.GuessName, 2), (Workbench.Query, 1), (Workbench.ListTables, 2), (Workbench.DescribeTable, 2), (Workbench.SampleValues, 1),
        (Workbench.QualifyColumns, 1), (Workbench.MoveToHaving, 1), (Workbench.QuoteNames, 1),
    ];

    private static readonly (string Tool, int Weight)[] AfterRepair =
    [
        (Workbench.Query, 4), (Workbench.ListTables, 1), (Workbench.DescribeTable, 1), (Workbench.SampleValues, 1), (Workbench.QualifyColumns, 1), (Workbench.MoveToHaving, 1), (Workbench.QuoteNames, 1),
    ];

    private static readonly (string Tool, int Weight)[] WithResult =
    [
        (Workbench.Submit, 6), (Workbench.SampleValues, 2), (Workbench.DescribeTable, 1), (Workbench.Query, 1),
    ];

    /// <summary>What the agent tries next, in the order in which it would try it.</summary>
    /// <param name="bench">The question at hand.</param>
    /// <param name="last">The last tool. Null at the start.</param>
    /// <param name="failed">The engine refused it.</param>
    /// <param name="random">Draws; the same number of times whatever happens.</param>
    public static List<string> Inclinations(Workbench bench, string? last, bool failed, Random random)
    {
        var weights = last is null ? AtStart : failed ? AfterError : last == Workbench.Query ? WithResult : AfterRepair;
        // Weighted sampling without replacement: the largest u^(1/w) first (Efraimidis and Spirakis 2006).
        return [.. weights.Select(w => (w.Tool, Key: Math.Pow(random.NextDouble(), 1.0 / w.Weight))).Where(x => bench.IsAvailable(x.Tool)).OrderByDescending(x => x.Key).Select(x => x.Tool)];
    }

    /// <summary>Follows the best advice that is strong enough, can be done and is not warned of; else the own inclination, unless it is warned of.</summary>
    public static string Decide(List<string> inclinations, Advice? advice, Workbench bench)
    {
        if (advice is null)
            return inclinations[0];
        var avoid = advice.Avoid.Select(a => a.Action).ToHashSet(StringComparer.Ordinal);
        return advice.Next.FirstOrDefault(s => s.Score >= LeastScore && !avoid.Contains(s.Action) && bench.IsAvailable(s.Action))?.Action
            ?? inclinations.Find(tool => !avoid.Contains(tool))
            ?? inclinations[0];
    }
}
