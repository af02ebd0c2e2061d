namespace Afterwit;

/// <summary>To whom a memory belongs. As a part of a query each value that is set must be equal; a value that is null does not restrict.</summary>
/// <param name="Project">The repository, workspace or data set that the agent works in.</param>
/// <param name="Agent">The agent, with its model or version where that matters: counts are also kept for each agent.</param>
/// <param name="User">The person the agent works for.</param>
/// <param name="Run">The session or batch in which the episode happened.</param>
public sealed record Scope(string? Project = null, string? Agent = null, string? User = null, string? Run = null)
{
    /// <summary>No restriction, or nothing known.</summary>
    public static Scope Any { get; } = new();

    /// <summary>As a part of a query: whether a memory of that scope passes.</summary>
    public bool Includes(Scope memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        return (Project ?? memory.Project) == memory.Project && (Agent ?? memory.Agent) == memory.Agent && (User ?? memory.User) == memory.User && (Run ?? memory.Run) == memory.Run;
    }
}
