namespace Afterwit;

/// <summary>What to find candidates for.</summary>
/// <param name="Terms">From <see cref="TextAnalyzer"/>, each once.</param>
/// <param name="Scope">Each value that is set must be equal.</param>
/// <param name="IncludeFailed">With episodes that failed.</param>
/// <param name="Since">Started at or after.</param>
/// <param name="Until">Started before.</param>
/// <param name="Episodes">At most so many episodes.</param>
/// <param name="Steps">At most so many of their steps with their content.</param>
public sealed record CandidateQuery(IReadOnlyList<string> Terms, Scope Scope, bool IncludeFailed, DateTimeOffset? Since, DateTimeOffset? Until, int Episodes, int Steps);

/// <summary>How common a term is.</summary>
/// <param name="Tasks">How many tasks hold it; estimated for common terms.</param>
/// <param name="Steps">How many steps hold it; estimated for common terms.</param>
public readonly record struct TermFrequency(double Tasks, double Steps);


/// <summary>An episode that may answer a query.</summary>
/// <param name="Head">The episode without its steps.</param>
/// <param name="Steps">Those of its steps that hold terms of the query, the most promising of them, in order.</param>
/// <param name="Helped">How often feedback said that it helped.</param>
/// <param name="Hurt">How often it was used in vain.</param>
public sealed record Candidate(EpisodeSummary Head, IReadOnlyList<Step> Steps, int Helped, int Hurt);

/// <summary>What was found.</summary>
/// <param name="Candidates">In no particular order.</param>
/// <param name="Frequencies">Of each term of the query.</param>
/// <param name="TotalEpisodes">How many episodes are searched.</param>
/// <param name="TotalSteps">How many steps are searched.</param>
public sealed record CandidateSet(IReadOnlyList<Candidate> Candidates, IReadOnlyDictionary<string, TermFrequency> Frequencies, long TotalEpisodes, long TotalSteps);
