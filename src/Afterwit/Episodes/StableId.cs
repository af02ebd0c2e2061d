namespace Afterwit;

/// <summary>Ids that are the same whenever the same call is made again, by whatever process.</summary>
internal static class StableId
{
    /// <summary>The id that stands for some texts within a scope.</summary>
    public static EpisodeId Of(string kind, Scope scope, params ReadOnlySpan<string?> texts)
    {
        // Each text with its length: no two lists of texts make one source.
        var source = new System.Text.StringBuilder("mcp/").Append(kind);
        foreach (var text in (ReadOnlySpan<string?>)[scope.Project, scope.Agent, scope.User, .. texts])
            source.Append('/').Append(text?.Length ?? -1).Append(':').Append(text);
        return EpisodeId.FromSource(source.ToString());
    }
}
