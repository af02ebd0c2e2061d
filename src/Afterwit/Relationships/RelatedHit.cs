namespace Afterwit;

/// <summary>What a recalled episode is tied to.</summary>
/// <param name="Id">The other episode.</param>
/// <param name="Kind">The kind of the edge between them.</param>
/// <param name="Direction">Outgoing when the edge starts at the recalled one, else incoming.</param>
/// <param name="Meaning">The same in words, said of the recalled one: <c>part of</c>, <c>depends on</c>, <c>fixed by</c>.</param>
/// <param name="Title">The other's task in a line.</param>
/// <param name="Status">Where the other stands.</param>
public sealed record RelatedHit(EpisodeId Id, RelationshipKind Kind, EdgeDirection Direction, string Meaning, string Title, EpisodeStatus Status)
{
    internal static RelatedHit Of(EpisodeSummary recalled, RelatedEpisode related, int titleLength)
    {
        var (other, outgoing) = (related.Head, related.Via.From == recalled.Id);
        return new(other.Id, related.Via.Kind, outgoing ? EdgeDirection.Outgoing : EdgeDirection.Incoming, Say(recalled, related.Via.Kind, outgoing, other), TextRules.Excerpt(other.Task, titleLength), other.Status);
    }

    private static string Say(EpisodeSummary recalled, RelationshipKind kind, bool outgoing, EpisodeSummary other) => (kind, outgoing) switch
    {
        (RelationshipKind.Parent, true) => "part of",
        (RelationshipKind.Parent, false) => "has part",
        (RelationshipKind.DependsOn, true) => "depends on",
        (RelationshipKind.DependsOn, false) => "needed by",
        (RelationshipKind.Follows, true) => IsFix(other, recalled) ? "fixes" : "follows",
        (RelationshipKind.Follows, false) => IsFix(recalled, other) ? "fixed by" : "followed by",
        (RelationshipKind.Blocks, true) => "blocks",
        (RelationshipKind.Blocks, false) => "blocked by",
        (RelationshipKind.Duplicate, _) => "same task as",
        (RelationshipKind.References, true) => "mentions",
        (RelationshipKind.References, false) => "mentioned by",
        _ => "related to",
    };

    /// <summary>A run that failed, and a later one of the same task that succeeded.</summary>
    private static bool IsFix(EpisodeSummary earlier, EpisodeSummary later) =>
        earlier.Status == EpisodeStatus.Failed && later.Status == EpisodeStatus.Succeeded && earlier.Task == later.Task;
}
