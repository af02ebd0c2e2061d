namespace Afterwit.Tests.Shared;

/// <summary>Episodes to store: with every field set, or made of a line of tools.</summary>
internal static class Samples
{
    /// <summary>Family emoji, right-to-left, combining marks, NUL, quotes: text that a careless store changes.</summary>
    public const string Odd = "a\0b \u202Eשלום 👩‍👩‍👧‍👦 e\u0301 ﷽ \"quoted\" 'single' \\ % _ 日本語\r\n\t\u0001\u007F\uFEFF end";

    public static DateTimeOffset Start { get; } = new(2026, 3, 4, 5, 6, 7, 891, TimeSpan.Zero);

    public static EpisodeId Id(int number) => EpisodeId.FromSource($"sample/{number}");

    /// <summary>A finished episode with its reward, its reflection and what it teaches.</summary>
    public static LearnedEpisode Learn(Episode episode)
    {
        var judged = episode with { Reward = Reward.Of(episode.Outcome!, episode.Steps), Reflection = Reflection.On(episode.Outcome!, episode.Steps) };
        return new(judged, Learner.Observe(judged));
    }

    /// <summary>Steps from a line such as <c>LIST OPEN!not found: x EDIT</c>: a tool, with the error it was answered with.</summary>
    public static IReadOnlyList<Step> Steps(string tools) =>
        [.. tools.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((t, ordinal) => t.Split('!') is [var tool, var error]
            ? Step.ToolCall(tool, $"{tool} bad", error.Replace('_', ' '), isError: true) with { Ordinal = ordinal, ErrorClass = error.Replace('_', ' ') }
            : Step.ToolCall(t, $"{t} {ordinal}", "fine") with { Ordinal = ordinal })];

    /// <summary>A finished episode as an import has it.</summary>
    public static Episode Run(
        int number, string task, string tools = "LIST OPEN EDIT", Outcome? outcome = null, Scope? scope = null, string? domain = "code", string[]? tags = null, DateTimeOffset? at = null) => new()
        {
            Id = Id(number),
            SourceId = $"sample/{number}",
            Task = task,
            StartedAt = at ?? Start.AddMinutes(number),
            EndedAt = at ?? Start.AddMinutes(number).AddSeconds(30),
            Outcome = outcome ?? Outcome.Success(),
            Scope = scope ?? Scope.Any,
            Context = new() { Domain = domain, Tags = tags ?? [] },
            Steps = Steps(tools),
        };

    /// <summary>Every field set, with text that is easily damaged.</summary>
    public static Episode Everything(int number = 0) => new()
    {
        Id = Id(number),
        SourceId = $"sample/{number}",
        Task = $"task {Odd}",
        Scope = new($"project {Odd}", $"agent {Odd}", $"user {Odd}", $"run {Odd}"),
        Context = new() { Domain = $"domain {Odd}", Language = $"language {Odd}", Framework = $"framework {Odd}", Complexity = $"complexity {Odd}", Tags = [$"tag {Odd}", "", "env:x", "a.b", "\"q\""] },
        StartedAt = Start,
        EndedAt = Start.AddMilliseconds(12_345),
        Outcome = new(EpisodeStatus.Partial, $"summary {Odd}", 0.625),
        Metadata = new Dictionary<string, string> { ["a.b.c"] = "dots", ["\"k\""] = "\"v\"", ["k'"] = "", ["schlüssel 鍵 👩‍👩‍👧‍👦"] = Odd, ["n\0l"] = "n\0l" },
        Steps =
        [
            new() { Ordinal = 0, Kind = StepKind.Message, Speaker = $"speaker {Odd}", Text = Odd },
            new()
            {
                Ordinal = 1, Kind = StepKind.ToolCall, Tool = $"tool {Odd}", Text = "thought", Arguments = $"{{\"a\":\"{Odd}\"}}", Observation = Odd, IsError = true, ErrorClass = $"class {Odd}",
                Latency = TimeSpan.FromMilliseconds(1_234_567), Tokens = int.MaxValue, At = Start.AddMilliseconds(1),
            },
            new() { Ordinal = 2, Kind = StepKind.ToolCall, Tool = "tool", Arguments = "", Observation = "", Latency = TimeSpan.Zero, Tokens = 0, FromMemory = true },
            new() { Ordinal = 3, Kind = StepKind.ToolCall, Tool = "tool", Arguments = "again" },
            new() { Ordinal = 4, Kind = StepKind.ToolCall, Tool = $"tool {Odd}", Arguments = "changed", Observation = "[]" },
        ],
    };

    /// <summary>Fails with the field that differs.</summary>
    public static void AssertSame(Episode expected, Episode? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Id, actual.Id);
        Assert.Equal(expected.SourceId, actual.SourceId);
        Assert.Equal(expected.Task, actual.Task);
        Assert.Equal(expected.Scope, actual.Scope);
        Assert.Equal(
            (expected.Context.Domain, expected.Context.Language, expected.Context.Framework, expected.Context.Complexity),
            (actual.Context.Domain, actual.Context.Language, actual.Context.Framework, actual.Context.Complexity));
        Assert.Equal(expected.Context.Tags, actual.Context.Tags);
        Assert.Equal(expected.StartedAt, actual.StartedAt);
        Assert.Equal(expected.EndedAt, actual.EndedAt);
        Assert.Equal(expected.Status, actual.Status);
        Assert.Equal(expected.Outcome, actual.Outcome);
        Assert.Equal(expected.Metadata.OrderBy(p => p.Key, StringComparer.Ordinal), actual.Metadata.OrderBy(p => p.Key, StringComparer.Ordinal));
        Assert.Equal(expected.Steps, actual.Steps);
        Assert.Equal(expected.Reward?.Value, actual.Reward?.Value);
        Assert.Equal(expected.Reward?.Components, actual.Reward?.Components);
        Assert.Equal(Notes(expected.Reflection), Notes(actual.Reflection));
    }

    private static IEnumerable<string>? Notes(Reflection? reflection) =>
        reflection is null ? null : new[] { reflection.Worked, reflection.Failed, reflection.Lessons }.SelectMany((notes, kind) => notes.Select(n => $"{kind} {n.Text} {string.Join(',', n.Steps)}"));
}
