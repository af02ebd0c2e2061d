namespace Afterwit;

/// <summary>Which way edges are followed.</summary>
[Flags]
public enum EdgeDirection
{
    /// <summary>From where they start to where they end.</summary>
    Outgoing = 1,

    /// <summary>From where they end to where they start.</summary>
    Incoming = 2,

    /// <summary>Both ways.</summary>
    Both = Outgoing | Incoming,
}

/// <summary>What to look for in the graph of episodes.</summary>
public sealed record GraphQuery
{
    /// <summary>Where to begin.</summary>
    public required EpisodeId From { get; init; }

    /// <summary>Which way. Default both.</summary>
    public EdgeDirection Direction { get; init; } = EdgeDirection.Both;

    /// <summary>The kinds that are followed. Empty means all.</summary>
    public IReadOnlyList<RelationshipKind> Kinds { get; init; } = [];

    /// <summary>At most so many edges away, 1 to 32. Default 1.</summary>
    public int MaxHops { get; init; } = 1;

    /// <summary>At most so many episodes, 1 to 10,000; the nearest. Default 100.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>An episode that others lead to.</summary>
/// <param name="Head">The episode.</param>
/// <param name="Hops">How many edges away it is, by the shortest way.</param>
/// <param name="Weight">The product of the weights on the best of the shortest ways.</param>
/// <param name="Via">The last edge of that way.</param>
public sealed record RelatedEpisode(EpisodeSummary Head, int Hops, double Weight, Relationship Via);
