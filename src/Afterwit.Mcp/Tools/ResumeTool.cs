using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`resume`: all that is needed to take up an episode again.</summary>
internal sealed class ResumeTool() : MemoryTool(
    "resume", "Resume an episode",
    "All that is needed to take up an episode again: its steps, checkpoints, relationships, and advice for the next step.",
    ToolEffect.Reads,
    """
    "episode_id":{"type":"string"},
    "max_tokens":{"type":"integer","default":1000}
    """,
    "episode_id",
    """
    "episode":{"type":"object"},"advice":{"type":"object"},"cut":{"type":"string"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var id = call.Arguments.Episode();
        var budget = call.Arguments.MaxTokens();
        var resumed = await call.Memory.ResumeAsync(id, cancellationToken).ConfigureAwait(false);
        return Budget.Fit(McpJson.ElementOf(ResumedJson.Of(resumed), McpJson.Default.ResumedJson), budget, $"The rest: a higher max_tokens, get_details with from_step, or the resource afterwit://episode/{id}.");
    }
}
