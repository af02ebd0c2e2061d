namespace Afterwit;

/// <summary>Where an agent stands, in the names that patterns use.</summary>
internal sealed class AgentState
{
    public AgentState(AdviceRequest request)
    {
        // A failed command line names its tool, when nothing else does.
        var tools = request.Tools.Count > 0 || request.FailedAction is null ? request.Tools : [request.FailedAction.TrimStart().Split((char[]?)null, 2)[0]];
        Tools = [.. tools.Select(ToolNames.Action)];
        FailedAction = request.FailedAction;
        IsError = request.Error is not null;
        ErrorClass = IsError ? ErrorClassifier.Classify(request.Error) : null;
        IsBlank = Tools.Length > 0 && ErrorDetector.IsBlank(request.Error ?? request.Observation);
        Decision = Conditions.OfDecision(Tools, IsError);
        Recovery = ErrorClass is null ? [] : Conditions.OfRecovery(FailedTool, ErrorClass, new SortedSet<string>(Tools, StringComparer.Ordinal));
        Tags = [.. request.Tags.Distinct(StringComparer.Ordinal).Select(Conditions.OfTag)];
    }

    /// <summary>The tools used so far.</summary>
    public string[] Tools { get; }

    /// <summary>What the last one was given, when it failed.</summary>
    public string? FailedAction { get; }

    /// <summary>The last one was answered with an error.</summary>
    public bool IsError { get; }

    /// <summary>The last one was answered with nothing.</summary>
    public bool IsBlank { get; }

    /// <summary>How the error was understood.</summary>
    public string? ErrorClass { get; }

    /// <summary>The tool that failed, when it is known.</summary>
    public string? FailedTool => IsError && Tools.Length > 0 ? Tools[^1] : null;

    /// <summary>The conditions of decision points, general to specific.</summary>
    public List<string> Decision { get; }

    /// <summary>The conditions of recoveries, general to specific. Empty without an error.</summary>
    public List<string> Recovery { get; }

    /// <summary>The conditions of tags.</summary>
    public List<string> Tags { get; }

    /// <summary>The state by its last tool only: under it the errors of the next call are kept.</summary>
    public string LastState => Decision[Math.Min(2, Decision.Count - 1)];
}
