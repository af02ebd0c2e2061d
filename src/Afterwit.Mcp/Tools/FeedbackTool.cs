using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`feedback`: what came of a recall.</summary>
internal sealed class FeedbackTool() : MemoryTool(
    "feedback", "Feedback on a recall",
    "Say which hits of a recall were used and whether the task was done: what helped ranks higher. Again replaces.",
    ToolEffect.Sets,
    """
    "receipt_id":{"type":"string"},
    "used":{"type":"array","items":{"type":"string"},"description":"ids of hits"},
    "outcome":{"enum":["success","failure"]}
    """,
    "receipt_id, outcome",
    """
    "receipt_id":{"type":"string"},"success":{"type":"boolean"},"used":{"type":"array","items":{"type":"string"}}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var feedback = new Feedback(ReceiptId.Parse(given.Required("receipt_id")), given.Choice("outcome", ("success", true), ("failure", false)), given.Texts("used"));
        await call.Memory.FeedbackAsync(feedback, cancellationToken).ConfigureAwait(false);
        return McpJson.ElementOf(new(feedback.Receipt.ToString(), feedback.Success, feedback.Used), McpJson.Default.FeedbackJson);
    }
}
