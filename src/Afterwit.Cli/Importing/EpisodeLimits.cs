namespace Afterwit.Cli.Importing;

/// <summary>What the memory would refuse: one such episode must not spoil the batch it would be stored in.</summary>
internal static class EpisodeLimits
{
    /// <summary>The most steps of an episode.</summary>
    public const int MaxSteps = 1 << 20;

    /// <returns>Why the episode cannot be stored; null when it can.</returns>
    public static string? Refusal(Episode episode)
    {
        if (episode.Steps.Count > MaxSteps)
            return $"'{episode.SourceId}' has {episode.Steps.Count} steps; the limit is {MaxSteps}";
        // Each text of the source was checked; some were joined since.
        var longest = episode.Steps.Aggregate(episode.Task.Length, (most, step) => Math.Max(most, Math.Max(step.Text?.Length ?? 0, step.Observation?.Length ?? 0)));
        return longest > JsonFields.MaxText ? $"'{episode.SourceId}' has a text of {longest} characters; the limit is {JsonFields.MaxText}" : null;
    }
}
