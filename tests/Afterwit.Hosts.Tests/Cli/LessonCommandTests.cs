using System.Text.Json;

namespace Afterwit.Hosts.Tests.Cli;

/// <summary>The commands that print what was learned, over a memory of a few runs that met the same error.</summary>
public sealed class LessonCommandTests : IAsyncLifetime, IDisposable
{
    private const string UnknownColumn = "ERROR 1054: Unknown column 'x' in 'field list'";
    private readonly CliHome _home = new();

    public async Task InitializeAsync()
    {
        await using var memory = await AgentMemory.OpenAsync(_home.Database);
        for (var i = 0; i < 6; i++)
        {
            var id = await memory.StartAsync($"Count the users of shop {i} [red]", context: new() { Domain = "sql" });
            var mended = i < 4;
            await memory.LogAsync(id, [Step.ToolCall("SELECT", "SELECT x", UnknownColumn, isError: true), mended ? Step.ToolCall("DESCRIBE", "users", "id") : Step.ToolCall("SELECT", "SELECT x", UnknownColumn, isError: true)]);
            await memory.CompleteAsync(id, mended ? Outcome.Success() : Outcome.Failure());
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Advice_is_what_to_do_and_what_to_avoid_with_evidence()
    {
        var advice = await _home.JsonAsync("advise", "--task", "count users", "--domain", "sql", "--tools", "SELECT", "--error", UnknownColumn, "--failed-action", "SELECT x", "--limit", "3");
        Assert.Equal(JsonValueKind.Array, advice.GetProperty("next").ValueKind);
        Assert.Equal(JsonValueKind.Array, advice.GetProperty("avoid").ValueKind);
        Assert.True(advice.TryGetProperty("error_class", out _));
        Assert.True(advice.TryGetProperty("empty_reason", out _));
        foreach (var suggestion in advice.GetProperty("next").EnumerateArray().Concat(advice.GetProperty("avoid").EnumerateArray()))
        {
            Assert.InRange(suggestion.GetProperty("score").GetDouble(), 0, 1);
            Assert.NotEqual("", suggestion.GetProperty("action").GetString());
            Assert.NotEqual("", suggestion.GetProperty("reason").GetString());
            Assert.All(suggestion.GetProperty("evidence").EnumerateArray(), e => Assert.True(Guid.TryParse(e.GetProperty("episode_id").GetString(), out _)));
            Assert.All(suggestion.GetProperty("patterns").EnumerateArray(), p => Assert.StartsWith("p", p.GetString()));
        }

        Assert.NotEqual("", (await _home.RunAsync("advise", "--task", "count users")).Succeeded().Output);
    }

    [Fact]
    public async Task Insights_stand_against_the_base_rate_of_their_domain()
    {
        var domain = Assert.Single((await _home.JsonAsync("insights", "--limit", "50")).GetProperty("domains").EnumerateArray());
        Assert.Equal(("sql", 6, 4), (domain.GetProperty("domain").GetString(), domain.GetProperty("runs").GetInt32(), domain.GetProperty("successes").GetInt32()));
        var rate = domain.GetProperty("base_rate").GetDouble();
        Assert.Equal(4 / 6.0, rate, 6);
        Assert.NotEmpty(domain.GetProperty("goes_well").EnumerateArray());
        Assert.All(domain.GetProperty("goes_well").EnumerateArray(), p => Assert.True(p.GetProperty("success_rate").GetDouble() > rate));
        Assert.All(domain.GetProperty("goes_badly").EnumerateArray(), p => Assert.True(p.GetProperty("success_rate").GetDouble() < rate));
        Assert.Contains(domain.GetProperty("after_errors").EnumerateArray(), p => p.GetProperty("action").GetString() == "DESCRIBE");
        var mended = domain.GetProperty("after_errors").EnumerateArray().First(p => p.GetProperty("action").GetString() == "DESCRIBE");
        Assert.Equal((1.0, true), (mended.GetProperty("uplift").GetDouble(), mended.GetProperty("uplift_lower").GetDouble() is > 0.1 and < 0.5));
        Assert.Contains("+100 points", (await _home.RunAsync("insights", "--domain", "sql")).Succeeded().Output);
        Assert.Contains("67 %", (await _home.RunAsync("insights", "--domain", "sql")).Succeeded().Output);
        Assert.Contains("Nothing has been learned", (await _home.RunAsync("insights", "--domain", "elsewhere")).Succeeded().Output);
    }

    [Fact]
    public async Task What_memory_is_worth_is_the_runs_with_a_recall_against_the_others()
    {
        var before = Assert.Single((await _home.JsonAsync("insights")).GetProperty("domains").EnumerateArray()).GetProperty("memory");
        Assert.Equal((0, 6, 4), (before.GetProperty("runs").GetInt32(), before.GetProperty("runs_without").GetInt32(), before.GetProperty("successes_without").GetInt32()));
        Assert.Equal(JsonValueKind.Null, before.GetProperty("uplift").ValueKind);
        Assert.Contains("no run has a recall that names it", OneLine((await _home.RunAsync("insights")).Succeeded().Output));

        var id = (await _home.JsonAsync("episode", "start", "Count the users of another shop", "--domain", "sql")).GetProperty("episode_id").GetString()!;
        await _home.JsonAsync("recall", "count the users", "--episode", id);
        await _home.JsonAsync("episode", "complete", id, "--outcome", "success");
        var after = Assert.Single((await _home.JsonAsync("insights", "--domain", "sql")).GetProperty("domains").EnumerateArray()).GetProperty("memory");
        Assert.Equal((1, 1, 6, 4), (after.GetProperty("runs").GetInt32(), after.GetProperty("successes").GetInt32(), after.GetProperty("runs_without").GetInt32(), after.GetProperty("successes_without").GetInt32()));
        Assert.Equal(1 - (4 / 6.0), after.GetProperty("uplift").GetDouble(), 6);
        Assert.True(after.GetProperty("uplift_lower").GetDouble() < 0 && after.GetProperty("uplift_upper").GetDouble() > after.GetProperty("uplift").GetDouble());
        var text = OneLine((await _home.RunAsync("insights")).Succeeded().Output);
        Assert.Contains("Something was recalled for 1 run, 100 % succeeded; of the other 6, 67 %: +33 points", text);
        Assert.Contains("not an experiment", text);
        Assert.DoesNotContain("recalled", (await _home.RunAsync("pattern", "list", "--min-support", "0", "--limit", "1000")).Succeeded().Output);

        await _home.RunAsync("episode", "forget", id, "--yes");
        Assert.Equal(before.GetRawText(), Assert.Single((await _home.JsonAsync("insights")).GetProperty("domains").EnumerateArray()).GetProperty("memory").GetRawText());

        static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_playbook_has_steps_or_a_reason_why_there_is_none()
    {
        var result = await _home.JsonAsync("playbook", "count the users of shop");
        var playbook = result.GetProperty("playbook");
        if (playbook.ValueKind == JsonValueKind.Null)
        {
            Assert.NotEqual("", result.GetProperty("empty_reason").GetString());
            return;
        }

        Assert.NotEmpty(playbook.GetProperty("steps").EnumerateArray());
        Assert.All(playbook.GetProperty("steps").EnumerateArray(), s => Assert.InRange(s.GetProperty("share").GetDouble(), 0, 1));
    }

    [Fact]
    public async Task A_pattern_is_listed_shown_withdrawn_and_put_back()
    {
        var patterns = (await _home.JsonAsync("pattern", "list", "--kind", "error-recovery", "--domain", "sql")).GetProperty("patterns");
        var id = patterns.EnumerateArray().First(p => p.GetProperty("action").GetString() == "DESCRIBE").GetProperty("pattern_id").GetString()!;
        var shown = await _home.JsonAsync("pattern", "show", id);
        Assert.Equal((4, 4), (shown.GetProperty("support").GetInt32(), shown.GetProperty("evidence").GetArrayLength()));
        Assert.Equal((1.0, 1.0), (shown.GetProperty("uplift").GetDouble(), shown.GetProperty("uplift_upper").GetDouble()));
        Assert.Matches(@"went on otherwise after an error: \+100 points, \d+ to 100 with", (await _home.RunAsync("pattern", "show", id)).Succeeded().Output.ReplaceLineEndings(" "));
        Assert.Equal(JsonValueKind.Null, (await _home.JsonAsync("pattern", "show", PatternId.Of(PatternKind.Context, "sql", "", "*").ToString())).GetProperty("uplift").ValueKind);
        Assert.Equal("retired", (await _home.JsonAsync("pattern", "forget", id)).GetProperty("state").GetString());
        Assert.DoesNotContain(id, (await _home.RunAsync("pattern", "list", "--min-support", "1")).Succeeded().Output);
        Assert.Contains(id, (await _home.RunAsync("pattern", "list", "--min-support", "1", "--retired")).Succeeded().Output);
        Assert.Equal("active", (await _home.JsonAsync("pattern", "forget", id, "--restore")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_recall_keeps_to_the_time_and_agent_asked_for()
    {
        Assert.Equal(0, (await _home.JsonAsync("recall", "count the users", "--until", "2001-02-03")).GetProperty("hits").GetArrayLength());
        Assert.Equal(0, (await _home.JsonAsync("recall", "count the users", "--agent", "nobody")).GetProperty("hits").GetArrayLength());
        Assert.NotEqual(0, (await _home.JsonAsync("recall", "count the users", "--since", "2001-02-03")).GetProperty("hits").GetArrayLength());
    }

    [Fact]
    public async Task Feedback_joins_to_the_receipt_of_a_recall()
    {
        var recalled = await _home.JsonAsync("recall", "count the users");
        var (receipt, hit) = (recalled.GetProperty("receipt_id").GetString()!, recalled.GetProperty("hits")[0].GetProperty("id").GetString()!);
        Assert.Equal(hit, (await _home.JsonAsync("feedback", receipt, "--outcome", "success", "--used", hit)).GetProperty("used")[0].GetString());
        (await _home.RunAsync("feedback", receipt, "--outcome", "failure", "--used", "other")).Failed(2, "not among the");
        var stats = await _home.JsonAsync("stats");
        Assert.Equal((1, 1), (stats.GetProperty("receipts").GetInt32(), stats.GetProperty("feedback").GetInt32()));
    }

    [Fact]
    public async Task A_recall_for_an_episode_is_shown_with_it()
    {
        var id = (await _home.JsonAsync("episode", "start", "count them once more")).GetProperty("episode_id").GetString()!;
        Assert.Equal(0, (await _home.JsonAsync("episode", "show", id)).GetProperty("recalls").GetArrayLength());
        var recalled = await _home.JsonAsync("recall", "count the users", "--episode", id);
        var hit = recalled.GetProperty("hits")[0].GetProperty("id").GetString()!;
        await _home.JsonAsync("feedback", recalled.GetProperty("receipt_id").GetString()!, "--outcome", "success", "--used", hit);
        var recall = Assert.Single((await _home.JsonAsync("episode", "show", id)).GetProperty("recalls").EnumerateArray());
        Assert.Equal(("count the users", true, hit), (recall.GetProperty("query").GetString(), recall.GetProperty("success").GetBoolean(), recall.GetProperty("hits")[0].GetProperty("id").GetString()));
        Assert.True(recall.GetProperty("hits")[0].GetProperty("used").GetBoolean());
        Assert.StartsWith("Count the users of shop", recall.GetProperty("hits")[0].GetProperty("title").GetString());
        var text = (await _home.RunAsync("episode", "show", id)).Succeeded().Output;
        Assert.Contains("Recalled for it", text);
        Assert.Contains("Count the users of shop", text);
        Assert.Equal(2, (await _home.RunAsync("recall", "count the users", "--episode", "none")).ExitCode);
    }

    [Fact]
    public async Task Stats_count_what_is_held_and_what_was_done()
    {
        var stats = await _home.JsonAsync("stats");
        Assert.Equal((6, 0, 12), (stats.GetProperty("episodes").GetInt32(), stats.GetProperty("running").GetInt32(), stats.GetProperty("steps").GetInt32()));
        Assert.True(stats.GetProperty("patterns").GetInt32() >= stats.GetProperty("active_patterns").GetInt32());
        Assert.Equal(_home.Database, stats.GetProperty("database").GetString());
        Assert.StartsWith("SQLite 3.", stats.GetProperty("engine").GetString());
        Assert.Equal(["opened", "reused", "waits"], Names(stats.GetProperty("connections")));
        Assert.Equal(["hits", "misses", "prepare_ms"], Names(stats.GetProperty("statements")));
        Assert.Equal(["commits", "writes", "largest_group"], Names(stats.GetProperty("writer")));
        Assert.True(stats.GetProperty("file_bytes").GetInt64() > 0);
    }

    [Theory]
    [InlineData("episode", "list")]
    [InlineData("insights")]
    [InlineData("pattern", "list")]
    [InlineData("recall", "count users")]
    [InlineData("advise", "--task", "count users")]
    [InlineData("stats")]
    [InlineData("config", "show")]
    public async Task A_pipe_gets_no_escape_codes_and_json_stands_alone(params string[] command)
    {
        foreach (var noColor in (string?[])[null, "1"])
        {
            _home["NO_COLOR"] = noColor;
            var people = (await _home.RunAsync(command)).Succeeded();
            Assert.NotEmpty(people.Output);
            Assert.DoesNotContain(people.Output, c => char.IsControl(c) && c != '\n');
            Assert.Empty(people.Error);
        }

        var json = await _home.RunAsync([.. command, "--json"]);
        Assert.Equal(JsonValueKind.Object, json.Succeeded().Json.ValueKind);
        Assert.Single(json.Output.TrimEnd('\n').Split('\n'));
        Assert.Empty(json.Error);
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(p => p.Name);
}
