using System.Text.Json;

namespace Afterwit.Hosts.Tests.Cli;

public sealed class EpisodeCommandTests : IDisposable
{
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task An_episode_lives_from_its_start_until_it_is_forgotten()
    {
        var id = await StartAsync("Count the active users", "--project", "shop", "--agent", "a1", "--domain", "sql", "--tag", "env:test", "--meta", "ticket=42=b");
        Assert.Equal(0, (await _home.JsonAsync("episode", "log", id, "--message", "on it", "--speaker", "assistant")).GetProperty("first_ordinal").GetInt32());
        await File.WriteAllTextAsync(Path.Combine(_home.Folder, "answer.txt"), "line 1\nline 2\n");
        await _home.JsonAsync("episode", "log", id, "--tool", "SELECT", "--args", "SELECT 1", "--observation", "@answer.txt", "--error", "--latency-ms", "12", "--tokens", "7");
        var lines = await _home.RunWithInputAsync(
            """{"tool": "DESCRIBE", "args": {"table": "users"}, "observation": "id, active"}""" + "\n\n" + """{"kind":"tool_call","tool":"SELECT","arguments":"SELECT 2","observation":"2","is_error":false}""",
            "episode", "log", id, "--json-lines", "--json");
        Assert.Equal((2, 2), (lines.Succeeded().Json.GetProperty("first_ordinal").GetInt32(), lines.Json.GetProperty("steps").GetInt32()));
        Assert.Equal(4, (await _home.JsonAsync("episode", "checkpoint", id, "--note", "half way", "--state", "@answer.txt")).GetProperty("steps").GetInt32());

        var resumed = await _home.JsonAsync("episode", "resume", id);
        Assert.Equal("line 1\nline 2\n", resumed.GetProperty("episode").GetProperty("checkpoints")[0].GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Array, resumed.GetProperty("advice").GetProperty("next").ValueKind);

        var ended = await _home.JsonAsync("episode", "complete", id, "--outcome", "partial", "--summary", "most of it", "--score", "0.75");
        Assert.Equal("partial", ended.GetProperty("status").GetString());
        Assert.Equal(3, ended.GetProperty("reward").GetProperty("components").GetArrayLength());
        Assert.Equal(JsonValueKind.Array, ended.GetProperty("reflection").GetProperty("lessons").ValueKind);

        var shown = await _home.JsonAsync("episode", "show", id);
        Assert.Equal("shop", shown.GetProperty("scope").GetProperty("project").GetString());
        Assert.Equal("env:test", shown.GetProperty("context").GetProperty("tags")[0].GetString());
        Assert.Equal("42=b", shown.GetProperty("metadata").GetProperty("ticket").GetString());
        var step = shown.GetProperty("steps")[1];
        Assert.Equal("line 1\nline 2\n", step.GetProperty("observation").GetString());
        Assert.True(step.GetProperty("is_error").GetBoolean());
        Assert.Equal((12, 7), (step.GetProperty("latency_ms").GetInt32(), step.GetProperty("tokens").GetInt32()));
        Assert.Equal("""{"table": "users"}""", shown.GetProperty("steps")[2].GetProperty("arguments").GetString());

        (await _home.RunAsync("episode", "complete", id, "--outcome", "success")).Failed(1, "ended already");
        (await _home.RunAsync("episode", "log", id, "--tool", "x")).Failed(1, "ended already");
        (await _home.RunAsync("episode", "forget", id)).Failed(2, "4 steps, 1 checkpoint");
        Assert.Equal(4, (await _home.JsonAsync("episode", "forget", id, "--yes")).GetProperty("steps").GetInt32());
        (await _home.RunAsync("episode", "show", id)).Failed(3, id);
    }

