namespace Afterwit;

/// <summary>One part of a score.</summary>
/// <param name="Name">What it stands for: text, step, context, meaning, outcome, recency, feedback; of a step text, phrase, speaker.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Contribution">What it adds to the score; the contributions of a hit add up to its score.</param>
public sealed record ScoreTerm(string Name, double Value, double Contribution);

/// <summary>A step, named as the reason for a hit.</summary>
/// <param name="Ordinal">Its place in the episode.</param>
/// <param name="Summary">Its content in a line.</param>
/// <param name="Score">How well it fits the query.</param>
public sealed record BestStep(int Ordinal, string Summary, double Score);

/// <summary>One thing recalled.</summary>
/// <param name="Id">Of the episode (for a step: the episode, a #, and the ordinal), the pattern or the playbook.</param>
/// <param name="Type">What it is: exactly one type.</param>
/// <param name="Title">Its task or content in a line.</param>
/// <param name="Score">The sum of the terms.</param>
/// <param name="Terms">Every part of the score.</param>
/// <param name="BestStep">The step that fits best. Null when none of its steps fits.</param>
/// <param name="Similar">Ids of hits that say nearly the same and were folded into this one, best first.</param>
/// <param name="Status">How the episode ended. Null for patterns and playbooks.</param>
/// <param name="Source">Where the episode was imported from, if it was.</param>
public sealed record RecallHit(
    string Id, RecallTypes Type, string Title, double Score, IReadOnlyList<ScoreTerm> Terms, BestStep? BestStep, IReadOnlyList<string> Similar, EpisodeStatus? Status, string? Source)
{
    /// <summary>What the episode is tied to, at most three: the highest priority first, then the greatest weight. Within the scope of the query; it does not count for the score. Empty for other types.</summary>
    public IReadOnlyList<RelatedHit> Related { get; init; } = [];
}

/// <summary>What was recalled.</summary>
/// <param name="ReceiptId">To give feedback on. Null when none was kept.</param>
/// <param name="Hits">Best first.</param>
/// <param name="Tokens">What the hits cost in tokens, estimated at four characters each.</param>
/// <param name="EmptyReason">Why there is no hit. Null when there is one.</param>
public sealed record RecallResult(ReceiptId? ReceiptId, IReadOnlyList<RecallHit> Hits, int Tokens, string? EmptyReason);
