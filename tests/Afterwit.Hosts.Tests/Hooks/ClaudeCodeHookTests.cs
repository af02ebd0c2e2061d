using System.Text.Json;
using System.Text.Json.Nodes;
using Afterwit.Hosts.Tests.Cli;

namespace Afterwit.Hosts.Tests.Hooks;

/// <summary>`afterwit hook claude-code`: each event is a process of its own, as the client starts it.</summary>
public sealed class ClaudeCodeHookTests : IDisposable
{
    private const string Session = "5f1b0c1e-0000-4000-8000-00000000abcd";

    private readonly CliHome _home = new();

    [Fact]
    public async Task A_session_is_recorded_as_it_happens()
    {
        await HookAsync("SessionStart", ("source", "startup"));
        Assert.Empty(await HookAsync("UserPromptSubmit", ("prompt", "Fix the failing login test")));
        await HookAsync("PreToolUse", ("tool_name", "Bash"), ("tool_use_id", "t1"), ("tool_input", Command("dotnet test")));
        var running = await OnlyEpisodeAsync();
        Assert.Equal(EpisodeStatus.Running, running.Status);
        await HookAsync("PostToolUseFailure", ("tool_name", "Bash"), ("tool_use_id", "t1"), ("tool_input", Command("dotnet test")), ("error", "Exit code 1\nerror CS0246: type 'Foo' could not be found"));
        await HookAsync("PostToolUse", ("tool_name", "Bash"), ("tool_use_id", "t2"), ("tool_input", Command("dotnet test")), ("tool_response", new JsonObject { ["stdout"] = "Passed: 12", ["stderr"] = "", ["interrupted"] = false }));
        await HookAsync("PostToolUse", ("tool_name", "Read"), ("tool_use_id", "t3"), ("agent_id", "sub"), ("tool_input", Command("x")), ("tool_response", "of a subagent"));
        await HookAsync("PostToolUse", ("tool_name", "mcp__afterwit__recall"), ("tool_use_id", "t4"), ("tool_input", new JsonObject()), ("tool_response", new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "from memory" })));
        await HookAsync("Stop", ("stop_hook_active", false), ("last_assistant_message", "The test passes now."));
        await HookAsync("SessionEnd", ("reason", "exit"));

        var episode = await OnlyEpisodeAsync();
        Assert.Equal(EpisodeId.FromSource($"claude-code/{Session}#0"), episode.Id);
        Assert.Equal(("Fix the failing login test", EpisodeStatus.Succeeded, "shop", "claude-code", Session), (episode.Task, episode.Status, episode.Scope.Project, episode.Scope.Agent, episode.Scope.Run));
        Assert.Equal(["Bash", "Bash", "mcp__afterwit__recall", null], episode.Steps.Select(s => s.Tool));
        Assert.Equal([true, false, false, false], episode.Steps.Select(s => s.IsError));
        Assert.Equal([false, false, true, false], episode.Steps.Select(s => s.FromMemory));
        Assert.Equal(["Exit code 1\nerror CS0246: type 'Foo' could not be found", "Passed: 12", "from memory", null], episode.Steps.Select(s => s.Observation));
        Assert.Equal("""{"command":"dotnet test"}""", episode.Steps[0].Arguments);
        Assert.NotNull(episode.Steps[0].Latency);
        Assert.Null(episode.Steps[1].Latency);
        Assert.False(Directory.EnumerateFileSystemEntries(Path.Combine(_home.Folder, "data", "afterwit", "hooks")).Any());

        // What was learned is said to the next prompt like it, within the budget.
        var said = await HookAsync("UserPromptSubmit", ("prompt", "the login test fails again"));
        var context = JsonDocument.Parse(said).RootElement.GetProperty("hookSpecificOutput");
        Assert.Equal("UserPromptSubmit", context.GetProperty("hookEventName").GetString());
        Assert.Contains("Fix the failing login test", context.GetProperty("additionalContext").GetString());
        Assert.InRange(context.GetProperty("additionalContext").GetString()!.Length, 1, 500 * 4);

        // And is kept with the episode of that prompt; of the first one there is nothing.
        await using var memory = await AgentMemory.OpenAsync(_home.Database);
        var kept = Assert.Single(await memory.Store.GetReceiptsAsync(EpisodeId.FromSource($"claude-code/{Session}#1"), 10, CancellationToken.None));
        Assert.Equal(("the login test fails again", episode.Id.ToString()), (kept.Query, Assert.Single(kept.Items).Id));
        Assert.Equal(1, (await memory.Store.GetStatisticsAsync(CancellationToken.None)).Receipts);
    }

    [Fact]
    public async Task Events_that_come_twice_or_at_once_are_recorded_once_each()
    {
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => HookAsync("UserPromptSubmit", ("prompt", "one task"))));
        await Task.WhenAll(Enumerable.Range(0, 8).SelectMany(i => Enumerable.Range(0, 2).Select(_ =>
            HookAsync("PostToolUse", ("tool_name", "Read"), ("tool_use_id", $"t{i}"), ("tool_input", Command($"{i}")), ("tool_response", $"answer {i}")))));
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => HookAsync("Stop")));
        var episode = await OnlyEpisodeAsync();
        Assert.Equal(EpisodeStatus.Succeeded, episode.Status);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"answer {i}"), episode.Steps.Select(s => s.Observation!).Order());
    }

    [Fact]
    public async Task A_prompt_that_comes_before_the_end_of_the_last_and_a_session_that_ends_close_what_is_open()
    {
        await HookAsync("UserPromptSubmit", ("prompt", "first"));
        await HookAsync("PostToolUse", ("tool_name", "Read"), ("tool_use_id", "a"), ("tool_response", "x"));
        await HookAsync("UserPromptSubmit", ("prompt", "/compact now"));
        await HookAsync("UserPromptSubmit", ("prompt", "second"));
        await HookAsync("PostToolUse", ("tool_name", "Read"), ("tool_use_id", "b"), ("tool_response", "y"));
        await HookAsync("SessionEnd", ("reason", "other"));
        await using var memory = await AgentMemory.OpenAsync(_home.Database);
        var all = await memory.GetAsync([EpisodeId.FromSource($"claude-code/{Session}#0"), EpisodeId.FromSource($"claude-code/{Session}#1")]);
        Assert.Equal(["first", "second"], all.Select(e => e!.Task));
        Assert.All(all, e => Assert.Equal((EpisodeStatus.Partial, null), (e!.Status, e.Outcome!.Verdict)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"hook_event_name":"PostToolUse","session_id":7}""")]
    [InlineData("""{"hook_event_name":"UserPromptSubmit","session_id":"s","prompt":"half a pair \ud800"}""")]
    public async Task A_broken_event_is_one_line_and_never_an_exit_code(string input)
    {
        var result = (await _home.RunWithInputAsync(input, "hook", "claude-code", "--timeout", "240")).Succeeded();
        Assert.Empty(result.Output);
        Assert.StartsWith("afterwit: hook: ", result.Error);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Hostile_ids_and_a_memory_that_cannot_be_opened_do_no_harm()
    {
        await HookAsync("UserPromptSubmit", ("prompt", "<script>\u001b[2J '); DROP TABLE episodes; --"), ("session_id", "../../etc/passwd"));
        await HookAsync("PreToolUse", ("tool_name", "Read"), ("tool_use_id", "../../../escape"), ("session_id", "../../etc/passwd"));
        await HookAsync("PostToolUse", ("tool_name", "Read"), ("tool_use_id", "../../../escape"), ("session_id", "../../etc/passwd"), ("tool_response", JsonNode.Parse("[[1,{\"a\":[]}]]")!));
        var step = Assert.Single((await OnlyEpisodeAsync()).Steps);
        Assert.Equal("[[1,{\"a\":[]}]]", step.Observation);
        Assert.DoesNotContain(Directory.EnumerateFiles(_home.Folder, "escape*", SearchOption.AllDirectories), _ => true);

        await File.WriteAllTextAsync(_home.Database + ".broken", "this is no database, and long enough to be looked at as one by the engine that opens it");
        _home["AFTERWIT_DB"] = _home.Database + ".broken";
        Assert.StartsWith("afterwit: hook: ", (await _home.RunWithInputAsync(Event("Stop"), "hook", "claude-code", "--timeout", "240")).Succeeded().Error);
        _home["AFTERWIT_STORAGE__MAXREADERS"] = "many";
        Assert.StartsWith("afterwit: hook: Storage:MaxReaders is 'many'", (await _home.RunWithInputAsync(Event("Stop"), "hook", "claude-code", "--timeout", "240")).Succeeded().Error);
    }

    [Fact]
    public async Task The_hooks_are_put_into_the_settings_beside_those_of_others()
    {
        var path = Path.Combine(_home.Folder, ".claude", "settings.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, """{ "model": "x", "hooks": { "Stop": [ { "hooks": [ { "type": "command", "command": "say done" } ] } ] } }""");
        Assert.Equal(2, (await _home.RunAsync("hook", "claude-code", "--install")).ExitCode);
        (await _home.RunAsync("hook", "claude-code", "--install", "--yes")).Succeeded();
        var settings = JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement;
        Assert.Equal("x", settings.GetProperty("model").GetString());
        Assert.Equal("say done", settings.GetProperty("hooks").GetProperty("Stop")[0].GetProperty("hooks")[0].GetProperty("command").GetString());
        Assert.EndsWith($" hook claude-code --db {_home.Database}", settings.GetProperty("hooks").GetProperty("Stop")[1].GetProperty("hooks")[0].GetProperty("command").GetString());
        Assert.Equal("*", settings.GetProperty("hooks").GetProperty("PostToolUse")[0].GetProperty("matcher").GetString());
        Assert.Equal(7, settings.GetProperty("hooks").EnumerateObject().Count());
        Assert.False((await _home.JsonAsync("hook", "claude-code", "--install")).GetProperty("changed").GetBoolean());

        // The line that was written is one that a shell runs.
        var line = settings.GetProperty("hooks").GetProperty("Stop")[1].GetProperty("hooks")[0].GetProperty("command").GetString()!;
        (await _home.BashAsync($"echo '{Event("UserPromptSubmit", ("prompt", "by the shell"))}' | {line} --timeout 240")).Succeeded();
        Assert.Equal("by the shell", (await OnlyEpisodeAsync()).Task);
    }

    public void Dispose() => _home.Dispose();

    private static JsonObject Command(string line) => new() { ["command"] = line };

    private static string Event(string name, params (string Name, JsonNode Value)[] fields)
    {
        var json = new JsonObject { ["session_id"] = Session, ["transcript_path"] = "/none.jsonl", ["cwd"] = "/home/someone/shop", ["permission_mode"] = "default", ["hook_event_name"] = name };
        foreach (var (field, value) in fields)
            json[field] = value.DeepClone();
        return json.ToJsonString();
    }

    private async Task<string> HookAsync(string name, params (string Name, JsonNode Value)[] fields)
    {
        var result = (await _home.RunWithInputAsync(Event(name, fields), "hook", "claude-code", "--timeout", "240")).Succeeded();
        Assert.Empty(result.Error);
        return result.Output;
    }

    private async Task<Episode> OnlyEpisodeAsync()
    {
        await using var memory = await AgentMemory.OpenAsync(_home.Database);
        return await memory.GetAsync(Assert.Single(await memory.Store.ListEpisodesAsync(new(), CancellationToken.None)).Id);
    }
}
