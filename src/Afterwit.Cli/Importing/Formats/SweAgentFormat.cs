using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Afterwit.Cli.Importing;

/// <summary>A trajectory of SWE-agent: one run on one issue.</summary>
internal sealed class SweAgentFormat(Func<string?, bool> isError, int recordLimit = JsonLines.DefaultLimit) : IEpisodeFormat
{
    public string Name => "swe-agent";

    public bool Recognises(string path, ReadOnlyMemory<byte> head) =>
        JsonHead.Any(head, names => names.Contains("trajectory") || (names.Contains("history") && names.Contains("environment")));

    public async IAsyncEnumerable<ImportRecord> ReadAsync(ImportSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await ReadWholeAsync(source, cancellationToken);
    }

    // A run that lacks a step would teach what never happened: the whole file is one record.
    private async Task<ImportRecord> ReadWholeAsync(ImportSource source, CancellationToken cancellationToken)
    {
        var trajectory = new SweAgentTrajectory(isError);
        await foreach (var part in JsonObjectFile.ReadAsync(source.Content, recordLimit, SweAgentTrajectory.Choose, cancellationToken))
        {
            if ((part.Problem ?? JsonFields.Parse(part.Json, value => trajectory.Take(part.Name, value))) is { } problem)
                return ImportRecord.Broken(source, part.Line, part.Index >= 0 ? $"{part.Name}[{part.Index}]: {problem}" : problem);
        }

        try
        {
            return ImportRecord.Of(trajectory.ToEpisode(source), source);
        }
        catch (BrokenRecordException e)
        {
            return ImportRecord.Broken(source, 0, e.Message);
        }
    }
}

/// <summary>A trajectory as it is read, part by part.</summary>
internal sealed partial class SweAgentTrajectory(Func<string?, bool> isError)
{
    private readonly List<Step> _steps = [];
    private string? _statement;
    private string? _prompt;
    private string? _instance;
    private string? _model;
    private string? _environment;
    private string? _exitStatus;
    private bool _hasSubmission;

    public static JsonPartMode Choose(string name) => name switch
    {
        "trajectory" => JsonPartMode.Elements,
        // Every step is in the history once more: it is read only as far as the question.
        "history" => JsonPartMode.Elements,
        "info" or "environment" or "replay_config" or "instance_id" or "problem_statement" => JsonPartMode.Whole,
        _ => JsonPartMode.Skip,
    };

    public void Take(string name, JsonElement value)
    {
        switch (name)
        {
            case "trajectory":
                TakeStep(value);
                break;
            case "history" when _prompt is null && value.ValueKind == JsonValueKind.Object:
                TakePrompt(value);
                break;
            case "info" when value.ValueKind == JsonValueKind.Object:
                _exitStatus = value.Text("exit_status");
                _hasSubmission = !string.IsNullOrWhiteSpace(value.TextOrJson("submission"));
                _instance ??= value.Text("instance_id");
                break;
            case "environment" when value.ValueKind == JsonValueKind.String:
                _environment = value.AsText(name);
                break;
            case "instance_id" when value.ValueKind == JsonValueKind.String:
                _instance = value.AsText(name);
                break;
            case "problem_statement" when value.ValueKind == JsonValueKind.String:
                _statement ??= value.AsText(name);
                break;
            case "replay_config":
                TakeConfiguration(value);
                break;
        }
    }

    public Episode ToEpisode(ImportSource source)
    {
        var task = _statement ?? (_prompt is null ? null : IssueIn(_prompt));
        if (string.IsNullOrWhiteSpace(task))
            throw new BrokenRecordException("there is no task: neither a problem statement nor a first message of the user");
        var name = source.Name.EndsWith(".traj", StringComparison.OrdinalIgnoreCase) ? source.Name[..^5] : source.Name;
        var instance = _instance ?? name;
        var sourceId = $"swe-agent/{instance}#{Fingerprint()}";
        var repository = InstanceName().Match(instance) is { Success: true } match ? $"{match.Groups["owner"].Value}/{match.Groups["name"].Value}" : null;
        return new()
        {
            Id = EpisodeId.FromSource(sourceId),
            SourceId = sourceId,
            Task = task,
            Scope = new(Project: repository, Agent: _model is null ? "swe-agent" : $"swe-agent/{_model}"),
            Context = new() { Domain = "swe-agent", Tags = [$"instance:{instance}", .. repository is null ? (IEnumerable<string>)[] : [$"repo:{repository}"]] },
            StartedAt = source.ImportedAt,
            Outcome = OutcomeOf(),
            Steps = _steps,
            Metadata = ImportMetadata.Of(("instance", instance), ("exit_status", _exitStatus), ("model", _model), ("environment", _environment)),
        };
    }

