using System.Text.Json.Serialization;

namespace Afterwit.Dashboard.Api;

/// <summary>The JSON that only the server reads and writes. A field that nobody knows is refused: it would be lost without a word.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ProblemJson))]
[JsonSerializable(typeof(SettingsJson))]
[JsonSerializable(typeof(EpisodePageJson))]
[JsonSerializable(typeof(EpisodeRemovalJson))]
[JsonSerializable(typeof(EpisodeLessonsJson))]
[JsonSerializable(typeof(RelationshipsJson))]
[JsonSerializable(typeof(RelationshipRemovalJson))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(StartRequest))]
[JsonSerializable(typeof(StepsRequest))]
[JsonSerializable(typeof(CompleteRequest))]
[JsonSerializable(typeof(CheckpointRequest))]
[JsonSerializable(typeof(RelateRequest))]
[JsonSerializable(typeof(RecallRequest))]
[JsonSerializable(typeof(AdviseRequest))]
[JsonSerializable(typeof(PlaybookRequest))]
[JsonSerializable(typeof(RetireRequest))]
[JsonSerializable(typeof(FeedbackRequest))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>What /api/v1/settings answers.</summary>
internal sealed record SettingsJson(IReadOnlyList<SettingJson> Settings);

/// <summary>A page of the list of episodes. <c>next_cursor</c> is null on the last.</summary>
internal sealed record EpisodePageJson(IReadOnlyList<EpisodeListItemJson> Episodes, string? NextCursor);

/// <summary>What went with an episode, or would go.</summary>
internal sealed record EpisodeRemovalJson(bool DryRun, string EpisodeId, string Task, int Steps, int Checkpoints, int Relationships, int Lessons);

/// <summary>What an episode taught: the patterns it shows, the best supported first.</summary>
internal sealed record EpisodeLessonsJson(string EpisodeId, IReadOnlyList<EpisodeLessonJson> Lessons);

/// <summary>A pattern that an episode shows, at which step, and whether the action failed there.</summary>
internal sealed record EpisodeLessonJson(PatternJson Pattern, bool Success, bool ActionFailed, int Step);

/// <summary>The edges of an episode.</summary>
internal sealed record RelationshipsJson(string EpisodeId, IReadOnlyList<RelationshipJson> Relationships);

/// <summary>An edge that went, or would go.</summary>
internal sealed record RelationshipRemovalJson(bool DryRun, RelationshipJson Relationship);
