using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`log_steps`: appends steps to a running episode.</summary>
internal sealed class LogStepsTool() : MemoryTool(
    "log_steps", "Log steps",
    "Append what happened, in order, many steps in one call: tool calls (tool, arguments, observation, is_error) and messages (speaker, text). Mark what recall gave as from_memory.",
    ToolEffect.Adds,
    """
    "episode_id":{"type":"string"},
    "steps":{"type":"array","minItems":1,"items":{"type":"object","properties":{"tool":{"type":"string"},"arguments":{},"observation":{},"is_error":{"type":"boolean"},"error_class":{"type":"string"},"speaker":{"type":"string"},"text":{"type":"string"},"latency_ms":{"type":"integer"},"tokens":{"type":"integer"},"at":{"type":"string"},"from_memory":{"type":"boolean"}}}},
    "idempotency_key":{"type":"string"}
    """,
    "episode_id, steps",
    """
    "episode_id":{"type":"string"},"first_ordinal":{"type":"integer"},"steps":{"type":"integer"}
    """)
{
    private static readonly string[] StepFields = ["tool", "arguments", "observation", "is_error", "error_class", "speaker", "text", "latency_ms", "tokens", "at", "from_memory"];

    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var episode = given.Episode();
        var steps = given.Objects("steps", StepFields).Select((step, i) => StepOf(step, i)).ToList();
        if (steps.Count == 0)
            throw new ArgumentException("log_steps needs 'steps': at least one.");
        var first = await call.Memory.LogAsync(episode, steps, given.Text("idempotency_key"), cancellationToken).ConfigureAwait(false);
        return McpJson.ElementOf(new(episode.ToString(), first, steps.Count), McpJson.Default.StepsLoggedJson);
    }

    private static Step StepOf(ToolArguments given, int place)
    {
        var (tool, text) = (given.Text("tool"), given.Text("text"));
        if (tool is null && text is null)
            throw new ArgumentException($"log_steps: steps[{place}] is neither a tool call nor a message: give 'tool', or 'text' with 'speaker'.");
        return new()
        {
            Kind = tool is null ? StepKind.Message : StepKind.ToolCall,
            Tool = tool,
            Text = text,
            Speaker = given.Text("speaker") ?? (tool is null ? "assistant" : null),
            Arguments = given.TextOrJson("arguments"),
            Observation = given.TextOrJson("observation"),
            IsError = given.Flag("is_error"),
            ErrorClass = given.Text("error_class"),
            Latency = given.WholeOrNone("latency_ms", 0, int.MaxValue) is { } latency ? TimeSpan.FromMilliseconds(latency) : null,
            Tokens = given.WholeOrNone("tokens", 0, int.MaxValue),
            At = given.Time("at"),
            FromMemory = given.Flag("from_memory"),
        };
    }
}
