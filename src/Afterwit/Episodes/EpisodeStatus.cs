namespace Afterwit;

/// <summary>Where an episode stands. The numbers are stored: never renumber.</summary>
public enum EpisodeStatus
{
    /// <summary>Started and not ended. An abandoned one can be listed and failed.</summary>
    Running = 0,

    /// <summary>The task was done.</summary>
    Succeeded = 1,

    /// <summary>A part of the task was done.</summary>
    Partial = 2,

    /// <summary>The task was not done.</summary>
    Failed = 3,

    /// <summary>The agent declined the task or gave it back: nothing is learned from it.</summary>
    Abstained = 4,
}
