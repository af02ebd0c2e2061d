namespace Afterwit;

/// <summary>A vector that stands for the meaning of an episode. Vectors of one model are compared with each other alone.</summary>
/// <param name="Episode">The episode.</param>
/// <param name="Model">Who made it: any name; the same for all that are to be compared.</param>
/// <param name="Vector">1 to 4,096 finite numbers. What comes back is as precise as the format that the store keeps.</param>
public sealed record Embedding(EpisodeId Episode, string Model, ReadOnlyMemory<float> Vector);

/// <summary>Which episodes lie closest to a vector.</summary>
public sealed record NearestQuery
{
    /// <summary>The model that made the vector.</summary>
    public required string Model { get; init; }

    /// <summary>As many numbers as the stored ones of the model have.</summary>
    public required ReadOnlyMemory<float> Vector { get; init; }

    /// <summary>Equal in every value that is set.</summary>
    public Scope Scope { get; init; } = Scope.Any;

    /// <summary>Must be equal when it is set.</summary>
    public string? Domain { get; init; }

    /// <summary>With episodes that failed.</summary>
    public bool IncludeFailed { get; init; }

    /// <summary>At most so many, 1 to 1,000. Default 10.</summary>
    public int Limit { get; init; } = 10;
}

/// <summary>An episode that is close to a vector.</summary>
/// <param name="Head">The episode.</param>
/// <param name="Cosine">The cosine of the angle between the two vectors: -1 to 1.</param>
public sealed record NearEpisode(EpisodeSummary Head, double Cosine);
