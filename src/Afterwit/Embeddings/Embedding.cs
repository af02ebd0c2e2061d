namespace Afterwit;

/// <summary>A vector that stands for the meaning of an episode. Vectors of one model are compared with each other alone.</summary>
/// <param name="Episode">The episode.</param>
/// <param name="Model">Who made it: any name without the character U+0000; the same for all that are to be compared.</param>
/// <param name="Vector">1 to 4,096 numbers from -1e15 to 1e15. What comes back is as precise as the format that the store keeps.</param>
public sealed record Embedding(EpisodeId Episode, string Model, ReadOnlyMemory<float> Vector)
{
    /// <summary>The most numbers of a vector.</summary>
    public const int MaxDimensions = 4096;

    private const int MaxModelLength = 100;

    // The square of a larger number, summed up, would leave the range of a float.
    private const float MaxNumber = 1e15f;

    /// <summary>Checks the model's name and the vector.</summary>
    /// <exception cref="ArgumentException">One cannot be stored; the message says which, and what is allowed.</exception>
    public void Validate() => Check(Model, Vector.Span, $"The embedding of episode {Episode}");

    internal static void Check(string model, ReadOnlySpan<float> vector, string what)
    {
        TextRules.Required(model, "model");
        if (model.Length > MaxModelLength)
            throw new ArgumentException($"{what} names a model of {model.Length} characters; allowed are 1 to {MaxModelLength}.");
        if (model.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"{what} names a model with the character U+0000, which no database compares; leave it out.");
        if (vector.Length is < 1 or > MaxDimensions)
            throw new ArgumentException($"{what} has {vector.Length} numbers; allowed are 1 to {MaxDimensions}.");
        for (var i = 0; i < vector.Length; i++)
        {
            if (!(Math.Abs(vector[i]) <= MaxNumber))
                throw new ArgumentException($"{what} has {vector[i]} at position {i}; allowed are numbers from {-MaxNumber} to {MaxNumber}.");
        }
    }
}

/// <summary>What a query means, as a vector.</summary>
/// <param name="Model">The model that made the vector: only embeddings of the same one are compared with it.</param>
/// <param name="Vector">As many numbers as the stored ones of the model have.</param>
public sealed record QueryEmbedding(string Model, ReadOnlyMemory<float> Vector)
{
    /// <summary>Checks the model's name and the vector.</summary>
    /// <exception cref="ArgumentException">One is not allowed; the message says which.</exception>
    public void Validate() => Embedding.Check(Model, Vector.Span, "The query's embedding");
}

/// <summary>Which episodes lie closest to a vector.</summary>
public sealed record NearestQuery
{
    /// <summary>What to lie close to.</summary>
    public required QueryEmbedding Embedding { get; init; }

    /// <summary>Equal in every value that is set.</summary>
    public Scope Scope { get; init; } = Scope.Any;

    /// <summary>Must be equal when it is set.</summary>
    public string? Domain { get; init; }

    /// <summary>With episodes that failed.</summary>
    public bool IncludeFailed { get; init; }

    /// <summary>At most so many, 1 to 1,000. Default 10.</summary>
    public int Limit { get; init; } = 10;

    /// <summary>Checks the embedding and the limit.</summary>
    /// <exception cref="ArgumentException">One is not allowed; the message says which.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Embedding);
        Embedding.Validate();
        if (Limit is < 1 or > 1000)
            throw new ArgumentException($"limit is {Limit}: allowed is 1 to 1000.");
    }
}

/// <summary>An episode that is close to a vector. Of equally close ones the newest comes first.</summary>
/// <param name="Head">The episode.</param>
/// <param name="Cosine">The cosine of the angle between the two vectors: -1 to 1.</param>
public sealed record NearEpisode(EpisodeSummary Head, double Cosine);
