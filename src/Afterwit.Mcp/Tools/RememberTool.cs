using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>What `remember` answers.</summary>
internal sealed record RememberAnswer(string EpisodeId, bool Stored, int Characters);

/// <summary>`remember`: keeps a text as a finished episode, whose task is its title and whose messages are the text.</summary>
internal sealed class RememberTool() : MemoryTool(
    "remember", "Remember a note",
    "Keep a fact, note or document for later recall. The same text again is kept once.",
    ToolEffect.Sets,
    """
    "text":{"type":"string"},
    "title":{"type":"string","description":"default: its first line"},
    "tags":{"type":"array","items":{"type":"string"}},
    "project":{"type":"string"},"agent":{"type":"string"},"user":{"type":"string"},"domain":{"type":"string"},
    "idempotency_key":{"type":"string"}
    """,
    "text",
    """
    "episode_id":{"type":"string"},"stored":{"type":"boolean"},"characters":{"type":"integer"}
    """)
{
    private const int LongestTitle = 160;

    // Of each text the first 8,000 characters are searched: a longer one becomes several messages.
    private const int LongestPart = 6000;

    public override async Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var given = call.Arguments;
        var text = given.Required("text");
        var title = given.Text("title") ?? FirstLine(text);
        var scope = given.Scope();
        var domain = given.Text("domain");
        var tags = given.Texts("tags");
        var key = given.Text("idempotency_key");
        var now = call.Time.GetUtcNow();
        var episode = EpisodeRules.CheckWhole(new()
        {
            Id = key is null ? StableId.Of("note", scope, title, text, domain, string.Join('\n', tags)) : StableId.Of("remember", scope, key),
            Task = title,
            Scope = scope,
            Context = new() { Domain = domain, Tags = tags },
            StartedAt = now,
            EndedAt = now,
            Outcome = Outcome.Success(),
            Steps = [.. Parts(text).Select(Notes.Part)],
        });
        // Without a key the id is that of the content: what is there is the same.
        var known = await call.Memory.Store.GetEpisodeAsync(episode.Id, cancellationToken).ConfigureAwait(false);
        if (known is null)
            await call.Memory.WriteAsync(new() { Episodes = [episode] }, cancellationToken: cancellationToken).ConfigureAwait(false);
        else if (known.Task != episode.Task || !known.Steps.Select(s => s.Text).SequenceEqual(episode.Steps.Select(s => s.Text), StringComparer.Ordinal))
            throw new ConflictException($"idempotency_key '{TextRules.Excerpt(key, 60)}' was used for another text, which is kept as {known.Id}: give a new key.");
        return McpJson.ElementOf(new(episode.Id.ToString(), known is null, text.Length), McpJson.Default.RememberAnswer);
    }

    private static string FirstLine(string text) => TextRules.Excerpt(text.AsSpan().Trim().ToString().Split('\n', 2)[0], LongestTitle) is { Length: > 0 } line ? line : TextRules.Excerpt(text, LongestTitle);

    /// <summary>Pieces that together are the text, each ended at a line or word where there is one.</summary>
    private static IEnumerable<string> Parts(string text)
    {
        var start = 0;
        while (text.Length - start > LongestPart)
        {
            var window = text.AsSpan(start, LongestPart);
            var end = window.LastIndexOf('\n') is > LongestPart / 2 and var line ? line + 1
                : window.LastIndexOf(' ') is > LongestPart / 2 and var word ? word + 1
                : char.IsHighSurrogate(window[^1]) ? LongestPart - 1 : LongestPart;
            yield return text.Substring(start, end);
            start += end;
        }

        yield return text[start..];
    }
}