    [Fact]
    public async Task Lists_filter_and_relationships_refuse_circles()
    {
        var first = await StartAsync("first", "--project", "p", "--meta", "k=v");
        var second = await StartAsync("second", "--domain", "d", "--tag", "t");
        await _home.JsonAsync("episode", "fail", first, "--reason", "no luck");
        Assert.Equal("abstained", (await _home.JsonAsync("episode", "abstain", second)).GetProperty("status").GetString());

        Assert.Equal([second, first], await ListAsync());
        Assert.Equal([first], await ListAsync("--status", "failed"));
        Assert.Equal([first], await ListAsync("--project", "p", "--meta", "k=v"));
        Assert.Equal([second], await ListAsync("--domain", "d", "--tag", "t", "--limit", "1"));
        Assert.Equal([], await ListAsync("--meta", "k=w"));

        Assert.Equal("depends-on", (await _home.JsonAsync("episode", "relate", first, "depends-on", second, "--note", "why")).GetProperty("kind").GetString());
        (await _home.RunAsync("episode", "relate", second, "depends-on", first)).Failed(1, "depends-on");
        Assert.Equal("why", (await _home.JsonAsync("episode", "show", second)).GetProperty("relationships")[0].GetProperty("note").GetString());
    }

    [Fact]
    public async Task The_graph_is_shown_to_people_graphviz_and_programs_and_recall_names_the_fix()
    {
        const string Task = "deploy the \"shop\" \\N";
        var (failed, fixedBy, whole) = (await StartAsync(Task), await StartAsync(Task), await StartAsync("release week"));
        await _home.JsonAsync("episode", "fail", failed);
        await _home.JsonAsync("episode", "complete", fixedBy, "--outcome", "success");
        var edge = await _home.JsonAsync("episode", "relate", fixedBy, "follows", failed, "--priority", "-5", "--weight", "0.5", "--meta", "ticket=4=2");
        Assert.Equal((-5, 0.5, "4=2"), (edge.GetProperty("priority").GetInt32(), edge.GetProperty("weight").GetDouble(), edge.GetProperty("metadata").GetProperty("ticket").GetString()));
        await _home.JsonAsync("episode", "relate", failed, "parent", whole);
        (await _home.RunAsync("episode", "relate", failed, "parent", whole, "--weight", "0")).Failed(2, "weight is 0");
        Assert.Equal("4=2", (await _home.JsonAsync("episode", "show", failed)).GetProperty("relationships")[1].GetProperty("metadata").GetProperty("ticket").GetString());

        async Task<(string?[] Nodes, string?[] Edges)> GraphAsync(params string[] options)
        {
            var graph = (await _home.RunAsync(["episode", "graph", .. options])).Succeeded().Json;
            return ([.. graph.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("id").GetString())], [.. graph.GetProperty("edges").EnumerateArray().Select(n => n.GetProperty("kind").GetString())]);
        }

        Assert.Equivalent((new[] { whole, failed, fixedBy }, new[] { "parent", "follows" }), await GraphAsync(whole, "--hops", "2", "--json"));
        Assert.Equivalent((new[] { whole, failed }, new[] { "parent" }), await GraphAsync(whole, "--format", "json"));
        Assert.Equivalent((new[] { failed, whole }, new[] { "parent" }), await GraphAsync(failed, "--kinds", "parent,blocks", "--direction", "out", "--json"));
        Assert.Equivalent((new[] { fixedBy, failed, whole }, new[] { "follows", "parent" }), await GraphAsync(fixedBy, "--to", whole, "--direction", "out", "--json"));
        Assert.Empty((await GraphAsync(fixedBy, "--to", whole, "--direction", "in", "--json")).Nodes);
        Assert.Contains("No way", (await _home.RunAsync("episode", "graph", fixedBy, "--to", whole, "--hops", "1")).Succeeded().Output);
        Assert.Contains("follows 1", (await _home.RunAsync("episode", "graph", failed)).Succeeded().Output);
        Assert.Contains("[label=\"deploy the \\\"shop\\\" \\\\N\\nfailed\"];\n", (await _home.RunAsync("episode", "graph", failed, "--format", "dot")).Succeeded().Output);
        (await _home.RunAsync("episode", "graph", failed, "--kinds", "bloks")).Failed(2, "Did you mean blocks?");
        (await _home.RunAsync("episode", "graph", failed, "--hops", "33")).Failed(2, "max hops is 33");
        (await _home.RunAsync("episode", "graph", Guid.NewGuid().ToString())).Failed(3, "There is no episode");
        (await _home.RunAsync("episode", "graph", failed, "--to", Guid.NewGuid().ToString())).Failed(3, "There is no episode");

