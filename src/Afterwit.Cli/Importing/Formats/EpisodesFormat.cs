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
        var success = outcome.Flag("success") ?? throw new BrokenRecordException("'outcome.success' is missing");
        double? score = outcome.Number("reward") is { } reward ? Math.Clamp(reward, 0, 1) : null;
        return new()
        {
            Id = EpisodeId.FromSource(sourceId),
            SourceId = sourceId,
            Task = record.RequiredText("task"),
            Scope = new(Agent: record.Text("agent")),
            Context = new() { Domain = record.Text("dataset"), Tags = record.Text("env") is { } env ? [$"env:{env}"] : [] },
            StartedAt = source.ImportedAt,
            Outcome = success ? Outcome.Success(score: score) : Outcome.Failure(score: score),
            Steps = [.. steps.EnumerateArray().Select(ReadStep)],
            Metadata = MetadataOf(record),
        };
    }

    // Not the instruction: it is what the simulated user was told to want, and the agent never saw it.
    private static Dictionary<string, string> MetadataOf(JsonElement record)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (ReadOnlySpan<string>)["task_id", "trial", "split"])
        {
            if (record.TextOrJson(name) is { } value)
                metadata.Add(name, value);
        }

        return metadata;
    }

    private Step ReadStep(JsonElement step, int ordinal)
    {
        if (step.ValueKind != JsonValueKind.Object)
            throw JsonFields.WrongType($"steps[{ordinal}]", step, "an object");
        var type = step.RequiredText("type");
        if (type is "user" or "assistant")
            return Step.Message(type, step.Text("text") ?? "") with { Ordinal = ordinal };
        if (type != "tool")
            throw new BrokenRecordException($"step {ordinal} has the unknown type '{type}'");
        var observation = step.TextOrJson("observation");
        return Step.ToolCall(step.RequiredText("tool"), step.TextOrJson("args"), observation, step.Flag("error") ?? isError(observation)) with
        {
            Ordinal = ordinal,
            Text = step.Text("thought"),
        };
    }
}
