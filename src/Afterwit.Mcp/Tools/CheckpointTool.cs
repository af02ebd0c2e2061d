using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`checkpoint`: keeps a point from which an episode can be taken up again.</summary>
internal sealed class CheckpointTool() : MemoryTool(
    "checkpoint", "Save a checkpoint",
    "Keep where an episode stands, so that you or another agent can resume it. The same again is kept once.",
    ToolEffect.Sets,
    """
    "episode_id":{"type":"string"},
    "note":{"type":"string","description":"what is done, what comes next"},
    "state":{"type":"string","description":"whatever is needed to go on"}
    """,
    "episode_id",
    """
    "episode_id":{"type":"string"},"at":{"type":"string"},"steps":{"type":"integer"},"note":{"type":"string"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var id = given.Episode();
        var (note, state) = (given.Text("note"), given.Text("state"));
        if (note is null && state is null)
            throw new ArgumentException("checkpoint needs 'note' or 'state': without them there is nothing to keep.");
        var steps = (await call.Memory.GetAsync(id, cancellationToken).ConfigureAwait(false)).Steps.Count;
        var last = await call.Memory.Store.GetCheckpointsAsync(id, cancellationToken).ConfigureAwait(false) is [.., var newest] ? newest : null;
        // Nothing happened since and the same is said: a repeat of a call whose answer was lost.
        if (last is null || last.Steps != steps || last.Note != SecretRedactor.Redact(note) || last.State != SecretRedactor.Redact(state))
        {
            await call.Memory.CheckpointAsync(id, note, state, cancellationToken).ConfigureAwait(false);
            last = (await call.Memory.Store.GetCheckpointsAsync(id, cancellationToken).ConfigureAwait(false))[^1];
        }

        return McpJson.ElementOf(new(id.ToString(), Names.Iso(last.At), last.Steps, last.Note), McpJson.Default.CheckpointSavedJson);
    }
}
