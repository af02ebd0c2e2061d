using System.Globalization;
using System.Text.Json;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli;

/// <summary>Reads steps as JSON, one object a line. Strict: a field that nobody knows would be lost without a word.</summary>
internal static class StepLines
{
    private static readonly string[] Fields =
        ["ordinal", "kind", "speaker", "text", "message", "tool", "arguments", "args", "observation", "is_error", "error", "error_class", "latency_ms", "tokens", "at", "from_memory"];

    /// <summary>The steps of a text. Empty lines are skipped.</summary>
    /// <exception cref="ArgumentException">A line is no step; the message names it.</exception>
    public static IReadOnlyList<Step> Read(string text)
    {
        var steps = new List<Step>();
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (line.IsWhiteSpace())
                continue;
            try
            {
                using var document = JsonDocument.Parse(line.ToString());
                steps.Add(Read(document.RootElement));
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
            {
                var problem = e is JsonException ? "not JSON: " + e.Message : e.Message;
                throw new ArgumentException($"line {number} of standard input is {problem} Nothing was stored; mend the line and send all of them again.", e);
            }
        }

        return steps;
    }

    private static Step Read(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object)
            throw new FormatException("not an object: a step looks like {\"tool\": \"grep\", \"arguments\": \"-n x\", \"observation\": \"...\"}.");
        var step = new Step();
        StepKind? kind = null;
        foreach (var field in line.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.Null)
                continue;
            if (field.Name == "kind")
                kind = Kind(field);
            step = field.Name switch
            {
                "kind" or "ordinal" => step,
                "speaker" => step with { Speaker = Text(field) },
                "text" or "message" => step with { Text = Text(field) },
                "tool" => step with { Tool = Text(field) },
                "arguments" or "args" => step with { Arguments = TextOrJson(field.Value) },
                "observation" => step with { Observation = TextOrJson(field.Value) },
                "is_error" or "error" => step with { IsError = Flag(field) },
                "error_class" => step with { ErrorClass = Text(field) },
                "latency_ms" => step with { Latency = TimeSpan.FromMilliseconds(Whole(field)) },
                "tokens" => step with { Tokens = Whole(field) },
                "at" => step with { At = Time(field) },
                "from_memory" => step with { FromMemory = Flag(field) },
                var unknown => throw new FormatException($"not a step: it has no field '{Words.Excerpt(unknown, 40)}'.{Nearest.Hint(unknown, Fields)}"),
            };
        }

        kind ??= step.Tool is null ? StepKind.Message : StepKind.ToolCall;
        if (kind == StepKind.ToolCall && string.IsNullOrWhiteSpace(step.Tool))
            throw new FormatException("a tool call without a tool: give \"tool\".");
        if (kind == StepKind.Message && step.Text is null)
            throw new FormatException("neither a tool call nor a message: give \"tool\", or \"text\" with \"speaker\".");
        return step with { Kind = kind.Value, Speaker = kind == StepKind.Message ? step.Speaker ?? "assistant" : step.Speaker };
    }

    private static StepKind Kind(JsonProperty field) => Text(field) switch
    {
        "message" => StepKind.Message,
        "tool_call" => StepKind.ToolCall,
        var other => throw new FormatException($"of kind '{Words.Excerpt(other, 40)}': a step is a message or a tool_call."),
    };

    private static string Text(JsonProperty field) =>
        field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString()! : throw new FormatException($"not a step: {field.Name} has to be a text.");

    private static string TextOrJson(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static bool Flag(JsonProperty field) =>
        field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? field.Value.GetBoolean() : throw new FormatException($"not a step: {field.Name} has to be true or false.");

    private static int Whole(JsonProperty field) =>
        field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt32(out var whole) && whole >= 0 ? whole : throw new FormatException($"not a step: {field.Name} has to be a whole number of 0 or more.");

    private static DateTimeOffset Time(JsonProperty field) =>
        DateTimeOffset.TryParse(Text(field), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : throw new FormatException($"not a step: {field.Name} has to be a time like 2026-01-31T12:00:00.000Z.");
}
