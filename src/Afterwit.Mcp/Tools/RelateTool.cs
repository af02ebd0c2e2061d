using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`relate`: joins two episodes, or parts them.</summary>
internal sealed class RelateTool() : MemoryTool(
    "relate", "Relate two episodes",
    "Join two episodes: from is parent of, depends on, follows ... to. Again replaces; remove: true takes it away.",
    ToolEffect.Sets,
    """
    "from":{"type":"string"},
    "kind":{"enum":["parent","depends-on","follows","related","blocks","duplicate","references"]},
    "to":{"type":"string"},
    "note":{"type":"string"},
    "priority":{"type":"integer","minimum":-1000,"maximum":1000},
    "weight":{"type":"number","exclusiveMinimum":0,"maximum":1},
    "metadata":{"type":"object","additionalProperties":{"type":"string"}},
    "remove":{"type":"boolean"}
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
            await call.Memory.UnrelateAsync(edge.From, edge.Kind, edge.To, cancellationToken).ConfigureAwait(false);
        else
            await call.Memory.RelateAsync(edge, cancellationToken).ConfigureAwait(false);
        return McpJson.ElementOf(RelationshipJson.Of(edge), McpJson.Default.RelationshipJson);
    }
}
