using System.Text.Json;
using System.Text.Json.Nodes;
using Afterwit.Hosts.Tests.Cli;

namespace Afterwit.Hosts.Tests.Mcp;

/// <summary>What each tool does, over the real process.</summary>
public sealed class ToolTests : IAsyncLifetime, IDisposable
{
    private readonly CliHome _home = new();
    private McpProcess _server = null!;

    public async Task InitializeAsync()
    {
        _server = new(_home, "--profile", "full");
        await _server.InitializeAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_default_profile_is_ten_tools_of_under_3000_tokens()
    {
        await using var server = new McpProcess(_home);
        await server.InitializeAsync();
        var list = (await server.AskAsync("tools/list")).GetProperty("result");
        Assert.Equal(
            ["recall", "advise", "get_details", "start_episode", "log_steps", "complete_episode", "playbook", "feedback", "remember", "forget"],
            list.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()));
        Assert.InRange(list.GetRawText().Length, 1, 3000 * 4);
        var all = (await _server.AskAsync("tools/list")).GetProperty("result").GetProperty("tools").EnumerateArray().ToList();
        Assert.Equal(16, all.Count);
        foreach (var tool in all)
        {
            var hints = tool.GetProperty("annotations");
            Assert.False(hints.GetProperty("openWorldHint").GetBoolean());
            Assert.False(hints.GetProperty("readOnlyHint").GetBoolean() && hints.GetProperty("destructiveHint").GetBoolean());
            Assert.NotEmpty(tool.GetProperty("title").GetString()!);
            Assert.Equal("object", tool.GetProperty("outputSchema").GetProperty("type").GetString());
        }
    }

    [Fact]
    public async Task An_episode_is_recorded_recalled_and_learned_from_and_the_command_sees_the_same()
    {
        string id = "", receipt = "";
        for (var run = 0; run < 4; run++)
        {
            id = await StartAsync($"Rotate the signing keys of service number {run}");
            await _server.CallAsync("log_steps", new() { ["episode_id"] = id, ["steps"] = Steps("vault", "deploy", "check") });
            var ended = await _server.CallAsync("complete_episode", new() { ["episode_id"] = id, ["outcome"] = "success", ["summary"] = "rotated", ["score"] = 1 });
            Assert.Equal("succeeded", ended.GetProperty("status").GetString());
        }

        var recalled = await _server.CallAsync("recall", new() { ["query"] = "rotate signing keys", ["episode_id"] = id });
        receipt = recalled.GetProperty("receipt_id").GetString()!;
        var hit = recalled.GetProperty("hits")[0];
        Assert.Contains("signing keys", hit.GetProperty("title").GetString());
        foreach (var each in recalled.GetProperty("hits").EnumerateArray())
            Assert.InRange(each.GetRawText().Length, 1, 400);
        await _server.CallAsync("feedback", new() { ["receipt_id"] = receipt, ["used"] = new JsonArray(hit.GetProperty("id").GetString()), ["outcome"] = "success" });
        var details = await _server.CallAsync("get_details", new() { ["ids"] = new JsonArray(id) });
        Assert.Equal(3, details.GetProperty("episodes")[0].GetProperty("steps").GetArrayLength());
        var large = await _server.CallAsync("get_details", new() { ["ids"] = new JsonArray(id), ["max_tokens"] = 20_000 });
        var kept = Assert.Single(large.GetProperty("episodes")[0].GetProperty("recalls").EnumerateArray());
        Assert.Equal((receipt, "rotate signing keys", true), (kept.GetProperty("receipt_id").GetString(), kept.GetProperty("query").GetString(), kept.GetProperty("success").GetBoolean()));
        var small = await _server.CallAsync("get_details", new() { ["ids"] = new JsonArray(id), ["max_tokens"] = 400 });
        Assert.False(small.GetProperty("episodes")[0].TryGetProperty("recalls", out _));
        Assert.Equal(3, small.GetProperty("episodes")[0].GetProperty("steps").GetArrayLength());
        var advice = await _server.CallAsync("advise", new() { ["task"] = "Rotate the signing keys", ["tools"] = new JsonArray("vault") });
        Assert.Equal("deploy", advice.GetProperty("next")[0].GetProperty("action").GetString());
        var playbook = (await _server.CallAsync("playbook", new() { ["task"] = "Rotate the signing keys" })).GetProperty("playbook");
        Assert.Equal(["vault", "deploy", "check"], playbook.GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("tool").GetString()));
        var memory = Assert.Single((await _server.CallAsync("insights", [])).GetProperty("domains").EnumerateArray()).GetProperty("memory");
        Assert.Equal((0, 4), (memory.GetProperty("runs").GetInt32(), memory.GetProperty("runs_without").GetInt32())); // the recall came after the end
        var next = await StartAsync("Rotate the signing keys once more");
        await _server.CallAsync("recall", new() { ["query"] = "rotate signing keys", ["episode_id"] = next });
        await _server.CallAsync("complete_episode", new() { ["episode_id"] = next, ["outcome"] = "success" });
        memory = Assert.Single((await _server.CallAsync("insights", [])).GetProperty("domains").EnumerateArray()).GetProperty("memory");
        Assert.Equal((1, 1, 4, 0.0), (memory.GetProperty("runs").GetInt32(), memory.GetProperty("successes").GetInt32(), memory.GetProperty("runs_without").GetInt32(), memory.GetProperty("uplift").GetDouble()));
        var pattern = (await _server.CallAsync("admin", new() { ["action"] = "list_patterns" })).GetProperty("patterns")[0].GetProperty("pattern_id").GetString();
        Assert.Contains("dry_run", await _server.RefusalAsync("admin", new() { ["action"] = "retire_pattern", ["pattern_id"] = pattern }));
        Assert.False((await _server.CallAsync("admin", new() { ["action"] = "retire_pattern", ["pattern_id"] = pattern, ["confirm"] = true })).GetProperty("dry_run").GetBoolean());
        Assert.Equal("retired", (await _server.CallAsync("get_details", new() { ["ids"] = new JsonArray(pattern) })).GetProperty("patterns")[0].GetProperty("state").GetString());

