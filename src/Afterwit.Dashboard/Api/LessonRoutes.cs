using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterwit.Dashboard.Api;

/// <summary>What helps with the next task: recall, advice, playbooks, patterns, insights, and what came of them.</summary>
internal static class LessonRoutes
{
    private const string NoPlaybook = "No run of a similar task has succeeded yet. A recall with include_failed shows what was tried.";

    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder api, AgentMemory memory)
    {
        api.MapPost("/recall", Answer.Json(MemoryJson.Default.RecallJson, async c => RecallJson.Of(await memory.RecallAsync((await Answer.BodyAsync(c, ApiJson.Default.RecallRequest)).ToQuery(), c.RequestAborted))));
        api.MapPost("/advise", Answer.Json(MemoryJson.Default.AdviceJson, async c => AdviceJson.Of(await memory.AdviseAsync((await Answer.BodyAsync(c, ApiJson.Default.AdviseRequest)).ToRequest(), c.RequestAborted))));
        api.MapPost("/playbook", Answer.Json(MemoryJson.Default.PlaybookResultJson, c => PlaybookAsync(c, memory)));
        api.MapPost("/feedback", Answer.Json(MemoryJson.Default.FeedbackJson, c => FeedbackAsync(c, memory)));
        api.MapGet("/patterns", Answer.Json(MemoryJson.Default.PatternListJson, c => ListAsync(c, memory), "domain", "kind", "min_support", "retired", "limit"));
        api.MapGet("/patterns/{id}", Answer.Json(MemoryJson.Default.PatternJson, c => ShowAsync(c, memory)));
        api.MapPost("/patterns/{id}/retire", Answer.Json(MemoryJson.Default.PatternStateJson, c => RetireAsync(c, memory)));
        api.MapGet("/insights", Answer.Json(MemoryJson.Default.InsightsJson, c => InsightsAsync(c, memory), "domain", "limit"));
    }

    private static async Task<PlaybookResultJson> PlaybookAsync(HttpContext context, AgentMemory memory)
    {
        var asked = await Answer.BodyAsync(context, ApiJson.Default.PlaybookRequest);
        var playbook = await memory.PlaybookAsync(new() { Text = asked.Task, Scope = asked.Scope ?? Scope.Any, Context = ContextRequest.Of(asked.Context) }, context.RequestAborted);
        return playbook is null ? new(null, NoPlaybook) : new(PlaybookJson.Of(playbook), null);
    }

    private static async Task<FeedbackJson> FeedbackAsync(HttpContext context, AgentMemory memory)
    {
        var given = await Answer.BodyAsync(context, ApiJson.Default.FeedbackRequest);
        if (!ReceiptId.TryParse(given.ReceiptId, out var receipt))
            throw RequestException.Wrong("receipt_id", $"receipt_id is '{TextRules.Excerpt(given.ReceiptId, 60)}'; expected r and 32 hexadecimal digits, as a recall gives it.");
        await memory.FeedbackAsync(new(receipt, given.Success, given.Used ?? []), context.RequestAborted);
        return new(receipt.ToString(), given.Success, given.Used ?? []);
    }

    private static async Task<PatternListJson> ListAsync(HttpContext context, AgentMemory memory)
    {
        var given = new Parameters(context);
        var patterns = await memory.Store.ListPatternsAsync(
            new()
            {
                Domain = given.Text("domain"),
                Kind = given.Word<PatternKind>("kind"),
                MinSupport = given.Whole("min_support", Pattern.ActiveSupport, 0, 1_000_000),
                IncludeRetired = given.Flag("retired"),
                Limit = given.Whole("limit", 50, 1, 1000),
            },
            context.RequestAborted);
        return new([.. patterns.Select(PatternJson.OfListed)]);
    }

    private static async Task<Pattern> GetAsync(HttpContext context, AgentMemory memory)
    {
        var id = Words.Pattern(context);
        return await memory.Store.GetPatternAsync(id, context.RequestAborted) ?? throw new NotFoundException($"There is no pattern {id}.");
    }

    private static async Task<PatternJson> ShowAsync(HttpContext context, AgentMemory memory)
    {
        var pattern = await GetAsync(context, memory);
        return PatternJson.OfWhole(pattern, await Uplifts.ReadAsync(memory.Store, [pattern.Domain], context.RequestAborted));
    }

    private static async Task<PatternStateJson> RetireAsync(HttpContext context, AgentMemory memory)
    {
        var id = Words.Pattern(context);
        var asked = await Answer.BodyAsync(context, ApiJson.Default.RetireRequest);
        if (!await memory.Store.RetirePatternAsync(id, asked.Retired, context.RequestAborted))
            throw new NotFoundException($"There is no pattern {id}.");
        return new(id.ToString(), Names.Of((await GetAsync(context, memory)).State));
    }

    private static async Task<InsightsJson> InsightsAsync(HttpContext context, AgentMemory memory)
    {
        var given = new Parameters(context);
        var domains = await DomainLessons.ReadAsync(memory.Store, given.Text("domain"), given.Whole("limit", 5, 1, 1000), context.RequestAborted);
        return new([.. domains.Select(DomainInsightsJson.Of)]);
    }
}
