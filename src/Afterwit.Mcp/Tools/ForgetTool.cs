using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>What `forget` answers.</summary>
internal sealed record ForgetAnswer(bool DryRun, int Forgotten, int Found, int Missing, IReadOnlyList<ForgottenLine> Episodes, IReadOnlyList<string>? NotFound);

/// <summary>One episode that goes.</summary>
internal sealed record ForgottenLine(string EpisodeId, string Task, int Steps);

/// <summary>`forget`: removes episodes and takes back what they taught.</summary>
internal sealed class ForgetTool() : MemoryTool(
    "forget", "Forget episodes",
    "Remove episodes or notes for good, and all that was learned from them. Try dry_run first; confirm: true does it.",
    ToolEffect.Removes,
    """
    "episode_ids":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":1000},
    "dry_run":{"type":"boolean"},
    "confirm":{"type":"boolean"}
    """,
    "episode_ids",
    """
    "dry_run":{"type":"boolean"},"forgotten":{"type":"integer"},"found":{"type":"integer"},"missing":{"type":"integer"},"episodes":{"type":"array","items":{"type":"object"}},"not_found":{"type":"array","items":{"type":"string"}}
    """)
{
    private const int MostIds = 1000;
    private const int AtATime = 100;

    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var ids = given.Episodes("episode_ids", MostIds).Distinct().ToList();
        var dryRun = given.IsDryRun("removes for good");
        var lines = new List<ForgottenLine>();
        var missing = new List<string>();
        foreach (var some in ids.Chunk(AtATime))
        {
            // Each hundred is gone or not as a whole: a call that is cancelled leaves whole ones.
            cancellationToken.ThrowIfCancellationRequested();
            var episodes = await call.Memory.GetAsync(some, cancellationToken).ConfigureAwait(false);
            var removed = dryRun ? null : await call.Memory.ForgetAsync(some, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < some.Length; i++)
            {
                if (episodes[i] is { } episode && removed?[i].Outcome != BatchOutcome.NotFound)
                    lines.Add(new(some[i].ToString(), TextRules.Excerpt(episode.Task, 100), episode.Steps.Count));
                else
                    missing.Add(some[i].ToString());
            }

            if (call.Progress is { } progress)
                await progress.ReportAsync(lines.Count + missing.Count, ids.Count, $"{lines.Count} {(dryRun ? "would go" : "are gone")}", cancellationToken).ConfigureAwait(false);
        }

        return Budget.Fit(McpJson.ElementOf(new(dryRun, dryRun ? 0 : lines.Count, lines.Count, missing.Count, lines, missing.Count == 0 ? null : missing), McpJson.Default.ForgetAnswer), Budget.Default, "The counts are of all.");
    }
}
