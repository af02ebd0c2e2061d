namespace Afterwit;

/// <summary>The conditions under which patterns are counted and looked up, as text: the same for the learner and the advisor. docs/learning.md lists them.</summary>
internal static class Conditions
{
    /// <summary>Applies always.</summary>
    public const string Always = "";

    /// <summary>Before the first tool call.</summary>
    public const string Start = "^";

    /// <summary>How a run's last step was made, with the actions <see cref="EndsWithMessage"/> and <see cref="EndsWithTool"/>.</summary>
    public const string Ends = "ends";

    /// <summary>The run ended by saying something.</summary>
    public const string EndsWithMessage = "message";

    /// <summary>The run ended with a tool call.</summary>
    public const string EndsWithTool = "tool";

    // A condition with more tools than that is met by nearly no other run.
    private const int MostToolsUsed = 16;
    private const int LongestTag = 120;

    /// <summary>The states before a decision, general to specific: always, the last tool, and with its success or error the last one, two and three tools.</summary>
    /// <param name="tools">The tools used so far as actions; only the last three count.</param>
    /// <param name="isError">The last one was answered with an error.</param>
    public static List<string> OfDecision(ReadOnlySpan<string> tools, bool isError)
    {
        if (tools.Length == 0)
            return [Always, Start];
        var last = ToolNames.Escape(tools[^1]);
        var state = last + (isError ? " error" : " ok");
        var conditions = new List<string>(5) { Always, last, state };
        for (var k = 2; k <= 3 && k <= tools.Length + 1; k++)
        {
            state = (k <= tools.Length ? ToolNames.Escape(tools[^k]) : Start) + " > " + state;
            conditions.Add(state);
        }

        return conditions;
    }

    /// <summary>The states after an error, general to specific: always, the tool, the class, both, both with the tools used so far.</summary>
    /// <param name="tool">The tool that failed, as an action. Null when nobody knows.</param>
    /// <param name="errorClass">How it failed.</param>
    /// <param name="used">Every tool used so far as an action, the failed one included, in ordinal order.</param>
    public static List<string> OfRecovery(string? tool, string errorClass, SortedSet<string> used)
    {
        var ofClass = "error: " + EscapeClass(errorClass);
        if (tool is null)
            return [Always, ofClass];
        var name = ToolNames.Escape(tool);
        var conditions = new List<string>(5) { Always, name + " error", ofClass, name + " " + ofClass };
        if (used.Count <= MostToolsUsed)
            conditions.Add($"{name} {ofClass}; used {string.Join(", ", used.Select(ToolNames.Escape))}");
        return conditions;
    }

    /// <summary>Errors that calls in a state were answered with; the action is <see cref="Failure"/>.</summary>
    /// <param name="state">The third condition of a decision, or <see cref="Start"/>.</param>
    public static string FailuresAfter(string state) => "after " + state;

    /// <summary>What a call failed with, as the action of <see cref="FailuresAfter"/>.</summary>
    public static string Failure(string tool, string errorClass) => FailureOf(tool) + errorClass;

    /// <summary>How every <see cref="Failure"/> of a tool begins.</summary>
    public static string FailureOf(string tool) => ToolNames.Escape(tool) + " error: ";

    /// <summary>The tools that were answered with a class of errors.</summary>
    public static string OfErrorClass(string errorClass) => "error:" + errorClass;

    /// <summary>Runs with a tag.</summary>
    public static string OfTag(string tag) => "tag:" + TextRules.Excerpt(tag, LongestTag);

    /// <summary>A condition in words.</summary>
    public static string InWords(string condition) => condition switch
    {
        Always => "anywhere",
        Start => "at the start",
        _ => "after " + condition,
    };

    private static string EscapeClass(string errorClass) => errorClass.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal);
}
