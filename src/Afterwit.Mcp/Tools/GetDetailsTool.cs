using System.Globalization;
using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>What `get_details` answers.</summary>
internal sealed record DetailsAnswer(List<EpisodeJson>? Episodes, IReadOnlyList<PatternJson>? Patterns, IReadOnlyList<string>? NotFound, string? Cut);

/// <summary>`get_details`: whole episodes and patterns by id, within a budget.</summary>
internal sealed class GetDetailsTool() : MemoryTool(
    "get_details", "Get whole episodes",
    "Whole episodes, notes or patterns by the ids that recall gave. Long texts are cut to max_tokens, visibly; from_step reads on.",
    ToolEffect.Reads,
    """
    "ids":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":50},
    "from_step":{"type":"integer","minimum":0,"description":"whole steps from this one on, as many as fit"},
    "max_tokens":{"type":"integer","default":1000}
    """,
    "ids",
    """
    "episodes":{"type":"array","items":{"type":"object"}},"patterns":{"type":"array","items":{"type":"object"}},"not_found":{"type":"array","items":{"type":"string"}},"cut":{"type":"string"}
    """)
{
    private const int MostIds = 50;

    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var ids = given.Texts("ids").Distinct(StringComparer.Ordinal).ToList();
        if (ids.Count is < 1 or > MostIds)
            throw new ArgumentException($"get_details needs 'ids': 1 to {MostIds} ids that recall gave.");
        var from = given.WholeOrNone("from_step", 0, int.MaxValue);
        var budget = given.MaxTokens();
        var patternIds = ids.Where(id => PatternId.TryParse(id, out _)).ToList();
        var episodeIds = ids.Except(patternIds, StringComparer.Ordinal).ToList();
        var found = await EpisodeReading.ReadAsync(call.Memory.Store, [.. episodeIds.Select(ToolArguments.IdOf)], cancellationToken).ConfigureAwait(false);
        var patterns = patternIds.Count == 0 ? [] : await call.Memory.Store.GetPatternsAsync([.. patternIds.Select(PatternId.Parse)], cancellationToken).ConfigureAwait(false);
        var uplifts = await Uplifts.ReadAsync(call.Memory.Store, patterns.OfType<Pattern>().Select(p => p.Domain), cancellationToken).ConfigureAwait(false);
        List<string> missing = [.. episodeIds.Where((_, i) => found[i] is null), .. patternIds.Where((_, i) => patterns[i] is null)];
        if (missing.Count == ids.Count)
            throw new NotFoundException($"Nothing of {string.Join(", ", missing.Take(3))} is in this memory: give ids that recall returned.");
        var answer = new DetailsAnswer(
            NullIfEmpty(found.OfType<EpisodeJson>().DistinctBy(e => e.EpisodeId, StringComparer.Ordinal)), NullIfEmpty(patterns.OfType<Pattern>().Select(p => PatternJson.OfWhole(p, uplifts))), NullIfEmpty(missing), null);
        if (from is null or 0 && McpJson.ElementOf(answer, McpJson.Default.DetailsAnswer) is var whole && Budget.TokensOf(whole) <= budget)
            return whole;
        // What was done says more than what was recalled for it: that comes only where all of it fits.
        answer = answer with { Episodes = answer.Episodes?.ConvertAll(e => e with { Recalls = null }) };
        return Budget.Fit(
            from is { } first ? Page(answer, first, budget) : McpJson.ElementOf(answer, McpJson.Default.DetailsAnswer), budget,
            "The rest: fewer ids, a higher max_tokens (up to 20000), from_step (0: from the first) for whole steps in parts, or the resource afterwit://episode/ID.");
    }

    /// <summary>As many whole steps of each episode as fit, but one at least.</summary>
    private static JsonElement Page(DetailsAnswer answer, int from, int budget)
    {
        var most = answer.Episodes?.Max(e => e.Steps.Count(s => s.Ordinal >= from)) ?? 0;
        JsonElement Of(int steps) => McpJson.ElementOf(
            answer with
            {
                Episodes = answer.Episodes?.ConvertAll(e => e with { Steps = [.. e.Steps.Where(s => s.Ordinal >= from).Take(steps)] }),
                Cut = steps < most ? string.Create(CultureInfo.InvariantCulture, $"{most - steps} more steps: go on with from_step {from + steps}.") : null,
            },
            McpJson.Default.DetailsAnswer);
        var (fits, tooMany) = (Math.Min(1, most), most + 1);
        while (tooMany - fits > 1)
        {
            var middle = fits + ((tooMany - fits) / 2);
            (fits, tooMany) = Budget.TokensOf(Of(middle)) <= budget ? (middle, tooMany) : (fits, middle);
        }

        return Of(fits);
    }

    private static List<T>? NullIfEmpty<T>(IEnumerable<T> items) => items.ToList() is { Count: > 0 } some ? some : null;
}