        Assert.Contains("fixed by: deploy", (await _home.RunAsync("recall", "deploy the shop", "--include-failed")).Succeeded().Output);
        var hit = (await _home.JsonAsync("recall", "deploy the shop", "--include-failed")).GetProperty("hits").EnumerateArray().Single(h => h.GetProperty("id").GetString() == failed);
        Assert.Equal(["part of", "fixed by"], hit.GetProperty("related").EnumerateArray().Select(r => r.GetProperty("meaning").GetString()));
        Assert.Equal("in", hit.GetProperty("related")[1].GetProperty("direction").GetString());
    }

    [Fact]
    public async Task A_broken_line_names_itself_and_nothing_of_its_batch_is_stored()
    {
        var id = await StartAsync("task");
        foreach (var (line, message) in new[]
        {
            ("{\"tool\": ", "not JSON"), ("[1]", "not an object"), ("{\"tol\": \"x\"}", "Did you mean tool?"), ("{\"tool\": 5}", "tool has to be a text"), ("{\"speaker\": \"user\"}", "neither"),
        })
        {
            var result = await _home.RunWithInputAsync($"{{\"tool\":\"good\"}}\n{line}\n", "episode", "log", id, "--json-lines");
            result.Failed(2, message);
            Assert.Contains("line 2", result.Error);
        }

        Assert.Equal(0, (await _home.JsonAsync("episode", "show", id)).GetProperty("steps").GetArrayLength());
    }

    [Fact]
    public async Task Hostile_text_is_kept_as_it_is_and_never_drives_the_terminal()
    {
        string[] given = ["[red]not markup[/] [link=x]", ":bug: 😀 \"'$(id)`", "--not-an-option", "@@home is where", "[suggest:3]"];
        string[] kept = [.. given[..3], "@home is where", given[4]];
        foreach (var task in given)
            (await _home.RunAsync("episode", "start", "--", task)).Succeeded();
        const string Raw = "nul \0 escape \u001b[31m bell \a del \u007f é";
        var id = (await _home.RunWithInputAsync(Raw, "episode", "start", "-", "--json")).Succeeded().Json.GetProperty("episode_id").GetString()!;

        var tasks = (await _home.JsonAsync("episode", "list")).GetProperty("episodes").EnumerateArray().Select(e => e.GetProperty("task").GetString());
        Assert.Equal([Raw, .. kept.Reverse()], tasks);
        var shown = (await _home.RunAsync("episode", "list")).Succeeded().Output;
        Assert.All(kept, task => Assert.Contains(task, shown));
        Assert.DoesNotContain(shown, c => char.IsControl(c) && c != '\n');
        Assert.DoesNotContain((await _home.RunAsync("episode", "show", id)).Succeeded().Output, c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public async Task A_text_that_cannot_be_read_is_named()
    {
        (await _home.RunAsync("episode", "start", "@nowhere")).Failed(2, "'@nowhere'");
        (await _home.RunAsync("episode", "start", "  ")).Failed(2, "task is empty");
        (await _home.RunAsync("episode", "start", "x", "--meta", "novalue")).Failed(2, "KEY=VALUE");
        await File.WriteAllBytesAsync(Path.Combine(_home.Folder, "latin1.txt"), [0x63, 0x61, 0x66, 0xE9]);
        (await _home.RunAsync("episode", "start", "@latin1.txt")).Failed(2, "UTF-8");
    }

    private async Task<string> StartAsync(string task, params string[] options) =>
        (await _home.JsonAsync(["episode", "start", task, .. options])).GetProperty("episode_id").GetString()!;

    private async Task<IEnumerable<string?>> ListAsync(params string[] options) =>
        (await _home.JsonAsync(["episode", "list", .. options])).GetProperty("episodes").EnumerateArray().Select(e => e.GetProperty("episode_id").GetString());
}
