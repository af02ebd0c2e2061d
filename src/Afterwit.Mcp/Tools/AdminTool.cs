using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>What `admin` answers when it lists nothing.</summary>
internal sealed record AdminAnswer(bool DryRun, string Action, string Done);

/// <summary>`admin`: looks after the memory: finds what was left running, lists patterns, withdraws one or puts it back.</summary>
internal sealed class AdminTool() : MemoryTool(
    "admin", "Look after the memory",
    "list_running: episodes that never ended. list_patterns: what was learned. retire_pattern withdraws one, restore_pattern puts it back (both: dry_run, confirm).",
    ToolEffect.Removes,
    """
    "action":{"enum":["list_running","list_patterns","retire_pattern","restore_pattern"]},
    "pattern_id":{"type":"string"},
    "domain":{"type":"string"},
    "limit":{"type":"integer","minimum":1,"maximum":1000,"default":20},
    "max_tokens":{"type":"integer","default":1000},
    "dry_run":{"type":"boolean"},
    "confirm":{"type":"boolean"}
    """,
    "action",
    """
    "episodes":{"type":"array","items":{"type":"object"}},"patterns":{"type":"array","items":{"type":"object"}},"dry_run":{"type":"boolean"},"action":{"type":"string"},"done":{"type":"string"}
    """)
{
    private enum Work
    {
        ListRunning,
        ListPatterns,
        Retire,
        Restore,
    }

    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var action = given.Choice("action", ("list_running", Work.ListRunning), ("list_patterns", Work.ListPatterns), ("retire_pattern", Work.Retire), ("restore_pattern", Work.Restore));
        var (limit, budget) = (given.Whole("limit", 20, 1, 1000), given.MaxTokens());
        return action switch
        {
            Work.ListRunning => Budget.Fit(
                McpJson.ElementOf(
                    new([.. (await call.Memory.Store.ListEpisodesAsync(new() { Status = EpisodeStatus.Running, Domain = given.Text("domain"), Limit = limit }, cancellationToken).ConfigureAwait(false)).Select(EpisodeListItemJson.Of)]),
                    McpJson.Default.EpisodeListJson),
                budget, Budget.RaiseIt),
            Work.ListPatterns => Budget.Fit(
                McpJson.ElementOf(
                    new([.. (await call.Memory.Store.ListPatternsAsync(new() { Domain = given.Text("domain"), Limit = limit }, cancellationToken).ConfigureAwait(false)).Select(PatternJson.OfListed)]),
                    McpJson.Default.PatternListJson),
                budget, Budget.RaiseIt),
            _ => await RetireAsync(call, action == Work.Retire, cancellationToken).ConfigureAwait(false),
        };
    }

    private static async Task<JsonElement> RetireAsync(ToolCall call, bool retire, CancellationToken cancellationToken)
    {
        var id = PatternId.Parse(call.Arguments.Required("pattern_id"));
        var dryRun = call.Arguments.IsDryRun(retire ? "withdraws a lesson from all advice" : "puts a lesson back into all advice");
        var pattern = await call.Memory.Store.GetPatternAsync(id, cancellationToken).ConfigureAwait(false);
        if (pattern is null || (!dryRun && !await call.Memory.Store.RetirePatternAsync(id, retire, cancellationToken).ConfigureAwait(false)))
            throw new NotFoundException($"There is no pattern {id}: list_patterns shows what there is.");
        return McpJson.ElementOf(new(dryRun, retire ? "retire_pattern" : "restore_pattern", TextRules.Excerpt(PatternText.Describe(pattern), 300)), McpJson.Default.AdminAnswer);
    }
}
