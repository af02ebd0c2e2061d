using System.Text.Json.Serialization;
using Afterwit.Cli.Demo;
using Afterwit.Cli.Importing;

namespace Afterwit.Cli;

/// <summary>The JSON that commands print: names in snake_case; fields may be added, none is renamed.</summary>
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
[JsonSerializable(typeof(EpisodeListJson))]
[JsonSerializable(typeof(RelationshipJson))]
[JsonSerializable(typeof(CheckpointSavedJson))]
[JsonSerializable(typeof(ResumedJson))]
[JsonSerializable(typeof(EpisodeForgottenJson))]
[JsonSerializable(typeof(EpisodesForgottenJson))]
[JsonSerializable(typeof(ImportJson))]
[JsonSerializable(typeof(DemoJson))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary>What `recall` prints.</summary>
internal sealed record RecallJson(string? ReceiptId, IReadOnlyList<RecallHitJson> Hits, int Tokens, string? EmptyReason)
{
    public static RecallJson Of(RecallResult result) => new(result.ReceiptId?.ToString(), [.. result.Hits.Select(RecallHitJson.Of)], result.Tokens, result.EmptyReason);
}

/// <summary>One hit of `recall`.</summary>
internal sealed record RecallHitJson(
    string Id, string Type, string Title, double Score, IReadOnlyDictionary<string, double> Terms, BestStep? BestStep, IReadOnlyList<string> Similar, string? Status, string? Source,
    IReadOnlyList<RelatedHitJson> Related)
{
    public static RecallHitJson Of(RecallHit hit) => new(
        hit.Id, hit.Type.ToString().ToLowerInvariant(), hit.Title, hit.Score, hit.Terms.ToDictionary(t => t.Name, t => t.Contribution), hit.BestStep, hit.Similar,
        hit.Status is { } status ? Terminal.Words.Of(status) : null, hit.Source,
        [.. hit.Related.Select(RelatedHitJson.Of)]);
}

/// <summary>What a hit of `recall` is tied to.</summary>
internal sealed record RelatedHitJson(string Id, string Kind, string Direction, string Meaning, string Title, string Status)
{
    public static RelatedHitJson Of(RelatedHit r) => new(
        r.Id.ToString(), Terminal.Words.Of(r.Kind), r.Direction == EdgeDirection.Outgoing ? "out" : "in", r.Meaning, r.Title, Terminal.Words.Of(r.Status));
}
