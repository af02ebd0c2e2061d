namespace Afterwit;

/// <summary>That an episode showed a pattern. Counted once for each episode, however often it shows.</summary>
/// <param name="Kind">What kind of pattern.</param>
/// <param name="Domain">The episode's domain.</param>
/// <param name="Condition">When the pattern applies.</param>
/// <param name="Action">What was done.</param>
/// <param name="Success">Whether the episode succeeded.</param>
/// <param name="ActionFailed">Whether the action itself was answered with an error.</param>
/// <param name="Step">The ordinal of the first step where it shows.</param>
public readonly record struct PatternObservation(PatternKind Kind, string? Domain, string Condition, string Action, bool Success, bool ActionFailed, int Step)
{
    /// <summary>The pattern that shows.</summary>
    public PatternId Pattern => PatternId.Of(Kind, Domain, Condition, Action);
}

/// <summary>A finished episode with what it teaches: what is stored in one transaction.</summary>
/// <param name="Episode">The episode with outcome, reward, reflection and all its steps.</param>
/// <param name="Observations">The patterns it shows.</param>
public sealed record LearnedEpisode(Episode Episode, IReadOnlyList<PatternObservation> Observations);
