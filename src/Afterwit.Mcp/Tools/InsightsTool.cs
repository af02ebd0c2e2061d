using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`insights`: the lessons of each domain.</summary>
internal sealed class InsightsTool() : MemoryTool(
    "insights", "Lessons learned",
    "What was learned in each domain, with the numbers: what goes well, what goes badly, what helps after an error.",
    ToolEffect.Reads,
    """
    "domain":{"type":"string"},
    "limit":{"type":"integer","minimum":1,"maximum":1000,"default":5},
    "max_tokens":{"type":"integer","default":1000}
    """,
    "",
    """
    "domains":{"type":"array","items":{"type":"object"}},"cut":{"type":"string"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var limit = given.Whole("limit", 5, 1, 1000);
        var budget = given.MaxTokens();
        var domains = await DomainLessons.ReadAsync(call.Memory.Store, given.Text("domain"), limit, cancellationToken).ConfigureAwait(false);
        return Budget.Fit(McpJson.ElementOf(new([.. domains.Select(DomainInsightsJson.Of)]), McpJson.Default.InsightsJson), budget, Budget.RaiseIt);
    }
}
