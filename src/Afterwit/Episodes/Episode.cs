namespace Afterwit;

/// <summary>A task that an agent worked on: what was asked, under which circumstances, what happened and how it ended.</summary>
public sealed record Episode
{
    /// <summary>The identity, made by the client.</summary>
    public required EpisodeId Id { get; init; }

    /// <summary>What was asked, in the words the agent saw.</summary>
    public required string Task { get; init; }

    /// <summary>To whom it belongs.</summary>
    public Scope Scope { get; init; } = Scope.Any;

    /// <summary>The circumstances.</summary>
    public EpisodeContext Context { get; init; } = EpisodeContext.None;

    /// <summary>When it began, in UTC to the millisecond.</summary>
    public required DateTimeOffset StartedAt { get; init => field = value.ToMilliseconds(); }

    /// <summary>When it ended, in UTC to the millisecond. Null while it runs, or when the source did not say.</summary>
    public DateTimeOffset? EndedAt { get; init => field = value?.ToMilliseconds(); }

    /// <summary>How it ended. Null while it runs.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Where it stands.</summary>
    public EpisodeStatus Status => Outcome?.Status ?? EpisodeStatus.Running;

    /// <summary>How good it was. Null while it runs.</summary>
    public Reward? Reward { get; init; }

    /// <summary>What can be said of it in hindsight. Null while it runs.</summary>
    public Reflection? Reflection { get; init; }

    /// <summary>What happened, in order.</summary>
    public IReadOnlyList<Step> Steps { get; init; } = [];

    /// <summary>Anything else worth keeping. Any key and value; both are searchable by equality.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where an imported episode came from, unique: <c>episodes/ic-sql/0/gpt-4</c>. Null for one that was recorded here.</summary>
    public string? SourceId { get; init; }
}
