namespace Afterwit;

/// <summary>Which episodes to list: every value that is set must hold. The newest come first.</summary>
public sealed record EpisodeFilter
{
    /// <summary>Equal in every value that is set.</summary>
    public Scope Scope { get; init; } = Scope.Any;

    /// <summary>The field of work.</summary>
    public string? Domain { get; init; }

    /// <summary>Where the episode stands.</summary>
    public EpisodeStatus? Status { get; init; }

    /// <summary>A tag it has.</summary>
    public string? Tag { get; init; }

    /// <summary>A key and value of its metadata.</summary>
    public KeyValuePair<string, string>? Metadata { get; init; }

    /// <summary>Started at or after.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Started before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only those that come behind this place in the list: where the last page ended. Null begins with the newest.</summary>
    public EpisodePosition? After { get; init; }

    /// <summary>At most so many. Default 20.</summary>
    public int Limit { get; init; } = 20;
}

/// <summary>A place in the list of episodes. It holds although others come and go.</summary>
/// <param name="StartedAt">When the episode there began.</param>
/// <param name="Id">The episode there. When it is forgotten, those that began in the same millisecond may be listed again.</param>
public sealed record EpisodePosition(DateTimeOffset StartedAt, EpisodeId Id);

/// <summary>An episode in a list: the head without the steps.</summary>
/// <param name="Id">The identity.</param>
/// <param name="Task">What was asked.</param>
/// <param name="Scope">To whom it belongs.</param>
/// <param name="Context">The circumstances.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Reward">How good it was, 0 to 1. Null while it runs.</param>
/// <param name="Steps">How many steps it has.</param>
/// <param name="SourceId">Where it was imported from.</param>
public sealed record EpisodeSummary(EpisodeId Id, string Task, Scope Scope, EpisodeContext Context, EpisodeStatus Status, DateTimeOffset StartedAt, double? Reward, int Steps, string? SourceId);
