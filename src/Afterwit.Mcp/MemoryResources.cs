using System.Text.Json;
using Afterwit.Mcp.Tools;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Afterwit.Mcp;

/// <summary>What of the memory can be read by an address: whole, as JSON.</summary>
internal static class MemoryResources
{
    private const string Scheme = "afterwit://";
    private const string Json = "application/json";
    private const int LessonsEach = 20;

    public static readonly ListResourcesResult List = new()
    {
        Resources = [new() { Uri = Scheme + "insights", Name = "insights", Title = "Lessons learned", Description = "What goes well, what goes badly and what helps after an error, in each domain.", MimeType = Json }],
    };

    public static readonly ListResourceTemplatesResult Templates = new()
    {
        ResourceTemplates =
        [
            new() { UriTemplate = Scheme + "episode/{id}", Name = "episode", Title = "One episode", Description = "A whole episode or note, by the id that recall gave.", MimeType = Json },
            new() { UriTemplate = Scheme + "playbook/{id}", Name = "playbook", Title = "One playbook", Description = "A playbook by the id that recall or playbook gave, or, by the id of an episode, the one for tasks like it.", MimeType = Json },
        ],
    };

    /// <summary>Reads one.</summary>
    /// <exception cref="McpProtocolException">There is none of that address.</exception>
    public static async Task<ReadResourceResult> ReadAsync(AgentMemory memory, KnownPlaybooks playbooks, string uri, CancellationToken cancellationToken)
    {
        var (kind, id) = uri.StartsWith(Scheme, StringComparison.Ordinal) && uri[Scheme.Length..].Split('/', 2) is [var first, .. var more] ? (first, more is [var second] ? second : null) : ("", null);
        var content = (kind, id) switch
        {
            ("insights", null) => McpJson.ElementOf(
                new([.. (await DomainLessons.ReadAsync(memory.Store, null, LessonsEach, cancellationToken).ConfigureAwait(false)).Select(DomainInsightsJson.Of)]), McpJson.Default.InsightsJson),
            ("episode", not null) when EpisodeId.TryParse(id, out var episode) => await EpisodeAsync(memory, episode, cancellationToken).ConfigureAwait(false),
            ("playbook", not null) => await PlaybookAsync(memory, playbooks, id, cancellationToken).ConfigureAwait(false),
            _ => null,
        };
        return content is { } found
            ? new() { Contents = [new TextResourceContents { Uri = uri, MimeType = Json, Text = McpJson.TextOf(found) }] }
            : throw new McpProtocolException(
                $"There is no resource '{TextRules.Excerpt(uri, 100)}': there are afterwit://insights, afterwit://episode/ID and afterwit://playbook/ID, with ids that recall gave.", McpErrorCode.ResourceNotFound);
    }

    private static async Task<JsonElement?> EpisodeAsync(AgentMemory memory, EpisodeId id, CancellationToken cancellationToken) =>
        await EpisodeReading.ReadAsync(memory.Store, [id], cancellationToken).ConfigureAwait(false) is [{ } found] ? McpJson.ElementOf(found, McpJson.Default.EpisodeJson) : null;

    private static async Task<JsonElement?> PlaybookAsync(AgentMemory memory, KnownPlaybooks playbooks, string id, CancellationToken cancellationToken)
    {
        var query = playbooks.QueryOf(id);
        if (query is null && EpisodeId.TryParse(id, out var episode) && await memory.Store.GetEpisodeAsync(episode, cancellationToken).ConfigureAwait(false) is { } like)
            query = new() { Text = like.Task, Scope = new(like.Scope.Project), Context = like.Context };
        return query is not null && await memory.PlaybookAsync(query, cancellationToken).ConfigureAwait(false) is { } playbook
            ? McpJson.ElementOf(new(PlaybookJson.Of(playbook), null), McpJson.Default.PlaybookResultJson)
            : null;
    }
}
