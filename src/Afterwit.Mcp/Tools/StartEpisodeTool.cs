using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`start_episode`: begins an episode.</summary>
internal sealed class StartEpisodeTool() : MemoryTool(
    "start_episode", "Start an episode",
    "Begin to record a task. Log its steps as you go, and complete it at the end: only then can others learn from it.",
    ToolEffect.Adds,
    """
    "task":{"type":"string","description":"what is asked, in the words you saw"},
    "project":{"type":"string"},"agent":{"type":"string"},"user":{"type":"string"},"run":{"type":"string"},
    "domain":{"type":"string","description":"field of work, such as sql"},"language":{"type":"string"},"framework":{"type":"string"},"complexity":{"type":"string"},
    "tags":{"type":"array","items":{"type":"string"}},
    "metadata":{"type":"object","additionalProperties":{"type":"string"}},
    "idempotency_key":{"type":"string","description":"a repeat with it stores once"}
    """,
    "task",
    """
    "episode_id":{"type":"string"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var context = new EpisodeContext
        {
            Domain = given.Text("domain"),
            Language = given.Text("language"),
            Framework = given.Text("framework"),
            Complexity = given.Text("complexity"),
            Tags = given.Texts("tags"),
        };
        var id = await call.Memory.StartAsync(
            given.Required("task"), given.Scope() with { Run = given.Text("run") }, context, given.Map("metadata"), given.Text("idempotency_key"), cancellationToken).ConfigureAwait(false);
        return McpJson.ElementOf(new(id.ToString()), McpJson.Default.EpisodeStartedJson);
    }
}
