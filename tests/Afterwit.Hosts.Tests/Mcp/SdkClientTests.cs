using System.Text.Json;
using System.Text.Json.Nodes;
using Afterwit.Hosts.Tests.Cli;

namespace Afterwit.Hosts.Tests.Mcp;

/// <summary>What real clients get over standard input and output: the official TypeScript SDK and the inspector's command.</summary>
public sealed class SdkClientTests : IDisposable
{
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_official_client_uses_every_tool_resource_and_prompt()
    {
        await using var client = await SdkClient.OverStdioAsync(_home, "--profile", "full");
        Assert.Equal("afterwit", client.Connected.GetProperty("server").GetProperty("name").GetString());
        Assert.Equal(16, (await client.AskAsync("listTools")).GetProperty("tools").GetArrayLength());
        await client.AskAsync("ping");
        await client.AskAsync("setLoggingLevel", new() { ["level"] = "debug" });

        var id = (await client.CallAsync("start_episode", new() { ["task"] = "Prune the hedge", ["tags"] = new JsonArray("garden"), ["metadata"] = new JsonObject { ["tool"] = "shears" } })).GetProperty("episode_id").GetString()!;
        var steps = new JsonArray(new JsonObject { ["tool"] = "shears", ["arguments"] = new JsonObject { ["side"] = "north" }, ["observation"] = "cut" }, new JsonObject { ["text"] = "done", ["speaker"] = "assistant" });
        Assert.Equal(2, (await client.CallAsync("log_steps", new() { ["episode_id"] = id, ["steps"] = steps })).GetProperty("steps").GetInt32());
        await client.CallAsync("checkpoint", new() { ["episode_id"] = id, ["note"] = "north side" });
        await client.CallAsync("resume", new() { ["episode_id"] = id });
        await client.CallAsync("complete_episode", new() { ["episode_id"] = id, ["outcome"] = "success" });
        var note = (await client.CallAsync("remember", new() { ["text"] = "The shears hang behind the door.", ["title"] = "Where the shears are" })).GetProperty("episode_id").GetString()!;
        var recalled = await client.CallAsync("recall", new() { ["query"] = "shears behind which door" });
        Assert.Equal(note, recalled.GetProperty("hits")[0].GetProperty("id").GetString()!.Split('#')[0]);
        await client.CallAsync("feedback", new() { ["receipt_id"] = recalled.GetProperty("receipt_id").GetString(), ["used"] = new JsonArray(recalled.GetProperty("hits")[0].GetProperty("id").GetString()), ["outcome"] = "success" });
        await client.CallAsync("get_details", new() { ["ids"] = new JsonArray(id, note) });
        await client.CallAsync("advise", new() { ["task"] = "Prune the hedge" });
        await client.CallAsync("playbook", new() { ["task"] = "Prune the hedge" });
        await client.CallAsync("relate", new() { ["from"] = id, ["kind"] = "references", ["to"] = note });
        await client.CallAsync("insights", []);
        await client.CallAsync("admin", new() { ["action"] = "list_running" });

        Assert.Equal("afterwit://insights", (await client.AskAsync("listResources")).GetProperty("resources")[0].GetProperty("uri").GetString());
        Assert.Equal(2, (await client.AskAsync("listResourceTemplates")).GetProperty("resourceTemplates").GetArrayLength());
        Assert.Contains("Prune the hedge", (await client.AskAsync("readResource", new() { ["uri"] = $"afterwit://episode/{id}" })).GetRawText());
        Assert.Equal(2, (await client.AskAsync("listPrompts")).GetProperty("prompts").GetArrayLength());
        Assert.Contains("Prune", (await client.AskAsync("getPrompt", new() { ["name"] = "use-memory", ["arguments"] = new JsonObject { ["task"] = "Prune the rose" } })).GetRawText());
        Assert.Contains("north", (await client.AskAsync("getPrompt", new() { ["name"] = "retrospective", ["arguments"] = new JsonObject { ["episode_id"] = id } })).GetRawText());
        Assert.Contains("no episode", (await client.RefusedAsync("getPrompt", new() { ["name"] = "retrospective", ["arguments"] = new JsonObject { ["episode_id"] = "x" } })).GetProperty("message").GetString());

        await client.CallAsync("forget", new() { ["episode_ids"] = new JsonArray(id), ["confirm"] = true });
        Assert.Equal(1, (await client.AskAsync("progress")).GetProperty("progress")[0].GetProperty("total").GetInt32());
        Assert.Equal(1, (await client.CallAsync("stats", [])).GetProperty("episodes").GetInt32());
        Assert.Contains((await client.AskAsync("logged")).GetProperty("logged").EnumerateArray(), l => l.GetProperty("level").GetString() == "debug" && l.GetRawText().Contains("remember", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_fifty_calls_at_once_fifty_are_kept()
    {
        await using var client = await SdkClient.OverStdioAsync(_home);
        var results = await client.AskAsync("callTool", new() { ["name"] = "remember", ["arguments"] = new JsonObject { ["text"] = "parcel # lies on shelf #" } }, new() { ["repeat"] = 50 });
        Assert.Equal(50, results.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("structuredContent").GetProperty("episode_id").GetString()).Distinct().Count());
        Assert.Equal(50, (await _home.JsonAsync("stats")).GetProperty("episodes").GetInt32());
    }

    [Fact]
    public async Task A_call_that_the_client_gives_up_leaves_the_session_alive()
    {
        await using var client = await SdkClient.OverStdioAsync(_home);
        for (var i = 0; i < 20; i++)
            Assert.True((await client.AskAsync("callTool", new() { ["name"] = "recall", ["arguments"] = new JsonObject { ["query"] = $"anything {i}" } }, new() { ["abort"] = true })).GetProperty("aborted").GetBoolean());
        Assert.True((await client.CallAsync("remember", new() { ["text"] = "still here" })).GetProperty("stored").GetBoolean());
    }

    [Fact]
    public async Task The_inspector_lists_calls_and_reads()
    {
        var inspector = Path.Combine(SdkClient.Folder, "node_modules", ".bin", "mcp-inspector");
        async Task<JsonElement> InspectAsync(string method) => (await _home.BashAsync($"'{inspector}' --cli dotnet '{CliHome.ProgramFile}' mcp --method {method}")).Succeeded().Json;
        Assert.Equal(10, (await InspectAsync("tools/list")).GetProperty("tools").GetArrayLength());
        var kept = (await InspectAsync("tools/call --tool-name remember --tool-arg text='The ferry leaves at six'")).GetProperty("structuredContent");
        Assert.True(kept.GetProperty("stored").GetBoolean());
        Assert.Contains("ferry", (await InspectAsync($"resources/read --uri afterwit://episode/{kept.GetProperty("episode_id").GetString()}")).GetRawText());
        Assert.Equal(2, (await InspectAsync("prompts/list")).GetProperty("prompts").GetArrayLength());
    }
}
