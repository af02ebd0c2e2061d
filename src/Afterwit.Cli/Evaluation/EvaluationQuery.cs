using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Afterwit.Cli.Evaluation;

/// <summary>One query of a suite; each suite uses some of the fields.</summary>
internal sealed record EvaluationQuery(
    [property: JsonPropertyName("query_id")] string Id, string? Dataset, string? Env, string? Text, string? Question, string? Conv, IReadOnlyList<string>? Prefix, bool LastError,
    string? LastObservation, string? FailedAction, string? Error)
{
    /// <summary>The marks that an importer gives an episode of the same environment.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Tags => Env is null ? [] : [$"env:{Env}"];
}

/// <summary>One turn of a dialogue.</summary>
internal sealed record DialogueTurn(string DocId, string Conv, int Session, DateTime When, string Speaker, string Text, string? ImageCaption);

/// <summary>One line of a ranking file.</summary>
internal sealed record RankingLine(string QueryId, IReadOnlyList<string> Ranked);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EvaluationQuery))]
[JsonSerializable(typeof(DialogueTurn))]
[JsonSerializable(typeof(RankingLine))]
internal sealed partial class EvaluationJson : JsonSerializerContext;

/// <summary>Reads labelled data.</summary>
internal static class LabelledData
{
    /// <summary>The objects of a file that may be compressed, one a line.</summary>
    public static async IAsyncEnumerable<T> ReadAsync<T>(string file, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var raw = File.OpenRead(file);
        await using Stream plain = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        await foreach (var record in JsonSerializer.DeserializeAsyncEnumerable(plain, type, topLevelValues: true, cancellationToken))
            yield return record ?? throw new ArgumentException($"{file}: a line is null.");
    }
}
