using System.Text.Json;

namespace Afterwit.Cli.Importing;

/// <summary>One simulated conversation.</summary>
internal sealed class Tau2Simulation(JsonElement simulation, Tau2Run run, Func<string?, bool> isError)
{
    private const int MessagesOfTask = 3;

    private readonly List<Step> _steps = [];
    private readonly Dictionary<string, int> _openCalls = new(StringComparer.Ordinal);

    public Episode ToEpisode(ImportSource source)
    {
        var sourceId = $"tau2/{simulation.RequiredText("id")}";
        var messages = simulation.List("messages") ?? throw new BrokenRecordException("'messages' is missing");
        foreach (var message in messages.EnumerateArray())
            Read(message);
        return new()
        {
            Id = EpisodeId.FromSource(sourceId),
            SourceId = sourceId,
            Task = TaskOf(),
            Scope = new(Agent: run.Agent),
            Context = new() { Domain = run.Domain },
            StartedAt = simulation.When("start_time") ?? simulation.When("timestamp") ?? source.ImportedAt,
            EndedAt = simulation.When("end_time"),
            Outcome = OutcomeOf(),
            Steps = [.. _steps.Select((step, ordinal) => step with { Ordinal = ordinal })],
            Metadata = ImportMetadata.Of(((string[])["task_id", "trial", "termination_reason"]).Select(name => (name, simulation.TextOrJson(name)))),
        };
    }

    private void Read(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw JsonFields.WrongType("messages[]", message, "an object");
        var role = message.RequiredText("role");
        var at = message.When("timestamp");
        switch (role)
        {
            case "tool" when message.List("tool_messages") is { } answers:
                foreach (var answer in answers.EnumerateArray())
                    Read(answer);
                return;
            case "tool":
                TakeResult(message, at);
                return;
            case "system":
                return;
        }

        var before = _steps.Count;
        if (message.TextOrJson("content") is { } text && !string.IsNullOrWhiteSpace(text))
            _steps.Add(Step.Message(role, text) with { At = at });
        foreach (var call in message.List("tool_calls")?.EnumerateArray() ?? default)
            TakeCall(call, role, at);
        if (_steps.Count > before && message.Object("usage") is { } usage)
            _steps[before] = _steps[before] with { Tokens = (int)Math.Clamp((usage.Number("prompt_tokens") ?? 0) + (usage.Number("completion_tokens") ?? 0), 0, int.MaxValue) };
    }

    // The customer has tools too, on a phone for example: they are told apart, since the agent cannot call them.
    private void TakeCall(JsonElement call, string role, DateTimeOffset? at)
    {
        if (call.ValueKind != JsonValueKind.Object)
            throw JsonFields.WrongType("tool_calls[]", call, "an object");
        var name = call.RequiredText("name");
        var tool = (call.Text("requestor") ?? role) == "user" ? $"user:{name}" : name;
        _steps.Add(Step.ToolCall(tool, call.TextOrJson("arguments")) with { At = at });
        if (call.Text("id") is { } id)
            _openCalls[id] = _steps.Count - 1;
    }

    private void TakeResult(JsonElement message, DateTimeOffset? at)
    {
        if (message.Text("id") is not { } id || !_openCalls.Remove(id, out var index))
            return;
        var observation = message.TextOrJson("content");
        var call = _steps[index];
        _steps[index] = call with
        {
            Observation = observation,
            IsError = message.Flag("error") ?? isError(observation),
            Latency = at is { } end && call.At is { } start && end >= start ? end - start : null,
        };
    }

    // What the agent knew before it acted: the scenario of the customer is hidden from it, and so it is from us.
    private string TaskOf()
    {
        var firstAction = _steps.FindIndex(step => step.Kind == StepKind.ToolCall && !step.Tool!.StartsWith("user:", StringComparison.Ordinal));
        var said = _steps.Where(step => step is { Kind: StepKind.Message, Speaker: "user" }).ToList();
        if (said.Count == 0)
            throw new BrokenRecordException("the user says nothing, so there is no task");
        var before = firstAction < 0 ? said.Count : _steps.Take(firstAction).Count(step => step is { Kind: StepKind.Message, Speaker: "user" });
        return string.Join('\n', said.Take(Math.Clamp(before, 1, MessagesOfTask)).Select(step => step.Text));
    }

    private Outcome OutcomeOf()
    {
        var reason = simulation.Text("termination_reason");
        if (simulation.Object("reward_info")?.Number("reward") is not { } reward)
        {
            return reason is "max_steps" or "too_many_errors" or "agent_error" or "timeout"
                ? Outcome.Failure($"it ended with {reason}; no grade")
                : Outcome.Abstention("no grade was given");
        }

        var score = Math.Clamp(reward, 0, 1);
        return score switch
        {
            >= 1 => Outcome.Success(score: score),
            <= 0 => Outcome.Failure(reason is null or "user_stop" or "agent_stop" ? null : $"it ended with {reason}", score),
            _ => Outcome.Partial(score: score),
        };
    }
}
