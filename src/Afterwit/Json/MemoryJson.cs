using System.Text.Json.Serialization;

namespace Afterwit;

/// <summary>What the memory gives, as JSON: the same on the command line, over MCP and over HTTP. Names are in snake_case; fields may be added, none is renamed.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RecallJson))]
[JsonSerializable(typeof(AdviceJson))]
[JsonSerializable(typeof(PlaybookResultJson))]
[JsonSerializable(typeof(InsightsJson))]
[JsonSerializable(typeof(PatternListJson))]
[JsonSerializable(typeof(PatternJson))]
[JsonSerializable(typeof(PatternStateJson))]
[JsonSerializable(typeof(FeedbackJson))]
[JsonSerializable(typeof(EpisodeStartedJson))]
[JsonSerializable(typeof(StepsLoggedJson))]
[JsonSerializable(typeof(EpisodeEndedJson))]
[JsonSerializable(typeof(EpisodeJson))]
[JsonSerializable(typeof(EpisodeRecallsJson))]
[JsonSerializable(typeof(EpisodeListJson))]
[JsonSerializable(typeof(RelationshipJson))]
[JsonSerializable(typeof(CheckpointSavedJson))]
[JsonSerializable(typeof(ResumedJson))]
[JsonSerializable(typeof(EpisodeForgottenJson))]
[JsonSerializable(typeof(EpisodesForgottenJson))]
internal sealed partial class MemoryJson : JsonSerializerContext;
