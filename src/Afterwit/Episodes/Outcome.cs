namespace Afterwit;

/// <summary>How an episode ended.</summary>
/// <param name="Status">Any status but <see cref="EpisodeStatus.Running"/>.</param>
/// <param name="Summary">What came of it, in a sentence.</param>
/// <param name="Score">A grade from outside, 0 (nothing right) to 1 (all right): a test's result, a reviewer's mark. Null when nobody graded.</param>
public sealed record Outcome(EpisodeStatus Status, string? Summary = null, double? Score = null)
{
    /// <summary>The task was done.</summary>
    public static Outcome Success(string? summary = null, double? score = null) => new(EpisodeStatus.Succeeded, summary, score);

    /// <summary>A part of the task was done.</summary>
    public static Outcome Partial(string? summary = null, double? score = null) => new(EpisodeStatus.Partial, summary, score);

    /// <summary>The task was not done.</summary>
    public static Outcome Failure(string? reason = null, double? score = null) => new(EpisodeStatus.Failed, reason, score);

    /// <summary>The agent declined, or handed the task back.</summary>
    public static Outcome Abstention(string? reason = null) => new(EpisodeStatus.Abstained, reason);

    /// <summary>What the learner counts: true for a success, false for a failure, null for an outcome that teaches neither. A partial outcome counts by its score, from one half up as a success; without a score it teaches neither.</summary>
    public bool? Verdict => Status switch
    {
        EpisodeStatus.Succeeded => true,
        EpisodeStatus.Failed => false,
        EpisodeStatus.Partial when Score is { } score => score >= 0.5,
        _ => null,
    };
}
