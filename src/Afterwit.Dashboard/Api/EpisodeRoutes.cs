using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterwit.Dashboard.Api;

/// <summary>Episodes: their list, their life, and what they taught.</summary>
internal static class EpisodeRoutes
{
    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder api, AgentMemory memory)
    {
        api.MapGet("/episodes", Answer.Json(ApiJson.Default.EpisodePageJson, c => ListAsync(c, memory), "status", "project", "agent", "user", "run", "domain", "tag", "meta", "since", "until", "limit", "cursor"));
        api.MapPost("/episodes", Answer.Json(MemoryJson.Default.EpisodeStartedJson, c => StartAsync(c, memory)));
        api.MapGet("/episodes/{id}", Answer.Json(MemoryJson.Default.EpisodeJson, c => GetAsync(c, memory)));
        api.MapDelete("/episodes/{id}", Answer.Json(ApiJson.Default.EpisodeRemovalJson, c => ForgetAsync(c, memory), "confirm", "dry_run"));
        api.MapPost("/episodes/{id}/steps", Answer.Json(MemoryJson.Default.StepsLoggedJson, c => LogAsync(c, memory)));
        api.MapPost("/episodes/{id}/complete", Answer.Json(MemoryJson.Default.EpisodeEndedJson, c => CompleteAsync(c, memory)));
        api.MapPost("/episodes/{id}/checkpoints", Answer.Json(MemoryJson.Default.CheckpointSavedJson, c => CheckpointAsync(c, memory)));
        api.MapPost("/episodes/{id}/resume", Answer.Json(MemoryJson.Default.ResumedJson, async c => ResumedJson.Of(await memory.ResumeAsync(Words.Episode(c), c.RequestAborted))));
        api.MapGet("/episodes/{id}/lessons", Answer.Json(ApiJson.Default.EpisodeLessonsJson, c => LessonsAsync(c, memory), "limit"));
        api.MapGet("/episodes/{id}/recalls", Answer.Json(MemoryJson.Default.EpisodeRecallsJson, c => RecallsAsync(c, memory), "limit"));
    }

    private static async Task<EpisodePageJson> ListAsync(HttpContext context, AgentMemory memory)
    {
        var given = new Parameters(context);
        var limit = given.Whole("limit", 50, 1, 1000);
        var found = await memory.Store.ListEpisodesAsync(
            new()
            {
                Status = given.Word<EpisodeStatus>("status"),
                Scope = new(given.Text("project"), given.Text("agent"), given.Text("user"), given.Text("run")),
                Domain = given.Text("domain"),
                Tag = given.Text("tag"),
                Metadata = Pair(given.Text("meta")),
                Since = given.Time("since"),
                Until = given.Time("until"),
                After = Cursor.Read(given.Text("cursor")),
                Limit = limit + 1, // one more tells whether there is another page
            },
            context.RequestAborted);
        return new([.. found.Take(limit).Select(EpisodeListItemJson.Of)], found.Count > limit ? Cursor.Of(found[limit - 1]) : null);
    }

    private static KeyValuePair<string, string>? Pair(string? text)
    {
        if (text is null)
            return null;
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? new(text[..at], text[(at + 1)..]) : throw RequestException.Wrong("meta", $"meta is '{TextRules.Excerpt(text, 60)}'; allowed: KEY=VALUE.");
    }

    private static async Task<EpisodeStartedJson> StartAsync(HttpContext context, AgentMemory memory)
    {
        var start = await Answer.BodyAsync(context, ApiJson.Default.StartRequest);
        var id = await memory.StartAsync(start.Task, start.Scope, ContextRequest.Of(start.Context), start.Metadata, Answer.IdempotencyKey(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"/api/v1/episodes/{id}";
        return new(id.ToString());
    }

    private static async Task<EpisodeJson> GetAsync(HttpContext context, AgentMemory memory)
    {
        var (id, stop) = (Words.Episode(context), context.RequestAborted);
        return EpisodeJson.Of(await memory.GetAsync(id, stop), await memory.Store.GetCheckpointsAsync(id, stop), await memory.Store.GetRelationshipsAsync(id, stop));
    }

    private static async Task<EpisodeRemovalJson> ForgetAsync(HttpContext context, AgentMemory memory)
    {
        var (id, stop) = (Words.Episode(context), context.RequestAborted);
        var isDry = new Parameters(context).IsDryRun();
        var episode = await memory.GetAsync(id, stop);
        var checkpoints = await memory.Store.GetCheckpointsAsync(id, stop);
        var relationships = await memory.Store.GetRelationshipsAsync(id, stop);
        if (!isDry)
            await memory.ForgetAsync(id, stop);
        return new(isDry, id.ToString(), TextRules.Excerpt(episode.Task, 160), episode.Steps.Count, checkpoints.Count, relationships.Count, Learner.Observe(episode).Count);
    }

    private static async Task<StepsLoggedJson> LogAsync(HttpContext context, AgentMemory memory)
    {
        var id = Words.Episode(context);
        var log = await Answer.BodyAsync(context, ApiJson.Default.StepsRequest);
        if (log.Steps.Count == 0)
            throw RequestException.Wrong("steps", "steps is empty: give at least one.");
        var steps = log.Steps.Select(s => s is null ? throw RequestException.Wrong("steps", "steps has a null among them: leave it away.") : s.ToStep());
        var first = await memory.LogAsync(id, [.. steps], Answer.IdempotencyKey(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status201Created;
        return new(id.ToString(), first, log.Steps.Count);
    }

    private static async Task<EpisodeEndedJson> CompleteAsync(HttpContext context, AgentMemory memory)
    {
        var id = Words.Episode(context);
        var end = await Answer.BodyAsync(context, ApiJson.Default.CompleteRequest);
        return EpisodeEndedJson.Of(await memory.CompleteAsync(id, new(Words.Outcome(end.Outcome), end.Summary, end.Score), context.RequestAborted));
    }

    private static async Task<CheckpointSavedJson> CheckpointAsync(HttpContext context, AgentMemory memory)
    {
        var id = Words.Episode(context);
        var point = await Answer.BodyAsync(context, ApiJson.Default.CheckpointRequest);
        await memory.CheckpointAsync(id, point.Note, point.State, context.RequestAborted);
        var saved = (await memory.Store.GetCheckpointsAsync(id, context.RequestAborted))[^1];
        context.Response.StatusCode = StatusCodes.Status201Created;
        return new(id.ToString(), Names.Iso(saved.At), saved.Steps, saved.Note);
    }

    private static async Task<EpisodeRecallsJson> RecallsAsync(HttpContext context, AgentMemory memory)
    {
        var id = Words.Episode(context);
        var recalls = await KeptRecallJson.ReadAsync(memory.Store, id, new Parameters(context).Whole("limit", KeptRecallJson.Most, 1, 100), context.RequestAborted);
        if (recalls.Count == 0)
            await memory.GetAsync(id, context.RequestAborted); // a mistyped id is told from an episode that nothing was recalled for
        return new(id.ToString(), recalls);
    }

    private static async Task<EpisodeLessonsJson> LessonsAsync(HttpContext context, AgentMemory memory)
    {
        var limit = new Parameters(context).Whole("limit", 100, 1, 1000);
        var episode = await memory.GetAsync(Words.Episode(context), context.RequestAborted);
        var shown = Learner.Observe(episode);
        var patterns = (await memory.Store.FindPatternsAsync([.. shown.Select(o => o.Pattern).Distinct()], context.RequestAborted)).ToDictionary(p => p.Id);
        return new(episode.Id.ToString(),
        [
            .. shown.Where(o => patterns.ContainsKey(o.Pattern))
                .Select(o => (Seen: o, Pattern: patterns[o.Pattern]))
                .OrderByDescending(l => l.Pattern.Support).ThenBy(l => l.Seen.Step)
                .Take(limit)
                .Select(l => new EpisodeLessonJson(PatternJson.OfListed(l.Pattern), l.Seen.Success, l.Seen.ActionFailed, l.Seen.Step)),
        ]);
    }
}
