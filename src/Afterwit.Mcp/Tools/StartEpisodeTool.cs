using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>`start_episode`: begins an episode.</summary>
internal sealed class StartEpisodeTool() : MemoryTool(
    "start_episode", "Start an episode",
    "Begin to record a task. Log its steps as you go, and complete it at the end: only then can others learn from it.",
    ToolEffect.Adds,
    """
    "task":{"type":"string","description":"what is asked, in the words you saw"},
    "project":{"type":"string"},"agent":{"type":"string"},"user":{"type":"string"},"run":{"type":"string"},
    "domain":{"type":"string","description":"field of work, such as sql"},"language":{"type":"string"},"framework":{"type":"string"},"complexity":{"type":"string"},
    "tags":{"type":"array","items":{"type":"string"}},
    "metadata":{"type":"object","additionalProperties":{"type":"string"}},
    "idempotency_key":{"type":"string","description":"a repeat with it stores once"}
    """,
    "task",
    """
    "episode_id":{"type":"string"}
    """)
{
    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var scope = given.Scope() with { Run = given.Text("run") };
        var key = given.Text("idempotency_key");
        var episode = EpisodeRules.Check(new Episode
        {
            Id = key is null ? EpisodeId.New(call.Time) : StableId.Of("start", scope, key),
            Task = given.Required("task"),
            Scope = scope,
            Context = new() { Domain = given.Text("domain"), Language = given.Text("language"), Framework = given.Text("framework"), Complexity = given.Text("complexity"), Tags = given.Texts("tags") },
            Metadata = given.Map("metadata"),
            StartedAt = call.Time.GetUtcNow(),
        });
        try
        {
            await call.Memory.Store.StartEpisodeAsync(episode, cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException) when (key is not null)
        {
            // Begun by an earlier call with the key, and perhaps gone on since.
            if (await call.Memory.Store.GetEpisodeAsync(episode.Id, cancellationToken).ConfigureAwait(false) is not { } begun || begun.Task != episode.Task)
                throw new ConflictException($"idempotency_key '{TextRules.Excerpt(key, 60)}' was used for another task, which is episode {episode.Id}: give a new key.");
        }

        return McpJson.ElementOf(new(episode.Id.ToString()), McpJson.Default.EpisodeStartedJson);
    }
}
