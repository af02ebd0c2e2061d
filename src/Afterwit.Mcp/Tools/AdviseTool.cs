using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`advise`: what to do next and what to avoid.</summary>
internal sealed class AdviseTool() : MemoryTool(
    "advise", "Advise on the next step",
    "Say what to do next and what to avoid now, learned from past runs, with the reason. Needs task, tools or error.",
    ToolEffect.Reads,
    """
    "task":{"type":"string"},
    "tools":{"type":"array","items":{"type":"string"},"description":"used so far, in order"},
    "error":{"type":"string","description":"what the last tool answered, if an error"},
    "failed_action":{"type":"string","description":"what it was given"},
    "observation":{"type":"string","description":"what the last tool answered, if no error"},
    "domain":{"type":"string"},"project":{"type":"string"},
    "tags":{"type":"array","items":{"type":"string"}},
    "limit":{"type":"integer","minimum":1,"maximum":100,"default":5},
    "max_tokens":{"type":"integer","default":1000}
    """,
    "",
    """
    "next":{"type":"array","items":{"type":"object","properties":{"action":{"type":"string"},"score":{"type":"number"},"reason":{"type":"string"}}}},"avoid":{"type":"array","items":{"type":"object"}},"empty_reason":{"type":"string"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var request = new AdviceRequest
        {
            Task = given.Text("task"),
            Tools = given.Texts("tools"),
            Error = given.Text("error"),
            FailedAction = given.Text("failed_action"),
            Observation = given.Text("observation"),
            Domain = given.Text("domain"),
            Scope = given.Scope(),
            Tags = given.Texts("tags"),
            Limit = given.Whole("limit", 5, 1, 100),
        };
        var budget = given.MaxTokens();
        if (string.IsNullOrWhiteSpace(request.Task) && request.Tools.Count == 0 && request.Error is null)
            throw new ArgumentException("advise knows nothing of where you stand: give task, tools or error.");
        var advice = await call.Memory.AdviseAsync(request, cancellationToken).ConfigureAwait(false);
        return Budget.Fit(McpJson.ElementOf(AdviceJson.Of(advice), McpJson.Default.AdviceJson), budget, Budget.RaiseIt);
    }
}
