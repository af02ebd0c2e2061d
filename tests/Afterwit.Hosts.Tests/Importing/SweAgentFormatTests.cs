namespace Afterwit.Hosts.Tests.Importing;

public sealed class SweAgentFormatTests : IDisposable
{
    private const string Steps = """
        [{"action":"grep -n area shapes.py\n","observation":"boom: no such file","response":"r","thought":"look for it","execution_time":0.2504,"state":{}},
         {"action":"","observation":"","thought":"I should think again"},
         {"action":"submit","observation":"diff"}]
        """;

    private readonly ImportFixture _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_trajectory_is_one_episode_whose_task_is_the_issue()
    {
        var read = await _files.ImportAsync($$$"""
            {"environment":"box","trajectory":{{{Steps}}},"history":[{"role":"system","content":"be good"},{"role":"user","is_demo":true,"content":"demo"},
             {"role":"user","content":"We solve this.\nISSUE:\nThe area is negative\n\nINSTRUCTIONS:\nOne command at a time."}],
             "info":{"exit_status":"submitted","submission":"diff"}}
            """, "acme__shapes-12.traj");

        var episode = Assert.Single(read.Episodes);
        Assert.Empty(read.Problems);
        Assert.Equal("The area is negative", episode.Task);
        Assert.StartsWith("swe-agent/acme__shapes-12#", episode.SourceId);
        Assert.Equal(["instance:acme__shapes-12", "repo:acme/shapes"], episode.Context.Tags);
        Assert.Equal(new Outcome(EpisodeStatus.Partial, episode.Outcome!.Summary, 0.5), episode.Outcome);
        Assert.Contains("does not say whether", episode.Outcome.Summary);
        Assert.Equal(["grep", null, "submit"], episode.Steps.Select(step => step.Tool));
        Assert.Equal(("grep -n area shapes.py\n", "look for it", true, TimeSpan.FromMilliseconds(250)),
            (episode.Steps[0].Arguments, episode.Steps[0].Text, episode.Steps[0].IsError, episode.Steps[0].Latency!.Value));
    }

    [Fact]
    public async Task The_configuration_names_the_problem_the_instance_and_the_model_even_as_JSON_in_a_string()
    {
        var configuration = """{"problem_statement":{"id":"acme__shapes-13","text":"It crashes"},"agent":{"model":{"name":"m-1"}}}""";
        var read = await _files.ImportAsync($$"""{"trajectory":{{Steps}},"history":[],"info":{"exit_status":null},"replay_config":{{System.Text.Json.JsonSerializer.Serialize(configuration)}}}""");

        var episode = Assert.Single(read.Episodes);
        Assert.Equal(("It crashes", "swe-agent/m-1", "acme/shapes"), (episode.Task, episode.Scope.Agent, episode.Scope.Project));
        Assert.StartsWith("swe-agent/acme__shapes-13#", episode.SourceId);
        Assert.Equal(EpisodeStatus.Failed, episode.Status);
    }

    [Theory]
    [InlineData("exit_cost")]
    [InlineData("submitted (exit_cost)")]
    [InlineData("exit_format")]
    public async Task A_run_that_was_stopped_failed(string status)
    {
        var read = await _files.ImportAsync($$"""{"trajectory":[],"history":[{"role":"user","content":[{"type":"text","text":"Fix it"}]}],"info":{"exit_status":"{{status}}","submission":"d"} }""");

        var episode = Assert.Single(read.Episodes);
        Assert.Equal(("Fix it", EpisodeStatus.Failed), (episode.Task, episode.Status));
        Assert.Contains(status, episode.Outcome!.Summary);
    }

    [Fact]
    public async Task Two_runs_on_one_issue_are_two_episodes()
    {
        string Run(string folder, string thought) => _files.Write($"{folder}/acme__a-1.traj", $$"""{"trajectory":[{"action":"ls","thought":"{{thought}}","observation":""}],"history":[{"role":"user","content":"Fix"}],"info":{} }""");

        var read = await ImportFixture.ReadAsync([Run("x", "one"), Run("y", "two"), Run("z", "one")]);

        Assert.Equal(2, read.Episodes.Count);
        Assert.Contains("was read already", Assert.Single(read.Problems).Reason);
    }

    [Theory]
    [InlineData("""{"trajectory":[{"action":"ls"},{"action":5}],"history":[{"role":"user","content":"t"}],"info":{} }""", "trajectory[1]: 'action' is a number")]
    [InlineData("""{"trajectory":[{"action":"ls"},{"action":nope}],"history":[{"role":"user","content":"t"}]}""", "trajectory[1]: not valid JSON")]
    [InlineData("""{"trajectory":[{"action":"ls"},{"act""", "trajectory[1]: it is cut off")]
    [InlineData("""{"trajectory":[{"action":"ls"}],"history":[]""", "the JSON ends in the middle")]
    [InlineData("""{"trajectory":[{"action":"ls"}],"history":[],"info":{} }""", "there is no task")]
    [InlineData("""{"trajectory":[{"action":"\ud800"}],"history":[]}""", "not valid Unicode")]
    public async Task A_broken_trajectory_is_one_problem_and_no_episode(string text, string reason)
    {
        var read = await _files.ImportAsync(text, format: "swe-agent");

        Assert.Empty(read.Episodes);
        Assert.Contains(reason, Assert.Single(read.Problems).Reason);
    }
}
