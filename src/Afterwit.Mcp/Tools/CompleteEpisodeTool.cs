using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`complete_episode`: ends an episode and learns from it.</summary>
internal sealed class CompleteEpisodeTool() : MemoryTool(
    "complete_episode", "Complete an episode",
    "End an episode; the memory learns from it. Say honestly how it ended: failures teach, too.",
    ToolEffect.Sets,
    """
    "episode_id":{"type":"string"},
    "outcome":{"enum":["success","partial","failure","abstained"]},
    "summary":{"type":"string"},
    "score":{"type":"number","minimum":0,"maximum":1,"description":"a grade from outside"}
    """,
    "episode_id, outcome",
    """
    "episode_id":{"type":"string"},"status":{"type":"string"},"reward":{"type":"object"},"reflection":{"type":"object"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var id = given.Episode();
        var outcome = new Outcome(
            given.Choice("outcome", ("success", EpisodeStatus.Succeeded), ("partial", EpisodeStatus.Partial), ("failure", EpisodeStatus.Failed), ("abstained", EpisodeStatus.Abstained)),
            given.Text("summary"), given.Number("score", 0, 1));
        var ended = await call.Memory.CompleteAsync(id, outcome, cancellationToken).ConfigureAwait(false);
        return Budget.Fit(McpJson.ElementOf(EpisodeEndedJson.Of(ended), McpJson.Default.EpisodeEndedJson), Budget.Default, $"The rest: the resource afterwit://episode/{id}.");
    }
}
