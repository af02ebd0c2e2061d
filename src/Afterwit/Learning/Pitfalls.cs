namespace Afterwit;

/// <summary>What went wrong in runs of a kind of task, and how it was mended.</summary>
internal static class Pitfalls
{
    private const int Most = 5;
    private const int MostEvidence = 3;
    private const int MostCallsToMend = 50;

    /// <summary>The errors that most runs met, each with the tools that led to a call that worked, and with what is known of it from all runs.</summary>
    public static List<Pitfall> Of(List<PlaybookBuilder.Run> runs, string? domain, IReadOnlyList<Pattern> patterns)
    {
        var found = new Dictionary<(string Tool, string Class), Trouble>();
        foreach (var run in runs)
        {
            var seen = new HashSet<(string, string)>();
            for (var i = 0; i < run.Calls.Count; i++)
            {
                if (run.Calls[i] is not { ErrorClass: { } error, Tool: var tool } || !seen.Add((tool, error)))
                    continue;
                if (!found.TryGetValue((tool, error), out var trouble))
                    found.Add((tool, error), trouble = new(tool, error));
                trouble.Evidence.Add(new(run.Episode.Id, run.Success, run.Calls[i].Step));
                if (MendedBy(run.Calls, i) is { } way)
                    trouble.Mends[way] = trouble.Mends.GetValueOrDefault(way) + 1;
            }
        }

        var table = new PatternTable(patterns.Where(p => p.State == PatternState.Active), domain);
        return [.. found.Values.OrderByDescending(t => t.Evidence.Count).ThenBy(t => t.Tool, StringComparer.Ordinal).ThenBy(t => t.Class, StringComparer.Ordinal).Take(Most)
            .Select(t => ToPitfall(t, runs.Count, table))];
    }

    private static Pitfall ToPitfall(Trouble trouble, int runs, PatternTable table)
    {
        var text = $"{trouble.Tool} was answered with '{trouble.Class}' in {trouble.Evidence.Count} of {Phrases.Runs(runs)}";
        if (trouble.Mends.Count > 0)
        {
            var (way, count) = trouble.Mends.OrderByDescending(m => m.Value).ThenBy(m => m.Key, StringComparer.Ordinal).First();
            text += $"; {way} led to a call that worked ({Phrases.Runs(count)})";
        }

        var condition = Conditions.OfRecovery(trouble.Tool, trouble.Class, [])[3];
        List<PatternId> ids = [];
        if (table.Under(PatternKind.ErrorRecovery, condition).Where(p => p.Successes > 0).MaxBy(p => (p.LowerBound, p.Id.Value)) is { } best)
        {
            text += "; over all runs " + Phrases.Outcome(best);
            ids.Add(best.Id);
        }

        if (table.Find(PatternKind.Context, Conditions.OfErrorClass(trouble.Class), trouble.Tool) is { } known)
            ids.Add(known.Id);
        return new(text, ids, [.. trouble.Evidence.Take(MostEvidence)]);
    }

    /// <summary>What came between a failed call and the next one of the same tool that worked. Null when none did.</summary>
    private static string? MendedBy(List<Learner.Call> calls, int failed)
    {
        var between = new List<string>();
        for (var i = failed + 1; i < calls.Count && i <= failed + MostCallsToMend; i++)
        {
            if (calls[i].IsError)
                continue;
            if (calls[i].Tool == calls[failed].Tool)
                return between.Count == 0 ? "changing what it was given" : string.Join(", ", between);
            if (!between.Contains(calls[i].Tool, StringComparer.Ordinal))
                between.Add(calls[i].Tool);
        }

        return null;
    }

    private sealed record Trouble(string Tool, string Class)
    {
        public List<Evidence> Evidence { get; } = [];

        public Dictionary<string, int> Mends { get; } = new(StringComparer.Ordinal);
    }
}
