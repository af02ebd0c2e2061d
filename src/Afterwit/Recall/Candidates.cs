namespace Afterwit;

/// <summary>What to find candidates for.</summary>
public sealed record CandidateQuery
{
    /// <summary>From <see cref="TextAnalyzer"/>, each once.</summary>
    public required IReadOnlyList<string> Terms { get; init; }

    /// <summary>Marks of the circumstances: an episode that has one is a candidate even when its text has little in common.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What the query means: the episodes whose embeddings lie closest to it are candidates, too. Null when that is not known.</summary>
    public QueryEmbedding? Embedding { get; init; }

    /// <summary>Each value that is set must be equal.</summary>
    public Scope Scope { get; init; } = Scope.Any;

    /// <summary>Must be equal when it is set.</summary>
    public string? Domain { get; init; }

    /// <summary>With episodes that failed.</summary>
    public bool IncludeFailed { get; init; }

    /// <summary>Started at or after.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Started before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>At most so many episodes. Default 200.</summary>
    public int Episodes { get; init; } = 200;

    /// <summary>True to choose the episodes by their steps alone.</summary>
    public bool BySteps { get; init; }
}

/// <summary>A term of the query that was looked for, with its weights.</summary>
/// <param name="Text">The term.</param>
/// <param name="TaskWeight">How much it tells about a task: see <see cref="Bm25.Idf"/>.</param>
/// <param name="StepWeight">How much it tells about a step.</param>
public readonly record struct WeightedTerm(string Text, double TaskWeight, double StepWeight);

/// <summary>A step of a candidate, and which terms it holds.</summary>
/// <param name="Ordinal">Its place in the episode.</param>
/// <param name="Terms">Bit i is set when it holds term i of <see cref="CandidateSet.Terms"/>.</param>
public readonly record struct StepMatch(int Ordinal, ulong Terms);

/// <summary>Names a step.</summary>
public readonly record struct StepReference(EpisodeId Episode, int Ordinal);

/// <summary>An episode that may answer a query.</summary>
/// <param name="Head">The episode without its steps.</param>
/// <param name="Steps">Those of its steps that hold terms of the query, in order.</param>
/// <param name="Helped">How often feedback said that it helped.</param>
/// <param name="Hurt">How often it was used in vain.</param>
public sealed record Candidate(EpisodeSummary Head, IReadOnlyList<StepMatch> Steps, int Helped, int Hurt)
{
    /// <summary>The cosine of its embedding with that of the query, -1 to 1; 0 when one of them has none.</summary>
    public double Meaning { get; init; }
}

/// <summary>What was found.</summary>
/// <param name="Candidates">In no particular order.</param>
/// <param name="Terms">The terms of the query with their weights, at most 64, the rarest.</param>
/// <param name="TotalEpisodes">How many finished episodes there are.</param>
/// <param name="MeanTaskLength">How many terms their tasks have on average.</param>
public sealed record CandidateSet(IReadOnlyList<Candidate> Candidates, IReadOnlyList<WeightedTerm> Terms, long TotalEpisodes, double MeanTaskLength);
