using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>What `recall` answers.</summary>
internal sealed record RecallAnswer(string? ReceiptId, IReadOnlyList<RecallLine> Hits, int Tokens, string? EmptyReason, string? More);

/// <summary>One hit, in under 100 tokens.</summary>
internal sealed record RecallLine(string Id, string Type, string Title, double Score, string? Status, string? Line);

/// <summary>`recall`: finds past work and notes; compact, within a budget.</summary>
internal sealed class RecallTool() : MemoryTool(
    "recall", "Recall from memory",
    "Find past episodes, notes, lessons and ways that help with a task or answer a question, in any words. Compact hits; get_details gives the whole by id. Pass episode_id once you have started one.",
    ToolEffect.Reads,
    """
    "query":{"type":"string","description":"the task or question"},
    "limit":{"type":"integer","minimum":1,"maximum":50,"default":10},
    "max_tokens":{"type":"integer","minimum":50,"maximum":20000,"default":1000},
    "types":{"type":"array","items":{"enum":["episode","step","pattern","playbook"]},"description":"default: episode and step"},
    "project":{"type":"string"},"agent":{"type":"string"},"user":{"type":"string"},
    "domain":{"type":"string","description":"ranks higher, excludes nothing"},
    "tags":{"type":"array","items":{"type":"string"},"description":"rank higher, exclude nothing"},
    "since":{"type":"string"},"until":{"type":"string"},
    "include_failed":{"type":"boolean"},
    "episode_id":{"type":"string","description":"the episode you work on: what was recalled is kept with it"}
    """,
    "query",
    """
    "receipt_id":{"type":"string"},"hits":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"type":{"type":"string"},"title":{"type":"string"},"score":{"type":"number"},"line":{"type":"string"}}}},"tokens":{"type":"integer"},"empty_reason":{"type":"string"}
    """)
{
    // A hit of an id, a title, a line and the marks of JSON stays under 100 tokens of four characters.
    private const int LongestTitle = 110;
    private const int LongestLine = 130;

    /// <summary>So many times the hits that are wanted are asked for: an episode and its steps are one hit.</summary>
    private const int Depth = 2;

    /// <summary>A place among the episodes counts half of one among the steps: what was said and done says more of a run than its task, and all there is of a note.</summary>
    private const double EpisodeShare = 0.5;

    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var limit = given.Whole("limit", 10, 1, 50);
        var budget = given.MaxTokens();
        var types = given.Types("types", RecallTypes.Episode | RecallTypes.Step);
        var query = new RecallQuery
        {
            Text = given.Required("query"),
            Types = types,
            Scope = given.Scope(),
            Context = new() { Domain = given.Text("domain"), Tags = given.Texts("tags") },
            Since = given.Time("since"),
            Until = given.Time("until"),
            IncludeFailed = given.Flag("include_failed"),
            Limit = Math.Min(1000, limit * Depth),
            Episode = given.Text("episode_id") is { } id ? ToolArguments.IdOf(id) : null,
        };
        var result = await call.Memory.RecallAsync(query, cancellationToken).ConfigureAwait(false);
        if (result.Hits.FirstOrDefault(hit => hit.Type == RecallTypes.Playbook) is { } playbook)
            call.Playbooks.Note(playbook.Id, query);
        var lines = Fuse(result.Hits).Take(limit).Select(LineOf).ToList();
        var (kept, tokens) = Budget.Take(lines, line => McpJson.ElementOf(line, McpJson.Default.RecallLine), budget);
        return McpJson.ElementOf(
            new RecallAnswer(
                result.ReceiptId?.ToString(), kept, tokens, kept.Count > 0 ? null : result.EmptyReason ?? $"The best hit alone costs more than {budget} tokens: raise max_tokens.",
                kept.Count < lines.Count ? $"{lines.Count - kept.Count} more hits: raise max_tokens." : null),
            McpJson.Default.RecallAnswer);
    }

    /// <summary>
    /// Episodes and steps in one list, by the sum of weight / place over the lists that an episode is in (reciprocal rank fusion, after Cormack, Clarke and Büttcher, SIGIR 2009, with a constant of 0: the first
    /// places count most). Where the two lists share nothing, every third hit is found by its task. Lessons and ways take turns with them.
    /// </summary>
    private static IEnumerable<RecallHit> Fuse(IReadOnlyList<RecallHit> hits)
    {
        var ranked = hits.GroupBy(hit => hit.Type).SelectMany(list => list.Select((hit, place) => (Hit: hit, Weight: (hit.Type == RecallTypes.Episode ? EpisodeShare : 1) / (1 + place)))).ToList();
        var runs = ranked.Where(r => r.Hit.Type is RecallTypes.Episode or RecallTypes.Step)
            .GroupBy(r => r.Hit.Id.Split('#')[0], StringComparer.Ordinal)
            .OrderByDescending(run => run.DistinctBy(r => r.Hit.Type).Sum(r => r.Weight))
            .Select(run => run.MaxBy(r => r.Weight).Hit);
        var others = ranked.Where(r => r.Hit.Type is not (RecallTypes.Episode or RecallTypes.Step)).GroupBy(r => r.Hit.Type).Select(list => list.Select(r => r.Hit));
        return ((IEnumerable<IEnumerable<RecallHit>>)[runs, .. others]).SelectMany(list => list.Select((hit, place) => (hit, place))).OrderBy(h => h.place).Select(h => h.hit);
    }

    private static RecallLine LineOf(RecallHit hit) => new(
        hit.Id, hit.Type.ToString().ToLowerInvariant(), TextRules.Excerpt(hit.Title, LongestTitle), Math.Round(hit.Score, 3),
        hit.Status is { } status && status != EpisodeStatus.Succeeded ? Names.Of(status) : null,
        hit.BestStep is { } step ? TextRules.Excerpt(step.Summary, LongestLine) : null);
}
