using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`playbook`: how a task like this is done.</summary>
internal sealed class PlaybookTool() : MemoryTool(
    "playbook", "Playbook for a task",
    "How a task like this was done well: steps, pitfalls, when not to use it, with the runs that show it.",
    ToolEffect.Reads,
    """
    "task":{"type":"string"},
    "project":{"type":"string"},"domain":{"type":"string"},
    "tags":{"type":"array","items":{"type":"string"}},
    "max_tokens":{"type":"integer","default":1000}
    """,
    "task",
    """
    "playbook":{"type":"object"},"empty_reason":{"type":"string"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var query = new RecallQuery { Text = given.Required("task"), Scope = given.Scope(), Context = new() { Domain = given.Text("domain"), Tags = given.Texts("tags") } };
        var budget = given.MaxTokens();
        var playbook = await call.Memory.PlaybookAsync(query, cancellationToken).ConfigureAwait(false);
        if (playbook is not null)
            call.Playbooks.Note(playbook.Id, query);
        return Budget.Fit(
            McpJson.ElementOf(
                new(playbook is null ? null : PlaybookJson.Of(playbook), playbook is null ? "No run like it succeeded: advise shows what to avoid." : null), McpJson.Default.PlaybookResultJson),
            budget, Budget.RaiseIt);
    }
}
