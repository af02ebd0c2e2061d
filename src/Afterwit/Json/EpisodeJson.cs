using System.Text.Json.Serialization;

namespace Afterwit;

/// <summary>What `episode start` prints.</summary>
internal sealed record EpisodeStartedJson(string EpisodeId);

/// <summary>What `episode log` prints.</summary>
internal sealed record StepsLoggedJson(string EpisodeId, int FirstOrdinal, int Steps);

/// <summary>What `episode complete`, `fail` and `abstain` print.</summary>
internal sealed record EpisodeEndedJson(string EpisodeId, string Status, string? Summary, double? Score, RewardJson? Reward, Reflection? Reflection)
{
    public static EpisodeEndedJson Of(Episode episode) =>
        new(episode.Id.ToString(), Names.Of(episode.Status), episode.Outcome?.Summary, episode.Outcome?.Score, RewardJson.Of(episode.Reward), episode.Reflection);
}

/// <summary>A reward with its parts.</summary>
internal sealed record RewardJson(double Value, IReadOnlyList<RewardComponent> Components)
{
    public static RewardJson? Of(Reward? reward) => reward is null ? null : new(reward.Value, reward.Components);
}

/// <summary>What `episode show` prints. <c>recalls</c> is only there where they were asked for, too.</summary>
internal sealed record EpisodeJson(
    string EpisodeId, string Task, string Status, Scope Scope, EpisodeContext Context, IReadOnlyDictionary<string, string> Metadata, string? Source, string StartedAt, string? EndedAt,
    string? Summary, double? Score, RewardJson? Reward, Reflection? Reflection, IReadOnlyList<StepJson> Steps, IReadOnlyList<CheckpointJson> Checkpoints, IReadOnlyList<RelationshipJson> Relationships,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<KeptRecallJson>? Recalls)
{
    public static EpisodeJson Of(Episode e, IReadOnlyList<Checkpoint> checkpoints, IReadOnlyList<Relationship> relationships, IReadOnlyList<KeptRecallJson>? recalls = null) => new(
        e.Id.ToString(), e.Task, Names.Of(e.Status), e.Scope, e.Context, e.Metadata, e.SourceId, Names.Iso(e.StartedAt), e.EndedAt is { } ended ? Names.Iso(ended) : null,
        e.Outcome?.Summary, e.Outcome?.Score, RewardJson.Of(e.Reward), e.Reflection, [.. e.Steps.Select(StepJson.Of)], [.. checkpoints.Select(CheckpointJson.Of)], [.. relationships.Select(RelationshipJson.Of)], recalls);
}

/// <summary>A step; `episode log --json-lines` reads the same names.</summary>
internal sealed record StepJson(
    int Ordinal, string Kind, string? Speaker, string? Text, string? Tool, string? Arguments, string? Observation, bool IsError, string? ErrorClass, long? LatencyMs, int? Tokens, string? At, bool FromMemory)
{
    public static StepJson Of(Step s) => new(
        s.Ordinal, Names.Of(s.Kind), s.Speaker, s.Text, s.Tool, s.Arguments, s.Observation, s.IsError, s.ErrorClass, (long?)s.Latency?.TotalMilliseconds, s.Tokens,
        s.At is { } at ? Names.Iso(at) : null, s.FromMemory);
}

/// <summary>What `episode list` prints.</summary>
internal sealed record EpisodeListJson(IReadOnlyList<EpisodeListItemJson> Episodes);

/// <summary>One line of `episode list`.</summary>
internal sealed record EpisodeListItemJson(string EpisodeId, string Task, string Status, string StartedAt, int Steps, double? Reward, Scope Scope, EpisodeContext Context, string? Source)
{
    public static EpisodeListItemJson Of(EpisodeSummary e) => new(e.Id.ToString(), e.Task, Names.Of(e.Status), Names.Iso(e.StartedAt), e.Steps, e.Reward, e.Scope, e.Context, e.SourceId);
}

/// <summary>An edge between two episodes; what `episode relate` prints.</summary>
internal sealed record RelationshipJson(string From, string Kind, string To, string? Note, int Priority, double Weight, IReadOnlyDictionary<string, string> Metadata)
{
    public static RelationshipJson Of(Relationship r) => new(r.From.ToString(), Names.Of(r.Kind), r.To.ToString(), r.Note, r.Priority, r.Weight, r.Metadata);
}

/// <summary>A checkpoint.</summary>
internal sealed record CheckpointJson(string At, int Steps, string? Note, string? State)
{
    public static CheckpointJson Of(Checkpoint c) => new(Names.Iso(c.At), c.Steps, c.Note, c.State);
}

/// <summary>What `episode checkpoint` prints.</summary>
internal sealed record CheckpointSavedJson(string EpisodeId, string At, int Steps, string? Note);

/// <summary>What `episode resume` prints.</summary>
internal sealed record ResumedJson(EpisodeJson Episode, AdviceJson Advice)
{
    public static ResumedJson Of(ResumedEpisode r) => new(EpisodeJson.Of(r.Episode, r.Checkpoints, r.Relationships), AdviceJson.Of(r.Advice));
}

/// <summary>What `episode forget --yes` prints.</summary>
internal sealed record EpisodeForgottenJson(string EpisodeId, int Steps, int Checkpoints, int Relationships);

/// <summary>Several episodes that were removed together.</summary>
internal sealed record EpisodesForgottenJson(IReadOnlyList<EpisodeForgottenJson> Forgotten);
