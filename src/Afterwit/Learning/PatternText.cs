namespace Afterwit;

/// <summary>Says a pattern in a sentence.</summary>
public static class PatternText
{
    /// <summary>When what was done, and how often with success.</summary>
    public static string Describe(Pattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var domain = pattern.Domain is null ? "" : $"{pattern.Domain}: ";
        var numbers = $"{pattern.Successes} of {pattern.Support} runs succeeded";
        var errors = pattern.Errors == 0 ? "" : $", {pattern.Errors} were answered with an error";
        return pattern.Kind switch
        {
            PatternKind.ToolSequence => $"{domain}{pattern.Action} ({numbers}{errors})",
            PatternKind.ErrorRecovery => $"{domain}after error '{pattern.Condition}', {pattern.Action} ({numbers}{errors})",
            PatternKind.DecisionPoint => $"{domain}{(pattern.Condition.Length == 0 ? "at any time" : $"after {pattern.Condition}")}, {pattern.Action} ({numbers}{errors})",
            _ => $"{domain}{(pattern.Condition.Length == 0 ? "" : $"with {pattern.Condition}, ")}{pattern.Action} ({numbers}{errors})",
        };
    }
}
