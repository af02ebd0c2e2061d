using System.Text.Json;

namespace Afterwit.Cli.Importing;

/// <summary>One finished episode a line: who did what, step by step, and whether it succeeded.</summary>
internal sealed class EpisodesFormat(Func<string?, bool> isError, int lineLimit = JsonLines.DefaultLimit) : IEpisodeFormat
{
    public string Name => "episodes";

    public bool Recognises(string path, ReadOnlyMemory<byte> head) =>
        JsonHead.Any(head, names => names.Contains("episode_id") && (names.Contains("task") || names.Contains("dataset")));

    public IAsyncEnumerable<ImportRecord> ReadAsync(ImportSource source, CancellationToken cancellationToken) =>
        JsonLines.ReadAsync(source, lineLimit, record => [Read(record, source)], cancellationToken);

    private Episode Read(JsonElement record, ImportSource source)
    {
        var sourceId = $"episodes/{record.RequiredText("episode_id")}";
        var steps = record.List("steps") ?? throw new BrokenRecordException("'steps' is missing");
        var outcome = record.Object("outcome") ?? throw new BrokenRecordException("'outcome' is missing");
        return new()
        {
            Id = EpisodeId.FromSource(sourceId),
            SourceId = sourceId,
            Task = record.RequiredText("task"),
            Scope = new(record.Text("project"), record.Text("agent"), record.Text("user"), record.Text("run")),
            Context = new()
            {
                Domain = record.Text("domain") ?? record.Text("dataset"),
                Language = record.Text("language"),
                Framework = record.Text("framework"),
                Complexity = record.Text("complexity"),
                Tags = [.. TagsOf(record)],
            },
            StartedAt = record.When("started_at") ?? source.ImportedAt,
            EndedAt = record.When("ended_at"),
            Outcome = OutcomeOf(outcome),
            Steps = [.. steps.EnumerateArray().Select(ReadStep)],
            Metadata = MetadataOf(record),
        };
    }

    private static Outcome OutcomeOf(JsonElement outcome)
    {
        double? score = (outcome.Number("score") ?? outcome.Number("reward")) is { } grade ? Math.Clamp(grade, 0, 1) : null;
        var status = outcome.Text("status") is { } name
            ? Enum.TryParse<EpisodeStatus>(name, ignoreCase: true, out var known) && known != EpisodeStatus.Running && !char.IsAsciiDigit(name[0]) ? known : throw new BrokenRecordException($"'outcome.status' is '{name}'; expected succeeded, partial, failed or abstained")
            : outcome.Flag("success") is { } success ? success ? EpisodeStatus.Succeeded : EpisodeStatus.Failed
            : throw new BrokenRecordException("'outcome.success' is missing");
        return new(status, outcome.Text("summary"), score);
    }

    private static IEnumerable<string> TagsOf(JsonElement record)
    {
        if (record.Text("env") is { } env)
            yield return $"env:{env}";
        foreach (var tag in record.List("tags")?.EnumerateArray().ToList() ?? [])
            yield return tag.ValueKind == JsonValueKind.String ? tag.GetString()! : throw JsonFields.WrongType("tags[]", tag, "a string");
    }

    // Not the instruction: it is what the simulated user was told to want, and the agent never saw it.
    private static Dictionary<string, string> MetadataOf(JsonElement record)
    {
        var metadata = ImportMetadata.Of(((string[])["task_id", "trial", "split"]).Select(name => (name, record.TextOrJson(name))));
        foreach (var property in record.Object("metadata")?.EnumerateObject().ToList() ?? [])
            metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
        return metadata;
    }

    private Step ReadStep(JsonElement step, int ordinal)
    {
        if (step.ValueKind != JsonValueKind.Object)
            throw JsonFields.WrongType($"steps[{ordinal}]", step, "an object");
        var type = step.RequiredText("type");
        if (type is "user" or "assistant")
            return WithMeasures(Step.Message(type, step.Text("text") ?? ""), step, ordinal);
        if (type != "tool")
            throw new BrokenRecordException($"step {ordinal} has the unknown type '{type}'");
        var observation = step.TextOrJson("observation");
        var call = Step.ToolCall(step.RequiredText("tool"), step.TextOrJson("args"), observation, step.Flag("error") ?? isError(observation));
        return WithMeasures(call with { Text = step.Text("thought") }, step, ordinal);
    }

    private static Step WithMeasures(Step read, JsonElement step, int ordinal) => read with
    {
        Ordinal = ordinal,
        At = step.When("at"),
        Latency = step.Number("latency_ms") is { } latency and >= 0 ? TimeSpan.FromMilliseconds(latency) : null,
        Tokens = step.Number("tokens") is { } tokens ? (int)Math.Clamp(tokens, 0, int.MaxValue) : null,
    };
}
