using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterwit.Dashboard.Api;

/// <summary>How episodes belong together.</summary>
internal static class RelationshipRoutes
{
    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder api, AgentMemory memory)
    {
        api.MapGet("/episodes/{id}/relationships", Answer.Json(ApiJson.Default.RelationshipsJson, c => ListAsync(c, memory)));
        api.MapPost("/episodes/{id}/relationships", Answer.Json(MemoryJson.Default.RelationshipJson, c => RelateAsync(c, memory)));
        api.MapDelete("/episodes/{id}/relationships", Answer.Json(ApiJson.Default.RelationshipRemovalJson, c => UnrelateAsync(c, memory), "kind", "to", "confirm", "dry_run"));
        api.MapGet("/episodes/{id}/graph", c => GraphAsync(c, memory));
    }

    private static async Task<RelationshipsJson> ListAsync(HttpContext context, AgentMemory memory)
    {
        var episode = await memory.GetAsync(Words.Episode(context), context.RequestAborted);
        return new(episode.Id.ToString(), [.. (await memory.Store.GetRelationshipsAsync(episode.Id, context.RequestAborted)).Select(RelationshipJson.Of)]);
    }

    private static async Task<RelationshipJson> RelateAsync(HttpContext context, AgentMemory memory)
    {
        var from = Words.Episode(context);
        var edge = await Answer.BodyAsync(context, ApiJson.Default.RelateRequest);
        var relationship = new Relationship(from, Words.Of<RelationshipKind>("kind", edge.Kind), Words.Episode("to", edge.To), edge.Note) { Priority = edge.Priority, Weight = edge.Weight, Metadata = edge.Metadata ?? [] };
        await memory.RelateAsync(relationship, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status201Created;
        return RelationshipJson.Of(relationship);
    }

    private static async Task<RelationshipRemovalJson> UnrelateAsync(HttpContext context, AgentMemory memory)
    {
        var from = Words.Episode(context);
        var given = new Parameters(context);
        var kind = given.Word<RelationshipKind>("kind") ?? throw RequestException.Wrong("kind", "kind is missing: say which relationship is meant.");
        var to = Words.Episode("to", given.Text("to"));
        var isDry = given.IsDryRun();
        var edge = (await memory.Store.GetRelationshipsAsync(from, context.RequestAborted)).FirstOrDefault(r => (r.From, r.Kind, r.To) == (from, kind, to))
            ?? throw new NotFoundException($"There is no relationship '{Names.Of(kind)}' from {from} to {to}.");
        if (!isDry)
            await memory.UnrelateAsync(from, kind, to, context.RequestAborted);
        return new(isDry, RelationshipJson.Of(edge));
    }

    private static async Task GraphAsync(HttpContext context, AgentMemory memory)
    {
        Parameters.Check(context, "hops", "limit", "kinds", "direction", "to");
        var given = new Parameters(context);
        EpisodeId? to = given.Text("to") is { } end ? Words.Episode("to", end) : null;
        var query = new GraphQuery
        {
            From = Words.Episode(context),
            MaxHops = given.Whole("hops", to is null ? 1 : 32, 1, 32),
            Limit = given.Whole("limit", 100, 1, 10_000),
            Kinds = given.List<RelationshipKind>("kinds"),
            Direction = given.Text("direction") switch
            {
                null or "both" => EdgeDirection.Both,
                "out" => EdgeDirection.Outgoing,
                "in" => EdgeDirection.Incoming,
                var other => throw RequestException.Wrong("direction", $"direction is '{TextRules.Excerpt(other, 40)}'; allowed: out, in, both."),
            },
        };
        var graph = to is { } target ? await memory.PathAsync(query, target, context.RequestAborted) : await memory.GraphAsync(query, context.RequestAborted);
        await Answer.WriteAsync(context, Encoding.UTF8.GetBytes(graph.ToJson()), "application/json");
    }
}
