using System.Text.Json;

namespace Afterwit.Dashboard.Api;

/// <summary>A login of the page.</summary>
internal sealed record LoginRequest(string Token);

/// <summary>An episode that begins.</summary>
internal sealed record StartRequest(string Task, Scope? Scope = null, ContextRequest? Context = null, Dictionary<string, string>? Metadata = null);

/// <summary>The circumstances of a task; what is missing is not known.</summary>
internal sealed record ContextRequest(string? Domain = null, string? Language = null, string? Framework = null, string? Complexity = null, IReadOnlyList<string>? Tags = null)
{
    /// <summary>The same for the memory.</summary>
    public static EpisodeContext Of(ContextRequest? given) => given is null
        ? EpisodeContext.None
        : new() { Domain = given.Domain, Language = given.Language, Framework = given.Framework, Complexity = given.Complexity, Tags = given.Tags ?? [] };
}

/// <summary>Steps to log.</summary>
internal sealed record StepsRequest(IReadOnlyList<StepRequest> Steps);

/// <summary>A step; arguments and observation are a text, or any JSON, which is kept as text.</summary>
internal sealed record StepRequest(
    string? Kind = null, string? Speaker = null, string? Text = null, string? Tool = null, JsonElement? Arguments = null, JsonElement? Observation = null, bool IsError = false,
    string? ErrorClass = null, int? LatencyMs = null, int? Tokens = null, DateTimeOffset? At = null, bool FromMemory = false)
{
    /// <summary>The step.</summary>
    public Step ToStep()
    {
        var isCall = Kind switch
        {
            null => Tool is not null,
            "tool_call" => true,
            "message" => false,
            _ => throw RequestException.Wrong("kind", $"kind is '{TextRules.Excerpt(Kind, 40)}'; allowed: message, tool_call."),
        };
        if (isCall && string.IsNullOrWhiteSpace(Tool))
            throw RequestException.Wrong("tool", "tool is missing: a tool call names its tool.");
        if (!isCall && Text is null)
            throw RequestException.Wrong("text", "text is missing: a step is a tool call with tool, or a message with text.");
        return new()
        {
            Kind = isCall ? StepKind.ToolCall : StepKind.Message,
            Speaker = isCall ? Speaker : Speaker ?? "assistant",
            Text = Text,
            Tool = Tool,
            Arguments = TextOf(Arguments),
            Observation = TextOf(Observation),
            IsError = IsError,
            ErrorClass = ErrorClass,
            Latency = LatencyMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
            Tokens = Tokens,
            At = At,
            FromMemory = FromMemory,
        };
    }

    private static string? TextOf(JsonElement? value) => value switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } json => json.GetRawText(),
    };
}

/// <summary>How an episode ended.</summary>
internal sealed record CompleteRequest(string Outcome, string? Summary = null, double? Score = null);

/// <summary>A point from which an episode can be taken up again.</summary>
internal sealed record CheckpointRequest(string Note, string? State = null);

/// <summary>An edge to another episode.</summary>
internal sealed record RelateRequest(string Kind, string To, string? Note = null, int Priority = 0, double Weight = 1, Dictionary<string, string>? Metadata = null);

/// <summary>What to look for.</summary>
internal sealed record RecallRequest(
    string Task, IReadOnlyList<string>? Types = null, Scope? Scope = null, ContextRequest? Context = null, bool IncludeFailed = false, DateTimeOffset? Since = null, DateTimeOffset? Until = null,
    int Limit = 10, int? MaxTokens = null, bool KeepReceipt = true, string? EpisodeId = null)
{
    /// <summary>The query.</summary>
    public RecallQuery ToQuery() => new()
    {
        Text = Task,
        Types = Words.Types(Types),
        Scope = Scope ?? Scope.Any,
        Context = ContextRequest.Of(Context),
        IncludeFailed = IncludeFailed,
        Since = Since,
        Until = Until,
        Limit = Limit,
        MaxTokens = MaxTokens,
        KeepReceipt = KeepReceipt,
        Episode = EpisodeId is null ? null : Words.Episode("episode_id", EpisodeId),
    };
}

/// <summary>Where an agent stands.</summary>
internal sealed record AdviseRequest(
    string? Task = null, string? Domain = null, IReadOnlyList<string>? Tags = null, Scope? Scope = null, IReadOnlyList<string>? Tools = null, string? Error = null, string? FailedAction = null,
    string? Observation = null, int Limit = 5)
{
    /// <summary>The same for the memory.</summary>
    public AdviceRequest ToRequest()
    {
        if (string.IsNullOrWhiteSpace(Task) && Tools is null or [] && Error is null)
            throw RequestException.Wrong("task", "Nothing is known of where the agent stands: give task, tools or error.");
        if (Limit is < 1 or > 100)
            throw RequestException.Wrong("limit", $"limit is {Limit}; allowed: 1 to 100.");
        return new() { Task = Task, Domain = Domain, Tags = Tags ?? [], Scope = Scope ?? Scope.Any, Tools = Tools ?? [], Error = Error, FailedAction = FailedAction, Observation = Observation, Limit = Limit };
    }
}

/// <summary>The task that a way is asked for.</summary>
internal sealed record PlaybookRequest(string Task, Scope? Scope = null, ContextRequest? Context = null);

/// <summary>Whether a pattern is withdrawn.</summary>
internal sealed record RetireRequest(bool Retired = true);

/// <summary>What came of a recall.</summary>
internal sealed record FeedbackRequest(string ReceiptId, bool Success, IReadOnlyList<string>? Used = null);