    private void TakeStep(JsonElement step)
    {
        if (step.ValueKind != JsonValueKind.Object)
            throw JsonFields.WrongType("step", step, "an object");
        var action = step.Text("action") ?? "";
        var thought = step.Text("thought");
        var observation = step.TextOrJson("observation");
        if (string.IsNullOrWhiteSpace(action))
        {
            if ((thought ?? step.Text("response")) is { } text && !string.IsNullOrWhiteSpace(text))
                _steps.Add(Step.Message("assistant", text) with { Ordinal = _steps.Count });
            return;
        }

        var command = action.AsSpan().TrimStart();
        var end = command.IndexOfAny(" \t\r\n");
        _steps.Add(Step.ToolCall((end < 0 ? command : command[..end]).ToString(), action, observation, isError(observation)) with
        {
            Ordinal = _steps.Count,
            Text = thought,
            Latency = step.Number("execution_time") is { } seconds and >= 0 and < 1e8 ? TimeSpan.FromMilliseconds(Math.Round(seconds * 1000)) : null,
        });
    }

    private void TakePrompt(JsonElement message)
    {
        if (message.Text("role") != "user" || message.Flag("is_demo") == true)
            return;
        _prompt = message.Field("content") is { ValueKind: JsonValueKind.Array } blocks
            ? string.Join('\n', blocks.EnumerateArray().Where(block => block.ValueKind == JsonValueKind.Object).Select(block => block.Text("text")).OfType<string>())
            : message.Text("content");
    }

    // Some releases wrote the configuration as JSON within a string.
    private void TakeConfiguration(JsonElement configuration)
    {
        if (configuration.ValueKind == JsonValueKind.String)
        {
            using var inner = JsonDocument.Parse(configuration.AsText("replay_config"), JsonFields.DocumentOptions);
            if (inner.RootElement.ValueKind == JsonValueKind.Object)
                TakeConfiguration(inner.RootElement);
            return;
        }

        if (configuration.ValueKind != JsonValueKind.Object)
            return;
        if (configuration.Field("problem_statement") is { ValueKind: JsonValueKind.Object } statement)
        {
            _statement = statement.Field("text") is { ValueKind: JsonValueKind.String } text ? text.AsText("text") : _statement;
            _instance ??= statement.Text("id");
        }

        if (configuration.Field("agent") is { ValueKind: JsonValueKind.Object } agent && agent.Field("model") is { ValueKind: JsonValueKind.Object } model)
            _model = model.Text("name");
    }

    private Outcome OutcomeOf() => _exitStatus switch
    {
        "submitted" => Outcome.Partial("it submitted a result; the trajectory does not say whether that was right", 0.5),
        null => Outcome.Failure("it did not come to an end"),
        _ when _exitStatus.StartsWith("submitted", StringComparison.Ordinal) && _hasSubmission =>
            Outcome.Failure($"it was stopped with {_exitStatus}; what it had done was submitted"),
        _ => Outcome.Failure($"it ended with {_exitStatus}"),
    };

    // The prompt wraps the issue in instructions that are the same for every run; only what is asked tells tasks apart.
    private static string IssueIn(string prompt)
    {
        var match = PullRequest().Match(prompt);
        if (match.Success)
            return match.Groups["text"].Value.Trim();
        var end = prompt.IndexOf("\nINSTRUCTIONS:", StringComparison.Ordinal);
        var text = end > 0 ? prompt[..end] : prompt;
        var start = text.IndexOf("ISSUE:\n", StringComparison.Ordinal);
        var issue = start >= 0 ? text[(start + "ISSUE:\n".Length)..].Trim() : text.Trim();
        return issue.Length > 0 ? issue : prompt.Trim();
    }

    // Runs of several agents on the same issue are different episodes, and nothing else in the file tells them apart.
    private string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var step in _steps)
            hash.AppendData(Encoding.UTF8.GetBytes($"{step.Text}\0{step.Arguments}\0"));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 4));
    }

    [GeneratedRegex("^(?<owner>.+?)__(?<name>.+?)-[0-9]+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InstanceName();

    [GeneratedRegex("<pr_description>(?<text>.*?)</pr_description>", RegexOptions.CultureInvariant | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PullRequest();
}
