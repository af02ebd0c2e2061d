namespace Afterwit;

/// <summary>Under which circumstances a task is done. A query's context raises the episodes that share it; it never excludes one.</summary>
public sealed record EpisodeContext
{
    /// <summary>Nothing known.</summary>
    public static EpisodeContext None { get; } = new();

    /// <summary>The field of work, such as <c>sql</c> or <c>airline-support</c>. Patterns are learned apart for each domain.</summary>
    public string? Domain { get; init; }

    /// <summary>The programming or natural language.</summary>
    public string? Language { get; init; }

    /// <summary>The framework, engine or product worked with.</summary>
    public string? Framework { get; init; }

    /// <summary>How hard the task was judged to be, in the caller's own scale.</summary>
    public string? Complexity { get; init; }

    /// <summary>Free marks; <c>name:value</c> is customary, such as <c>env:poker_player</c>. Kept sorted, each once.</summary>
    public IReadOnlyList<string> Tags
    {
        get;
        init => field = [.. value.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    } = [];
}
