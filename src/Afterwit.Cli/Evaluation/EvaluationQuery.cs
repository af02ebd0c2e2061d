using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterwit.Cli.Evaluation;

/// <summary>One query of a suite; each suite uses some of the fields.</summary>
internal sealed record EvaluationQuery
{
    [JsonPropertyName("query_id")]
    public string Id { get; init; } = "";

    public string? Dataset { get; init; }

    public string? Env { get; init; }

    public string? Text { get; init; }

    public string? Question { get; init; }

    public string? Conv { get; init; }

    public IReadOnlyList<string> Prefix { get; init; } = [];

    public bool LastError { get; init; }

    public string? LastObservation { get; init; }

    public string? FailedAction { get; init; }

    public string? Error { get; init; }

    /// <summary>The marks that an importer gives an episode of the same environment.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Tags => Env is null ? [] : [$"env:{Env}"];

    public static async IAsyncEnumerable<EvaluationQuery> ReadAsync(string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in LinesAsync(file, cancellationToken))
            yield return JsonSerializer.Deserialize(line, EvaluationJson.Default.EvaluationQuery) ?? throw new ArgumentException($"{file}: a line is null.");
    }

    /// <summary>The lines of a file that may be compressed.</summary>
    public static async IAsyncEnumerable<string> LinesAsync(string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var raw = File.OpenRead(file);
        await using Stream plain = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        using var reader = new StreamReader(plain);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
                yield return line;
        }
    }
}

/// <summary>One turn of a dialogue.</summary>
internal sealed record DialogueTurn
{
    public string DocId { get; init; } = "";

    public string Conv { get; init; } = "";

    public int Session { get; init; }

    public DateTime When { get; init; }

    public string Speaker { get; init; } = "";

    public string Text { get; init; } = "";

    public string? ImageCaption { get; init; }
}

/// <summary>One line of a ranking file.</summary>
internal sealed record RankingLine(string QueryId, IReadOnlyList<string> Ranked);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EvaluationQuery))]
[JsonSerializable(typeof(DialogueTurn))]
[JsonSerializable(typeof(RankingLine))]
internal sealed partial class EvaluationJson : JsonSerializerContext;

/// <summary>Writes rankings, one JSON object a line.</summary>
internal sealed class RankingWriter(string file) : IAsyncDisposable
{
    private readonly StreamWriter _writer = new(file);

    public void Write(string queryId, IReadOnlyList<string> ranked) => _writer.WriteLine(JsonSerializer.Serialize(new(queryId, ranked), EvaluationJson.Default.RankingLine));

    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
