namespace Afterwit;

/// <summary>Says a pattern in a sentence.</summary>
public static class PatternText
{
    /// <summary>When what was done, and how often with success: <c>sql: after SELECT error: no such table → SHOW TABLES (12 of 15 runs succeeded)</c>.</summary>
    public static string Describe(Pattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var domain = pattern.Domain is null ? "" : $"{pattern.Domain}: ";
        var condition = pattern.Condition.Length == 0 && pattern.Kind is (PatternKind.ToolSequence or PatternKind.Context) ? "" : $"{Phrases.Of(pattern)} → ";
        var errors = pattern.Errors == 0 ? "" : $", {pattern.Errors} were answered with an error";
        return $"{domain}{condition}{Phrases.Action(pattern.Action)} ({pattern.Successes} of {pattern.Support} runs succeeded{errors})";
    }
}
