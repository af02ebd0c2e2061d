using System.Text.Json;

namespace Afterwit.Cli.Importing;

/// <summary>A task of a session as it grows, entry by entry.</summary>
internal sealed class ClaudeTask(string sourceId, string session, string prompt, JsonElement entry, DateTimeOffset importedAt, string? of = null)
{
    private const double UnrecoveredScore = 0.25;

    private readonly DateTimeOffset _startedAt = entry.When("timestamp") ?? importedAt;
    private readonly string? _folder = entry.Text("cwd");
    private readonly string? _branch = entry.Text("gitBranch");
    private readonly List<Step> _steps = [];
    private readonly Dictionary<string, int> _openCalls = new(StringComparer.Ordinal);
    private readonly List<string> _thoughts = [];
    private string? _model;
    private string? _messageId;
    private int? _firstStepOfMessage;
    private DateTimeOffset? _endedAt;
    private string? _failure;

    public string SourceId { get; } = sourceId;

    /// <summary>Takes what the agent said, thought and called.</summary>
    public void Answer(JsonElement entry, JsonElement message, ClaudeContent content)
    {
        var at = Touch(entry);
        _failure = IsApiError(entry, content) ? $"an error of the model's API ended it: {content.Prompt}" : null;
        if (message.Text("model") is { } model && !model.StartsWith('<'))
            _model = model;

        // The blocks of one answer are logged one entry each, and every entry repeats the answer's usage.
        var id = message.Text("id");
        if (id is null || id != _messageId)
            _firstStepOfMessage = null;
        _messageId = id;
        var before = _steps.Count;
        if (content.Blocks.Count == 0 && content.Prompt is { } plain)
            Add(Step.Message("assistant", plain), at);
        foreach (var block in content.Blocks)
            Take(block, at);
        if (_firstStepOfMessage is null && _steps.Count > before)
            _firstStepOfMessage = before;
        if (_firstStepOfMessage is { } first && TokensOf(message) is { } tokens)
            _steps[first] = _steps[first] with { Tokens = Math.Max(tokens, _steps[first].Tokens ?? 0) };
    }

    /// <summary>Joins the answers of tools to their calls.</summary>
    public void TakeResults(JsonElement entry, ClaudeContent content)
    {
        foreach (var block in content.Blocks)
        {
            if (block.Text("type") != "tool_result" || block.Text("tool_use_id") is not { } id || !_openCalls.Remove(id, out var index))
                continue;
            var at = Touch(entry);
            var call = _steps[index];
            _steps[index] = call with
            {
                Observation = ClaudeContent.ResultOf(block),
                IsError = block.Flag("is_error") == true,
                Latency = at is { } end && call.At is { } start && end >= start ? end - start : null,
            };
        }
    }

    /// <summary>Takes what the user threw in while the task went on.</summary>
    public void Say(JsonElement entry, ClaudeContent content)
    {
        var at = Touch(entry);
        if (content.IsInterruption)
            _failure = "the user interrupted it";
        Add(Step.Message("user", content.Prompt!), at);
    }

    public Episode ToEpisode()
    {
        return new()
        {
            Id = EpisodeId.FromSource(SourceId),
            SourceId = SourceId,
            Task = prompt,
            Scope = new(Project: LastFolder(_folder), Agent: "claude-code", Run: session),
            Context = new() { Domain = "claude-code", Tags = of is null ? [] : ["subagent"] },
            StartedAt = _startedAt,
            EndedAt = _endedAt,
            Outcome = Infer(_steps, _failure),
            Steps = [.. _steps.Select((step, ordinal) => step with { Ordinal = ordinal })],
            Metadata = ImportMetadata.Of(("cwd", _folder), ("model", _model), ("git_branch", _branch), ("subagent_of", of)),
        };
    }

    /// <summary>The project that a folder stands for.</summary>
    public static string? LastFolder(string? path) =>
        path?.TrimEnd('/', '\\') is { Length: > 0 } trimmed ? trimmed[(trimmed.LastIndexOfAny(['/', '\\']) + 1)..] : null;

    /// <summary>Whether a call of a tool asks this memory: what it answers is no news.</summary>
    public static bool ReadsThisMemory(string tool, JsonElement? input) =>
        tool.Contains("afterwit", StringComparison.OrdinalIgnoreCase)
        || (input is { ValueKind: JsonValueKind.Object } given
            && given.Field("command") is { ValueKind: JsonValueKind.String } command
            && command.AsText("command").TrimStart() is var line
            && (line.StartsWith("afterwit ", StringComparison.Ordinal) || line.StartsWith("./afterwit ", StringComparison.Ordinal)));

    /// <summary>How a task seems to have ended. Nobody gave a verdict: this is what can be seen from outside, and the summary says so.</summary>
    public static Outcome Infer(IReadOnlyList<Step> steps, string? failure = null)
    {
        if (failure is not null)
            return Outcome.Failure($"inferred: {failure}");
        if (steps.Count == 0)
            return Outcome.Abstention("inferred: the log holds no answer to it");
        var last = steps.LastOrDefault(step => step is { Kind: StepKind.ToolCall, FromMemory: false });
        return last?.IsError == true
            ? Outcome.Partial($"inferred: its last tool call, {last.Tool}, failed and was not repaired", UnrecoveredScore)
            : Outcome.Success("inferred: it ended without an interruption or an open error");
    }

    private void Take(JsonElement block, DateTimeOffset? at)
    {
        switch (block.Text("type"))
        {
            case "text" when block.Text("text") is { } text && !string.IsNullOrWhiteSpace(text):
                Add(Step.Message("assistant", text), at);
                break;
            case "thinking" when block.Text("thinking") is { } thought && !string.IsNullOrWhiteSpace(thought):
                _thoughts.Add(thought);
                break;
            case "tool_use" or "server_tool_use":
                var tool = block.RequiredText("name");
                var arguments = block.TextOrJson("input");
                Add(Step.ToolCall(tool, arguments) with
                {
                    Text = _thoughts.Count > 0 ? string.Join('\n', _thoughts) : null,
                    FromMemory = ReadsThisMemory(tool, block.Field("input")),
                }, at);
                _thoughts.Clear();
                if (block.Text("id") is { } id)
                    _openCalls[id] = _steps.Count - 1;
                break;
        }
    }

    private static bool IsApiError(JsonElement entry, ClaudeContent content) =>
        entry.Flag("isApiErrorMessage") == true
        || (content.Prompt is { } said && (said.StartsWith("API Error: ", StringComparison.Ordinal) || said.StartsWith("API Error (", StringComparison.Ordinal)));

    private static int? TokensOf(JsonElement message)
    {
        if (message.Object("usage") is not { } usage)
            return null;
        var sum = (usage.Number("input_tokens") ?? 0) + (usage.Number("cache_creation_input_tokens") ?? 0)
            + (usage.Number("cache_read_input_tokens") ?? 0) + (usage.Number("output_tokens") ?? 0);
        return (int)Math.Clamp(sum, 0, int.MaxValue);
    }

    private void Add(Step step, DateTimeOffset? at) => _steps.Add(step with { At = at });

    private DateTimeOffset? Touch(JsonElement entry)
    {
        var at = entry.When("timestamp");
        if (at > (_endedAt ?? _startedAt))
            _endedAt = at;
        return at;
    }
}
