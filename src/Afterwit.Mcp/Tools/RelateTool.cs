using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>What `relate` answers when it parts two episodes.</summary>
internal sealed record UnrelateAnswer(bool DryRun, bool Found, string From, string Kind, string To, RelationshipJson? Relationship);

/// <summary>`relate`: joins two episodes, or parts them.</summary>
internal sealed class RelateTool() : MemoryTool(
    "relate", "Relate two episodes",
    "Join two episodes: from is parent of, depends on, follows ... to. Again replaces; remove: true takes it away (dry_run, confirm).",
    ToolEffect.Removes,
    """
    "from":{"type":"string"},
    "kind":{"enum":["parent","depends-on","follows","related","blocks","duplicate","references"]},
    "to":{"type":"string"},
    "note":{"type":"string"},
    "priority":{"type":"integer","minimum":-1000,"maximum":1000},
    "weight":{"type":"number","exclusiveMinimum":0,"maximum":1},
    "metadata":{"type":"object","additionalProperties":{"type":"string"}},
    "remove":{"type":"boolean"},
    "dry_run":{"type":"boolean"},
    "confirm":{"type":"boolean"}
    """,
    "from, kind, to",
    """
    "from":{"type":"string"},"kind":{"type":"string"},"to":{"type":"string"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var edge = new Relationship(given.Episode("from"), given.Choice("kind", [.. Enum.GetValues<RelationshipKind>().Select(kind => (Names.Of(kind), kind))]), given.Episode("to"), given.Text("note"))
        {
            Priority = given.Whole("priority", 0, -1000, 1000),
            Weight = given.Number("weight", 0, 1) ?? 1,
            Metadata = given.Map("metadata"),
        };
        if (given.Flag("remove"))
            return await RemoveAsync(call, edge, cancellationToken).ConfigureAwait(false);
        await call.Memory.RelateAsync(edge, cancellationToken).ConfigureAwait(false);
        return McpJson.ElementOf(RelationshipJson.Of(edge), McpJson.Default.RelationshipJson);
    }

    private static async Task<JsonElement> RemoveAsync(ToolCall call, Relationship edge, CancellationToken cancellationToken)
    {
        var dryRun = call.Arguments.IsDryRun("with remove takes a relationship away");
        var known = (await call.Memory.Store.GetRelationshipsAsync(edge.From, cancellationToken).ConfigureAwait(false)).FirstOrDefault(r => (r.From, r.Kind, r.To) == (edge.From, edge.Kind, edge.To));
        // One that is not there was taken away by an earlier call whose answer was lost.
        var found = known is not null && (dryRun || await call.Memory.Store.UnrelateAsync(edge.From, edge.Kind, edge.To, cancellationToken).ConfigureAwait(false));
        return McpJson.ElementOf(
            new(dryRun, found, edge.From.ToString(), Names.Of(edge.Kind), edge.To.ToString(), known is null ? null : RelationshipJson.Of(known)), McpJson.Default.UnrelateAnswer);
    }
}
