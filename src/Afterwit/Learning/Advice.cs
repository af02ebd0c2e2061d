namespace Afterwit;

/// <summary>Where an agent stands and what it wants to know.</summary>
public sealed record AdviceRequest
{
    /// <summary>The task at hand. Null when only the state counts.</summary>
    public string? Task { get; init; }

    /// <summary>The field of work. Null takes the domain of the episodes most like the task.</summary>
    public string? Domain { get; init; }

    /// <summary>Marks of the circumstances, as in <see cref="EpisodeContext.Tags"/>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>
    /// Whose runs are cited and vote as similar runs. Counts are over all runs of the domain, whoever made them: what must not be shared at all belongs into a database of its own.
    /// </summary>
    public Scope Scope { get; init; } = Scope.Any;

    /// <summary>The tools used so far, in order.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>What the last tool answered, when it was an error.</summary>
    public string? Error { get; init; }

    /// <summary>What the last tool was given, when it was answered with an error: named in the warning against repeating it. When <see cref="Tools"/> is empty its first word is taken for the tool.</summary>
    public string? FailedAction { get; init; }

    /// <summary>What the last tool answered, when it was not an error.</summary>
    public string? Observation { get; init; }

    /// <summary>At most so many pieces of advice of each side. Default 5.</summary>
    public int Limit { get; init; } = 5;
}

/// <summary>One thing to do, or to avoid.</summary>
/// <param name="Action">The tool to use; <see cref="Learner.End"/> means to end the run.</param>
/// <param name="Score">How strong it is, 0 to 1: for the next step the estimated share of good runs that went on so (after an error weighted by how many of them
/// recovered), for a warning the share that failed which the counts support with 95 % confidence.</param>
/// <param name="Reason">Why, with the numbers.</param>
/// <param name="Patterns">The patterns behind it.</param>
/// <param name="Evidence">Episodes that show it.</param>
public sealed record Suggestion(string Action, double Score, string Reason, IReadOnlyList<PatternId> Patterns, IReadOnlyList<Evidence> Evidence);

/// <summary>What to do next and what to avoid now.</summary>
/// <param name="Next">Best first.</param>
/// <param name="Avoid">Worst first.</param>
/// <param name="ErrorClass">How the error was understood. Null when there was none.</param>
/// <param name="EmptyReason">Why there is no advice. Null when there is some.</param>
public sealed record Advice(IReadOnlyList<Suggestion> Next, IReadOnlyList<Suggestion> Avoid, string? ErrorClass, string? EmptyReason);
