namespace Afterwit;

/// <summary>What a step is. The numbers are stored: never renumber.</summary>
public enum StepKind
{
    /// <summary>Somebody said something.</summary>
    Message = 0,

    /// <summary>The agent used a tool and saw what it answered.</summary>
    ToolCall = 1,
}

/// <summary>One thing that happened in an episode.</summary>
public sealed record Step
{
    /// <summary>Its place in the episode, from 0. Given by the store when the step is logged.</summary>
    public int Ordinal { get; init; } = -1;

    /// <summary>Message or tool call.</summary>
    public StepKind Kind { get; init; }

    /// <summary>Who spoke: <c>user</c>, <c>assistant</c>, or a name. Messages only.</summary>
    public string? Speaker { get; init; }

    /// <summary>What was said; for a tool call the thought that led to it.</summary>
    public string? Text { get; init; }

    /// <summary>The tool's name. Tool calls only.</summary>
    public string? Tool { get; init; }

    /// <summary>What the tool was given: JSON or a command line, kept as it came.</summary>
    public string? Arguments { get; init; }

    /// <summary>What the tool answered.</summary>
    public string? Observation { get; init; }

    /// <summary>True when the tool answered with an error.</summary>
    public bool IsError { get; init; }

    /// <summary>The kind of error, the same for errors that differ only in names and numbers; see <see cref="ErrorClassifier"/>. Null when there was none.</summary>
    public string? ErrorClass { get; init; }

    /// <summary>How long the tool took, to the millisecond.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>What the step cost, in model tokens.</summary>
    public int? Tokens { get; init; }

    /// <summary>When it happened, in UTC to the millisecond. Null when the source did not say.</summary>
    public DateTimeOffset? At { get; init => field = value?.ToMilliseconds(); }

    /// <summary>True when the step holds what a memory gave out. Such a step is kept, but it is never searched or learned from: a memory must not feed on itself.</summary>
    public bool FromMemory { get; init; }

    /// <summary>A message.</summary>
    public static Step Message(string speaker, string text) => new() { Kind = StepKind.Message, Speaker = speaker, Text = text };

    /// <summary>A tool call with its answer.</summary>
    public static Step ToolCall(string tool, string? arguments = null, string? observation = null, bool isError = false) =>
        new() { Kind = StepKind.ToolCall, Tool = tool, Arguments = arguments, Observation = observation, IsError = isError };

    /// <summary>True for a tool call from which something can be learned.</summary>
    internal bool IsAction => Kind == StepKind.ToolCall && !FromMemory;
}
