using System.Collections.ObjectModel;

namespace Afterwit;

/// <summary>How two episodes belong together. The numbers are stored: never renumber.</summary>
public enum RelationshipKind
{
    /// <summary>The first is a part of the second. Acyclic.</summary>
    Parent = 1,

    /// <summary>The first needed the second. Acyclic.</summary>
    DependsOn = 2,

    /// <summary>The first came after the second. Acyclic.</summary>
    Follows = 3,

    /// <summary>They have to do with each other.</summary>
    Related = 4,

    /// <summary>The first kept the second from going on. Acyclic.</summary>
    Blocks = 5,

    /// <summary>They are the same task.</summary>
    Duplicate = 6,

    /// <summary>The first mentions the second.</summary>
    References = 7,
}

/// <summary>A typed edge between two episodes.</summary>
/// <param name="From">Where it starts.</param>
/// <param name="Kind">What it means.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Note">Why, in a sentence.</param>
public sealed record Relationship(EpisodeId From, RelationshipKind Kind, EpisodeId To, string? Note = null)
{
    /// <summary>What comes first among the edges of an episode: the highest. -1,000 to 1,000, default 0.</summary>
    public int Priority { get; init; }

    /// <summary>How strongly the two belong together, above 0 and up to 1. Default 1. The weight of a path is the product of its edges'.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Anything else worth keeping. Default nothing.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>True for the kinds in which a circle would make no sense; the store refuses the edge that would close one.</summary>
    public static bool IsAcyclic(RelationshipKind kind) =>
        kind is RelationshipKind.Parent or RelationshipKind.DependsOn or RelationshipKind.Follows or RelationshipKind.Blocks;

    /// <summary>Equal in every value, the metadata included.</summary>
    public bool Equals(Relationship? other) =>
        other is not null && (From, Kind, To, Note, Priority, Weight) == (other.From, other.Kind, other.To, other.Note, other.Priority, other.Weight)
        && Metadata.Count == other.Metadata.Count && Metadata.All(pair => other.Metadata.TryGetValue(pair.Key, out var value) && value == pair.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(From, Kind, To, Note, Priority, Weight, Metadata.Count);
}
