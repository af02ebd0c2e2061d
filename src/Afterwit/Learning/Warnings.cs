namespace Afterwit;

/// <summary>Finds known mistakes: actions that in this state were answered with an error, or were followed by failure, more often than chance explains.</summary>
internal sealed class Warnings(PatternTable table, AgentState state)
{
    /// <summary>A call that fails more often than this is a mistake: the lower bound of its share of errors has to reach it.</summary>
    private const double LeastErrorShare = 0.3;

    private readonly List<Suggestion> _found = [];
    private readonly HashSet<string> _judged = new(StringComparer.Ordinal);

    /// <summary>All warnings, worst first.</summary>
    public static List<Suggestion> Of(PatternTable table, AgentState state)
    {
        var warnings = new Warnings(table, state);
        if (state.Recovery.Count > 0)
            warnings.Judge(PatternKind.ErrorRecovery, state.Recovery.Skip(1), RecoveryRanking.RecoveryRate(table));
        warnings.Judge(PatternKind.DecisionPoint, state.Decision.Skip(state.Decision.Count > 2 ? 2 : 1), table.Find(PatternKind.Context, Conditions.Always, ToolNames.Any)?.SuccessRate ?? 0);
        warnings.JudgeTags();
        return [.. warnings._found.OrderByDescending(w => w.Score).ThenBy(w => w.Action, StringComparer.Ordinal)];
    }

    /// <summary>The most specific condition that is conclusive decides about an action, for or against it.</summary>
    private void Judge(PatternKind kind, IEnumerable<string> conditions, double baseRate)
    {
        var endIsOffered = NextToolRanking.EndIsOffered(table);
        foreach (var condition in conditions.Reverse())
        {
            var known = table.Under(kind, condition);
            double successes = known.Sum(p => p.Successes), support = known.Sum(p => p.Support);
            foreach (var pattern in known)
            {
                if (pattern.State != PatternState.Active || _judged.Contains(pattern.Action) || (pattern.Action == Learner.End && !endIsOffered))
                    continue;
                var others = support - pattern.Support;
                var alternative = others > 0 ? (successes - pattern.Successes) / others : 1;
                var errors = Wilson.Lower(pattern.Errors, pattern.Support);
                // An error that costs nothing is a way to find out, not a mistake.
                if (errors >= LeastErrorShare && pattern.SuccessRate < alternative)
                    Warn(pattern, errors, ErrorReason(pattern), FailuresOf(pattern));
                else if (pattern.UpperBound < Math.Min(baseRate, alternative))
                    Warn(pattern, 1 - pattern.UpperBound, FailureReason(pattern, baseRate, others > 0 ? alternative : null), []);
                else if (Wilson.Upper(pattern.Errors, pattern.Support) < LeastErrorShare && pattern.SuccessRate >= baseRate)
                    _judged.Add(pattern.Action);
            }
        }
    }

    /// <summary>A tool with which runs under a tag did worse than those without it.</summary>
    private void JudgeTags()
    {
        foreach (var tag in state.Tags)
        {
            if (table.Find(PatternKind.Context, tag, ToolNames.Any) is not { } all)
                continue;
            foreach (var pattern in table.Under(PatternKind.Context, tag))
            {
                var without = all.Support - pattern.Support;
                if (pattern.Action == ToolNames.Any || pattern.State != PatternState.Active || without < Pattern.ActiveSupport || _judged.Contains(pattern.Action))
                    continue;
                var alternative = (double)(all.Successes - pattern.Successes) / without;
                if (pattern.UpperBound < Math.Min(all.SuccessRate, alternative))
                    Warn(pattern, 1 - pattern.UpperBound, FailureReason(pattern, all.SuccessRate, alternative), []);
            }
        }
    }

    private void Warn(Pattern pattern, double score, string reason, IEnumerable<PatternId> more)
    {
        _judged.Add(pattern.Action);
        _found.Add(new(pattern.Action, score, reason, [pattern.Id, .. more], pattern.Evidence));
    }

    /// <summary>What the calls of an action failed with in this state, the most frequent first.</summary>
    private List<Pattern> Failures(string action)
    {
        var prefix = Conditions.FailureOf(action);
        return [.. table.Under(PatternKind.Context, Conditions.FailuresAfter(state.LastState)).Where(p => p.Action.StartsWith(prefix, StringComparison.Ordinal))
            .OrderByDescending(p => p.Support).ThenBy(p => p.Action, StringComparer.Ordinal)];
    }

    private IEnumerable<PatternId> FailuresOf(Pattern pattern) => Failures(pattern.Action).Take(1).Select(p => p.Id);

    private string ErrorReason(Pattern pattern)
    {
        var often = Failures(pattern.Action) is [var most, ..] && IsPartOfLastState(pattern)
            ? $", most often with '{most.Action[Conditions.FailureOf(pattern.Action).Length..]}'{(pattern.Condition == state.LastState ? $" ({Phrases.Runs(most.Support)})" : "")}"
            : "";
        return $"{Repeat(pattern)}{Phrases.Of(pattern)}, {pattern.Action} was answered with an error in {pattern.Errors} of {Phrases.Runs(pattern.Support)} ({Phrases.Percent((double)pattern.Errors / pattern.Support)}, at least "
            + $"{Phrases.Percent(Wilson.Lower(pattern.Errors, pattern.Support))} with 95 % confidence){often}; {Phrases.Percent(pattern.SuccessRate)} of these runs succeeded";
    }

    /// <summary>Errors are counted by the last tool only: they say something of its narrower states, and nothing of wider ones.</summary>
    private bool IsPartOfLastState(Pattern pattern) =>
        pattern.Condition.EndsWith(state.LastState, StringComparison.Ordinal) || (state.FailedTool is not null && pattern.Condition.StartsWith(state.LastState, StringComparison.Ordinal));

    private string FailureReason(Pattern pattern, double baseRate, double? alternative) =>
        $"{Repeat(pattern)}{Phrases.Of(pattern)}, {pattern.Successes} of {Phrases.Runs(pattern.Support)} with {Phrases.Action(pattern.Action)} succeeded ({Phrases.Percent(pattern.SuccessRate)}, at most {Phrases.Percent(pattern.UpperBound)} with 95 % confidence); "
        + $"usual is {Phrases.Percent(baseRate)}" + (alternative is { } rate ? $", without it {Phrases.Percent(rate)}" : "");

    private string Repeat(Pattern pattern) => pattern.Kind == PatternKind.ErrorRecovery && pattern.Action == state.FailedTool
        ? $"repeating what failed{(string.IsNullOrWhiteSpace(state.FailedAction) ? "" : $" ({TextRules.Excerpt(state.FailedAction, 80)})")}: "
        : "";
}
