namespace Afterwit;

/// <summary>What the memory is worth in a domain: the runs that something was recalled for against the others. A comparison of what happened, not an experiment.</summary>
/// <param name="Runs">Runs that something was recalled for.</param>
/// <param name="Successes">How many of them succeeded.</param>
/// <param name="RunsWithout">All others, those whose recalls named no episode among them.</param>
/// <param name="SuccessesWithout">How many of them succeeded.</param>
internal sealed record MemoryWorth(int Runs, int Successes, int RunsWithout, int SuccessesWithout)
{
    /// <summary>How much more often the runs succeed that something was recalled for. Null as long as there are none on one side.</summary>
    public Uplift? Uplift => Runs > 0 && RunsWithout > 0 ? Afterwit.Uplift.Of(Successes, Runs, SuccessesWithout, RunsWithout) : null;

    /// <summary>Sets them against all runs of the domain.</summary>
    public static MemoryWorth Of(Pattern all, RecalledRuns recalled)
    {
        // Never below none: the two are read one after the other.
        var (successes, failures) = (Math.Max(0, all.Successes - recalled.Successes), Math.Max(0, all.Failures - (recalled.Runs - recalled.Successes)));
        return new(recalled.Runs, recalled.Successes, successes + failures, successes);
    }
}
