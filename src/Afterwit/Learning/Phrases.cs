using System.Globalization;

namespace Afterwit;

/// <summary>Numbers and states in plain words, the same in every culture.</summary>
internal static class Phrases
{
    public static string Percent(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture) + " %";

    public static string Runs(int count) => count == 1 ? "1 run" : count.ToString(CultureInfo.InvariantCulture) + " runs";

    public static string Action(string action) => action == Learner.End ? "the end of the run" : action;

    /// <summary>Where a pattern applies.</summary>
    public static string Of(Pattern pattern) => pattern.Kind == PatternKind.Context
        ? "with " + pattern.Condition
        : pattern.Condition == Conditions.Always && pattern.Kind == PatternKind.ErrorRecovery ? "after any error" : Conditions.InWords(pattern.Condition);

    /// <summary>What came of it: <c>after DESCRIBE ok, 45 runs went on with SELECT and 30 succeeded (67 %, at least 52 % with 95 % confidence)</c>.</summary>
    public static string Outcome(Pattern pattern)
    {
        var errors = pattern.Errors == 0 ? "" : $"; the call was answered with an error in {pattern.Errors.ToString(CultureInfo.InvariantCulture)}";
        return $"{Of(pattern)}, {Runs(pattern.Support)} went on with {Action(pattern.Action)} and {pattern.Successes.ToString(CultureInfo.InvariantCulture)} succeeded "
            + $"({Percent(pattern.SuccessRate)}, at least {Percent(pattern.LowerBound)} with 95 % confidence){errors}";
    }
}