        foreach (var uri in (string[])["afterwit://insights", $"afterwit://episode/{id}", $"afterwit://playbook/{playbook.GetProperty("id").GetString()}", $"afterwit://playbook/{id}"])
        {
            var read = await _server.AskAsync("resources/read", new() { ["uri"] = uri });
            using var content = JsonDocument.Parse(read.GetProperty("result").GetProperty("contents")[0].GetProperty("text").GetString()!);
            Assert.Equal(JsonValueKind.Object, content.RootElement.ValueKind);
        }

        var shown = await _home.JsonAsync("episode", "show", id);
        Assert.Equal(("Rotate the signing keys of service number 3", receipt), (shown.GetProperty("task").GetString(), shown.GetProperty("recalls")[0].GetProperty("receipt_id").GetString()));
        Assert.Equal(1, (await _home.JsonAsync("stats")).GetProperty("feedback").GetInt32());
    }

    [Fact]
    public async Task A_lesson_has_its_uplift_with_bounds()
    {
        for (var run = 0; run < 8; run++)
        {
            var id = await StartAsync($"Restore backup {run}");
            await _server.CallAsync("log_steps", new() { ["episode_id"] = id, ["steps"] = Steps(run % 2 == 0 ? ["stop", "restore"] : ["restore"]) });
            await _server.CallAsync("complete_episode", new() { ["episode_id"] = id, ["outcome"] = run % 2 == 0 ? "success" : "failure" });
        }

        var lesson = (await _server.CallAsync("insights", new() { ["max_tokens"] = 20_000 })).GetProperty("domains")[0].GetProperty("goes_well")[0];
        Assert.Equal(1, lesson.GetProperty("uplift").GetDouble());
        var details = await _server.CallAsync("get_details", new() { ["ids"] = new JsonArray(lesson.GetProperty("pattern_id").GetString()) });
        Assert.Equal(lesson.GetProperty("uplift_lower").GetDouble(), details.GetProperty("patterns")[0].GetProperty("uplift_lower").GetDouble());
        Assert.Equal(Math.Round(Uplift.Of(4, 4, 0, 4).LowerBound, 4), lesson.GetProperty("uplift_lower").GetDouble());
    }

    [Fact]
    public async Task A_write_repeated_with_its_key_is_there_once_and_gives_the_same_answer()
    {
        var id = await StartAsync("tidy up", "k1");
        Assert.Equal(id, await StartAsync("tidy up", "k1"));
        JsonObject Log(string key, params string[] tools) => new() { ["episode_id"] = id, ["steps"] = Steps(tools), ["idempotency_key"] = key };
        Assert.Equal(0, (await _server.CallAsync("log_steps", Log("a", "one", "two"))).GetProperty("first_ordinal").GetInt32());
        Assert.Equal(2, (await _server.CallAsync("log_steps", Log("b", "three"))).GetProperty("first_ordinal").GetInt32());
        await using (var other = new McpProcess(_home))
        {
            await other.InitializeAsync();
            Assert.Equal(0, (await other.CallAsync("log_steps", Log("a", "one", "two"))).GetProperty("first_ordinal").GetInt32());
        }

        Assert.Equal(2, (await _server.CallAsync("log_steps", Log("b", "three"))).GetProperty("first_ordinal").GetInt32());
        Assert.Equal(id, await StartAsync("tidy up", "k1"));
        Assert.Contains("another task", await _server.RefusalAsync("start_episode", new() { ["task"] = "something else", ["idempotency_key"] = "k1" }));
        JsonObject end = new() { ["episode_id"] = id, ["outcome"] = "failure", ["summary"] = "gave up" };
        var first = await _server.CallAsync("complete_episode", (JsonObject)end.DeepClone());
        Assert.Equal(first.GetRawText(), (await _server.CallAsync("complete_episode", (JsonObject)end.DeepClone())).GetRawText());
        Assert.Contains("ended already", await _server.RefusalAsync("complete_episode", new() { ["episode_id"] = id, ["outcome"] = "success" }));
        Assert.Equal(2, (await _server.CallAsync("log_steps", Log("b", "three"))).GetProperty("first_ordinal").GetInt32());
        Assert.Equal(["one", "two", "three"], (await _home.JsonAsync("episode", "show", id)).GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("tool").GetString()));

        JsonObject note = new() { ["text"] = "the key lies under the mat", ["idempotency_key"] = "n" };
        var kept = await _server.CallAsync("remember", (JsonObject)note.DeepClone());
        var again = await _server.CallAsync("remember", (JsonObject)note.DeepClone());
        Assert.Equal((true, false), (kept.GetProperty("stored").GetBoolean(), again.GetProperty("stored").GetBoolean()));
        Assert.Equal(kept.GetProperty("episode_id").GetString(), again.GetProperty("episode_id").GetString());
        Assert.Contains("another text", await _server.RefusalAsync("remember", new() { ["text"] = "other", ["idempotency_key"] = "n" }));
        Assert.Equal(2, (await _home.JsonAsync("stats")).GetProperty("episodes").GetInt32());
    }

    [Fact]
    public async Task A_run_is_saved_resumed_related_and_forgotten_only_when_confirmed()
    {
        var (one, two) = (await StartAsync("first half"), await StartAsync("second half"));
        JsonObject point = new() { ["episode_id"] = one, ["note"] = "half way", ["state"] = "{\"row\":5}" };
        var saved = await _server.CallAsync("checkpoint", (JsonObject)point.DeepClone());
        Assert.Equal(saved.GetRawText(), (await _server.CallAsync("checkpoint", (JsonObject)point.DeepClone())).GetRawText());
        await _server.CallAsync("relate", new() { ["from"] = two, ["kind"] = "follows", ["to"] = one });
        var resumed = (await _server.CallAsync("resume", new() { ["episode_id"] = one })).GetProperty("episode");
        Assert.Equal((1, 1), (resumed.GetProperty("checkpoints").GetArrayLength(), resumed.GetProperty("relationships").GetArrayLength()));
        Assert.Equal(2, (await _server.CallAsync("admin", new() { ["action"] = "list_running" })).GetProperty("episodes").GetArrayLength());
        JsonObject Part(string? how) => how is null ? new() { ["from"] = two, ["kind"] = "follows", ["to"] = one, ["remove"] = true } : new() { ["from"] = two, ["kind"] = "follows", ["to"] = one, ["remove"] = true, [how] = true };
        Assert.Contains("dry_run", await _server.RefusalAsync("relate", Part(null)));
        foreach (var (how, found) in ((string, bool)[])[("dry_run", true), ("confirm", true), ("dry_run", false), ("confirm", false)])
            Assert.Equal(found, (await _server.CallAsync("relate", Part(how))).GetProperty("found").GetBoolean());

        JsonObject Forget(string? how) => how is null ? new() { ["episode_ids"] = new JsonArray(one, two) } : new() { ["episode_ids"] = new JsonArray(one, two), [how] = true };
        Assert.Contains("dry_run", await _server.RefusalAsync("forget", Forget(null)));
        Assert.Equal(2, (await _server.CallAsync("forget", Forget("dry_run"))).GetProperty("episodes").GetArrayLength());
        Assert.Equal(2, (await _server.CallAsync("stats", [])).GetProperty("episodes").GetInt32());
        Assert.Equal(2, (await _server.CallAsync("forget", Forget("confirm"))).GetProperty("forgotten").GetInt32());
        Assert.Equal(2, (await _server.CallAsync("forget", Forget("confirm"))).GetProperty("not_found").GetArrayLength());
        Assert.Equal(0, (await _server.CallAsync("stats", [])).GetProperty("episodes").GetInt32());
    }

    [Theory]
    [InlineData("recall", "{}", "recall needs 'query'")]
    [InlineData("recall", "{\"query\":5}", "'query' is 5, and has to be a text")]
    [InlineData("recall", "{\"query\":\"x\",\"limit\":0}", "a whole number from 1 to 50")]
    [InlineData("recall", "{\"query\":\"x\",\"projct\":\"p\"}", "has no field 'projct'")]
    [InlineData("recall", "{\"query\":\"x\",\"types\":[\"all\"]}", "allowed are episode, step, pattern, playbook")]
    [InlineData("recall", "{\"query\":\"x\",\"since\":\"soon\"}", "a time like")]
    [InlineData("advise", "{}", "give task, tools or error")]
    [InlineData("get_details", "{\"ids\":[]}", "1 to 50 ids")]
    [InlineData("get_details", "{\"ids\":[\"nonsense\"]}", "is not an episode id")]
    [InlineData("get_details", "{\"ids\":[\"0198c1d2-5b1e-7f00-8000-0123456789ab\"]}", "is in this memory")]
    [InlineData("start_episode", "{\"task\":\"  \"}", "needs 'task'")]
    [InlineData("log_steps", "{\"episode_id\":\"0198c1d2-5b1e-7f00-8000-0123456789ab\",\"steps\":[{\"tool\":\"x\"}]}", "There is no episode")]
    [InlineData("log_steps", "{\"episode_id\":\"0198c1d2-5b1e-7f00-8000-0123456789ab\",\"steps\":[{}]}", "steps[0] is neither")]
    [InlineData("log_steps", "{\"episode_id\":\"0198c1d2-5b1e-7f00-8000-0123456789ab\",\"steps\":[{\"tol\":\"x\"}]}", "has no field 'tol'")]
    [InlineData("complete_episode", "{\"episode_id\":\"0198c1d2-5b1e-7f00-8000-0123456789ab\",\"outcome\":\"good\"}", "success, partial, failure, abstained")]
    [InlineData("feedback", "{\"receipt_id\":\"r0\",\"outcome\":\"success\"}", "is not a receipt id")]
    [InlineData("forget", "{\"episode_ids\":[\"%\"],\"confirm\":true}", "is not an episode id")]
    [InlineData("stats", "{\"of\":\"all\"}", "it takes none.")]
    public async Task What_the_caller_can_mend_is_said_in_one_line(string tool, string arguments, string says)
    {
        var line = await _server.RefusalAsync(tool, JsonNode.Parse(arguments)!.AsObject());
        Assert.Contains(says, line);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public async Task Answers_stay_short_whatever_is_stored_and_the_rest_can_be_had()
    {
        var id = await StartAsync(new string('長', 5000) + " \"quoted\" task");
        var long1 = string.Concat(Enumerable.Repeat("\u0001\"\\\u2028<script>alert('月')</script>", 2000));
        await _server.CallAsync("log_steps", new() { ["episode_id"] = id, ["steps"] = new JsonArray([.. Enumerable.Range(0, 300).Select(i => new JsonObject { ["tool"] = $"tool{i}", ["observation"] = i == 0 ? long1 : "short" })]) });
        await _server.CallAsync("complete_episode", new() { ["episode_id"] = id, ["outcome"] = "success" });
        foreach (var (tool, arguments) in ((string, JsonObject)[])[("recall", new() { ["query"] = "quoted task" }), ("get_details", new() { ["ids"] = new JsonArray(id) }), ("resume", new() { ["episode_id"] = id }), ("playbook", new() { ["task"] = "quoted task" })])
        {
            var answer = (await _server.AskAsync("tools/call", new() { ["name"] = tool, ["arguments"] = arguments })).GetRawText();
            Assert.True(answer.Length <= 10_240, $"{tool} answers {answer.Length} bytes");
            Assert.Contains("structuredContent", answer);
        }

        var cut = await _server.CallAsync("get_details", new() { ["ids"] = new JsonArray(id) });
        Assert.Contains("from_step", cut.GetProperty("cut").GetString());
        Assert.Contains("more characters]", cut.GetProperty("episodes")[0].GetProperty("task").GetString());
        var rest = await _server.CallAsync("get_details", new() { ["ids"] = new JsonArray(id), ["from_step"] = 298, ["max_tokens"] = 20_000 });
        Assert.Equal([298, 299], rest.GetProperty("episodes")[0].GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("ordinal").GetInt32()));
        var whole = await _server.AskAsync("resources/read", new() { ["uri"] = $"afterwit://episode/{id}" });
        using var content = JsonDocument.Parse(whole.GetProperty("result").GetProperty("contents")[0].GetProperty("text").GetString()!);
        Assert.Equal(long1, content.RootElement.GetProperty("steps")[0].GetProperty("observation").GetString());
    }

    [Fact]
    public async Task An_optional_text_that_is_blank_is_as_if_it_were_not_given()
    {
        JsonObject Blank(JsonObject given, params string[] names)
        {
            foreach (var name in names)
                given[name] = name.Length % 2 == 0 ? "" : " ";
            return given;
        }

        foreach (var text in (string[])["tea at five", "coffee at six"])
            Assert.True((await _server.CallAsync("remember", Blank(new() { ["text"] = text }, "title", "project", "agent", "user", "domain", "idempotency_key"))).GetProperty("stored").GetBoolean());
        Assert.Equal(2, (await _server.CallAsync("recall", Blank(new() { ["query"] = "tea coffee" }, "project", "agent", "user", "domain", "since", "until"))).GetProperty("hits").GetArrayLength());
        var ids = new HashSet<string>();
        for (var i = 0; i < 2; i++)
            ids.Add((await _server.CallAsync("start_episode", Blank(new() { ["task"] = "tidy up" }, "project", "agent", "user", "run", "domain", "language", "idempotency_key"))).GetProperty("episode_id").GetString()!);
        Assert.Equal(2, ids.Count);
        Assert.Contains("needs 'task'", await _server.RefusalAsync("playbook", new() { ["task"] = "" }));
    }

    [Fact]
    public async Task A_long_document_can_be_read_whole_in_parts()
    {
        var text = string.Concat(Enumerable.Range(0, 4000).Select(i => $"Line {i} of \"the log\" says nothing.\n"));
        var id = (await _server.CallAsync("remember", new() { ["text"] = text })).GetProperty("episode_id").GetString()!;
        var (read, from) = ("", 0);
        while (true)
        {
            var part = await _server.CallAsync("get_details", new() { ["ids"] = new JsonArray(id), ["from_step"] = from, ["max_tokens"] = 20_000 });
            var steps = part.GetProperty("episodes")[0].GetProperty("steps").EnumerateArray().ToList();
            Assert.NotEmpty(steps);
            read += string.Concat(steps.Select(s => s.GetProperty("text").GetString()));
            from += steps.Count;
            if (!part.TryGetProperty("cut", out var cut))
                break;
            Assert.Contains($"from_step {from}.", cut.GetString());
        }

        Assert.Equal(text, read);
    }

    [Fact]
    public async Task Counts_of_what_goes_are_of_all_and_numbers_have_four_places()
    {
        var ids = new List<string>();
        for (var i = 0; i < 30; i++)
            ids.Add((await _server.CallAsync("remember", new() { ["text"] = $"note {i} {new string('x', 90)}" })).GetProperty("episode_id").GetString()!);
        string[] missing = [.. Enumerable.Range(0, 40).Select(_ => Guid.CreateVersion7().ToString())];
        var dry = await _server.CallAsync("forget", new() { ["episode_ids"] = new JsonArray([.. ids.Concat(missing).Select(id => (JsonNode)id)]), ["dry_run"] = true });
        Assert.Equal((0, 30, 40), (dry.GetProperty("forgotten").GetInt32(), dry.GetProperty("found").GetInt32(), dry.GetProperty("missing").GetInt32()));
        Assert.InRange(dry.GetProperty("not_found").GetArrayLength(), 1, 39);

        foreach (var outcome in (string[])["success", "success", "partial"])
        {
            var id = await StartAsync("Rotate the signing keys");
            await _server.CallAsync("log_steps", new() { ["episode_id"] = id, ["steps"] = Steps("vault", "deploy", "check") });
            var ended = await _server.CallAsync("complete_episode", new() { ["episode_id"] = id, ["outcome"] = outcome, ["score"] = 1.0 / 3 });
            Assert.Equal(0.3333, ended.GetProperty("score").GetDouble());
            Assert.DoesNotMatch(@"\d\.\d{5}", ended.GetRawText());
            Assert.DoesNotMatch(@"\d\.\d{5}", (await _server.CallAsync("get_details", new() { ["ids"] = new JsonArray(id) })).GetRawText());
        }

        Assert.DoesNotMatch(@"\d\.\d{5}", (await _server.CallAsync("advise", new() { ["task"] = "Rotate the signing keys", ["tools"] = new JsonArray("vault") })).GetRawText());
    }

    [Fact]
    public async Task A_budget_is_kept_and_what_is_left_out_is_said()
    {
        for (var i = 0; i < 12; i++)
            await _server.CallAsync("remember", new() { ["text"] = $"Harbour report {i}\nThe crane number {i} was painted {(i % 2 == 0 ? "green" : "white")} in dock {i * 7}." });
        var few = await _server.CallAsync("recall", new() { ["query"] = "harbour crane painted", ["max_tokens"] = 150 });
        Assert.InRange(few.GetProperty("hits").GetRawText().Length, 1, 150 * 4);
        Assert.Contains("raise max_tokens", few.GetProperty("more").GetString());
        Assert.Equal(10, (await _server.CallAsync("recall", new() { ["query"] = "harbour crane painted" })).GetProperty("hits").GetArrayLength());
    }

    private static JsonArray Steps(params string[] tools) => [.. tools.Select(tool => new JsonObject { ["tool"] = tool, ["arguments"] = new JsonObject { ["of"] = tool }, ["observation"] = $"{tool} is done" })];

    private async Task<string> StartAsync(string task, string? key = null) =>
        (await _server.CallAsync("start_episode", key is null ? new() { ["task"] = task, ["domain"] = "ops" } : new() { ["task"] = task, ["idempotency_key"] = key })).GetProperty("episode_id").GetString()!;
}
