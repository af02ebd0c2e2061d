using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`stats`: what the memory holds.</summary>
internal sealed class StatsTool() : MemoryTool(
    "stats", "What the memory holds",
    "How many episodes, steps, patterns and receipts there are, and the size of the database.",
    ToolEffect.Reads, "", "",
    """
    "episodes":{"type":"integer"},"running":{"type":"integer"},"steps":{"type":"integer"},"patterns":{"type":"integer"},"file_bytes":{"type":"integer"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken) =>
        McpJson.ElementOf(await call.Memory.Store.GetStatisticsAsync(cancellationToken).ConfigureAwait(false), McpJson.Default.StoreStatistics);
}
