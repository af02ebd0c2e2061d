namespace Afterwit.Hosts.Tests.Importing;

public sealed class Tau2FormatTests : IDisposable
{
    internal const string Info = """{"environment_info":{"domain_name":"bakery","policy":"p"},"agent_info":{"llm":"baker-1"}}""";

    private const string Messages = """
        [{"role":"assistant","content":"Hello!","tool_calls":null,"timestamp":"2026-01-01T10:00:00.100"},
         {"role":"user","content":"My oven is cold","tool_calls":null},
         {"role":"user","content":null,"tool_calls":[{"id":"u1","name":"touch_oven","arguments":{},"requestor":"user"}]},
         {"id":"u1","role":"tool","content":"boom","requestor":"user"},
         {"role":"user","content":"It is oven 7"},
         {"role":"assistant","content":null,"tool_calls":[{"id":"a1","name":"heat","arguments":{"oven": 7},"requestor":"assistant"}],"timestamp":"2026-01-01T10:00:02","usage":{"prompt_tokens":40,"completion_tokens":2}},
         {"id":"a1","role":"tool","content":"boom but fine","requestor":"assistant","error":false,"timestamp":"2026-01-01T10:00:03"},
         {"role":"user","content":"Thanks"}]
        """;

    private readonly ImportFixture _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_simulation_is_an_episode_whose_task_is_what_the_user_said_before_the_agent_acted(bool infoFirst)
    {
        var simulations = $"[{Simulation("s-1", "1.0")}]";
        var read = await _files.ImportAsync(infoFirst
            ? $$"""{"timestamp":"t","info":{{Info}},"tasks":[{"user_scenario":"SECRET"}],"simulations":{{simulations}}}"""
            : $$"""{"simulations":{{simulations}},"info":{{Info}}}""");

        var episode = Assert.Single(read.Episodes);
        Assert.Empty(read.Problems);
        Assert.Equal(("tau2/s-1", "tau2-bakery", "baker-1"), (episode.SourceId, episode.Context.Domain, episode.Scope.Agent));
        Assert.Equal("My oven is cold\nIt is oven 7", episode.Task);
        Assert.Equal([null, null, "user:touch_oven", null, "heat", null], episode.Steps.Select(step => step.Tool));
        Assert.Equal([false, false, true, false, false, false], episode.Steps.Select(step => step.IsError));
        Assert.Equal(("{\"oven\":7}", TimeSpan.FromSeconds(1), 42), (episode.Steps[4].Arguments, episode.Steps[4].Latency!.Value, episode.Steps[4].Tokens!.Value));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 10, 0, 0, 100, TimeSpan.Zero), episode.Steps[0].At);
        Assert.Equal(new Outcome(EpisodeStatus.Succeeded, null, 1), episode.Outcome);
        Assert.Equal("T1", episode.Metadata["task_id"]);
    }

    [Fact]
    public async Task The_reward_decides_the_outcome()
    {
        var read = await _files.ImportAsync($$"""{"info":{{Info}},"simulations":[{{Simulation("a", "1")}},{{Simulation("b", "0.5")}},{{Simulation("c", "0.0")}},{{Simulation("d", "null")}}]}""");

        Assert.Equal([EpisodeStatus.Succeeded, EpisodeStatus.Partial, EpisodeStatus.Failed, EpisodeStatus.Abstained], read.Episodes.Select(episode => episode.Status));
        Assert.Equal([1, 0.5, 0, null], read.Episodes.Select(episode => episode.Outcome!.Score));
    }

    [Fact]
    public async Task A_broken_simulation_is_reported_with_its_line_and_the_others_are_kept()
    {
        var read = await _files.ImportAsync($$"""
            {"info":{{Info}},"simulations":[
            {{Simulation("a", "1").ReplaceLineEndings(" ")}},
            {"id":"b","messages":[tru]},
            {"id":7,"messages":[]},
            {"id":"quiet","messages":[{"role":"assistant","content":"a } ] \" \\"}]},
            {{Simulation("c", "1").ReplaceLineEndings(" ")}}]}
            """);

        Assert.Equal(["tau2/a", "tau2/c"], read.Episodes.Select(episode => episode.SourceId));
        Assert.Equal([3, 4, 5], read.Problems.Select(problem => problem.Line));
        Assert.StartsWith("simulation 2: not valid JSON", read.Problems[0].Reason);
        Assert.Contains("'id' is a number", read.Problems[1].Reason);
        Assert.Contains("the user says nothing", read.Problems[2].Reason);
    }

    [Fact]
    public async Task A_file_that_was_cut_off_gives_the_whole_simulations_before()
    {
        var text = $$"""{"info":{{Info}},"simulations":[{{Simulation("a", "1")}},{{Simulation("b", "1")}}""";

        var read = await _files.ImportAsync(text[..^20]);

        Assert.Equal("tau2/a", Assert.Single(read.Episodes).SourceId);
        Assert.Contains(read.Problems, problem => problem.Reason == "simulation 2: it is cut off: the file ends within it");
    }

    [Fact]
    public async Task Texts_that_grow_too_long_when_joined_are_refused()
    {
        var said = $$"""{"role":"user","content":"{{new string('y', 9_000_000)}}"}""";

        var read = await _files.ImportAsync($$"""{"info":{{Info}},"simulations":[{"id":"z","messages":[{{said}},{{said}}],"reward_info":{"reward":1} },{{Simulation("a", "1")}}]}""");

        Assert.Equal("tau2/a", Assert.Single(read.Episodes).SourceId);
        Assert.Contains("'tau2/z' has a text of 18000001 characters", Assert.Single(read.Problems).Reason);
    }

    internal static string Simulation(string id, string reward) =>
        $$$"""{"id":"{{{id}}}","task_id":"T1","start_time":"2026-01-01T10:00:00","end_time":"2026-01-01T10:01:00","termination_reason":"user_stop","reward_info":{"reward":{{{reward}}}},"messages":{{{Messages}}},"trial":0}""";
}
