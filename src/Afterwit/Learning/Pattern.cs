namespace Afterwit;

/// <summary>What a pattern says. The numbers are stored: never renumber.</summary>
public enum PatternKind
{
    /// <summary>Tools used one after the other: how the run of the work goes.</summary>
    ToolSequence = 1,

    /// <summary>What was done next in a state, and what came of it.</summary>
    DecisionPoint = 2,

    /// <summary>What was done after an error, and what came of it.</summary>
    ErrorRecovery = 3,

    /// <summary>What circumstances and tools have to do with the outcome.</summary>
    Context = 4,
}

/// <summary>How far a pattern is to be trusted.</summary>
public enum PatternState
{
    /// <summary>Seen too seldom to act on.</summary>
    Candidate = 0,

    /// <summary>Seen at least <see cref="Pattern.ActiveSupport"/> times: used for advice.</summary>
    Active = 1,

    /// <summary>Withdrawn by a person: it is still counted and never used.</summary>
    Retired = 2,
}

/// <summary>An episode that a pattern was seen in.</summary>
/// <param name="Episode">The episode.</param>
/// <param name="Success">Whether it succeeded.</param>
/// <param name="Step">The ordinal of the step where it shows.</param>
public sealed record Evidence(EpisodeId Episode, bool Success, int Step);

/// <summary>How often one agent's runs with a pattern succeeded and failed.</summary>
public sealed record AgentCount(string Agent, int Successes, int Failures);

/// <summary>A lesson with its numbers: under a condition an action was taken, so many times with success and so many without.</summary>
public sealed record Pattern
{
    /// <summary>The support from which a pattern is active.</summary>
    public const int ActiveSupport = 3;

    /// <summary>The identity, made from the content.</summary>
    public PatternId Id => PatternId.Of(Kind, Domain, Condition, Action);

    /// <summary>What it says.</summary>
    public required PatternKind Kind { get; init; }

    /// <summary>The field of work that it was learned in. Null for episodes without one.</summary>
    public string? Domain { get; init; }

    /// <summary>When it applies; see docs/learning.md for the form of each kind.</summary>
    public required string Condition { get; init; }

    /// <summary>What was done.</summary>
    public required string Action { get; init; }

    /// <summary>Runs with it that succeeded.</summary>
    public int Successes { get; init; }

    /// <summary>Runs with it that failed.</summary>
    public int Failures { get; init; }

    /// <summary>Runs in which the action itself was answered with an error.</summary>
    public int Errors { get; init; }

    /// <summary>Runs it was counted in.</summary>
    public int Support => Successes + Failures;

    /// <summary>The share of runs that succeeded.</summary>
    public double SuccessRate => Support == 0 ? 0 : (double)Successes / Support;

    /// <summary>The success rate that the runs seen so far support with 95 % confidence, from below (Wilson 1927).</summary>
    public double LowerBound => Wilson.Lower(Successes, Support);

    /// <summary>The same from above: what the success rate is not expected to pass.</summary>
    public double UpperBound => Wilson.Upper(Successes, Support);

    /// <summary>When it was first seen.</summary>
    public DateTimeOffset FirstSeen { get; init; }

    /// <summary>When it was last seen.</summary>
    public DateTimeOffset LastSeen { get; init; }

    /// <summary>True when a person withdrew it.</summary>
    public bool IsRetired { get; init; }

    /// <summary>How far it is to be trusted.</summary>
    public PatternState State => IsRetired ? PatternState.Retired : Support >= ActiveSupport ? PatternState.Active : PatternState.Candidate;

    /// <summary>The counts of each agent. Filled where a single pattern is asked for.</summary>
    public IReadOnlyList<AgentCount> Agents { get; init; } = [];

    /// <summary>The newest episodes on either side, at most <see cref="EvidencePerSide"/> each. Filled where a single pattern or advice is asked for.</summary>
    public IReadOnlyList<Evidence> Evidence { get; init; } = [];

    /// <summary>How many successful and how many failed episodes are kept as evidence.</summary>
    public const int EvidencePerSide = 8;
}

/// <summary>Which patterns to list.</summary>
public sealed record PatternFilter
{
    /// <summary>The field of work.</summary>
    public string? Domain { get; init; }

    /// <summary>The kind.</summary>
    public PatternKind? Kind { get; init; }

    /// <summary>Seen at least so often. Default <see cref="Pattern.ActiveSupport"/>.</summary>
    public int MinSupport { get; init; } = Pattern.ActiveSupport;

    /// <summary>With the withdrawn ones.</summary>
    public bool IncludeRetired { get; init; }

    /// <summary>At most so many. Default 50.</summary>
    public int Limit { get; init; } = 50;
}
