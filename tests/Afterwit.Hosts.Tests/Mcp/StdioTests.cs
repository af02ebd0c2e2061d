using System.Text;
using System.Text.Json.Nodes;
using Afterwit.Hosts.Tests.Cli;
using Afterwit.Storage;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Mcp;

/// <summary>The protocol as it goes over standard input and output: both families, what is no message, what is too long, the end.</summary>
public sealed class StdioTests : IDisposable
{
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("2024-11-05")]
    [InlineData("2025-03-26")]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    public async Task A_client_of_each_version_is_answered_in_it(string version)
    {
        await using var server = new McpProcess(_home);
        var result = (await server.InitializeAsync(version)).GetProperty("result");
        Assert.Equal(version, result.GetProperty("protocolVersion").GetString());
        Assert.Equal("afterwit", result.GetProperty("serverInfo").GetProperty("name").GetString());
        Assert.Contains("recall", result.GetProperty("instructions").GetString());
        Assert.True((await server.CallAsync("remember", new() { ["text"] = "tea at five" })).GetProperty("stored").GetBoolean());
        Assert.Equal((0, ""), await server.EndAsync());
    }

    [Theory]
    [InlineData("16777216")]
    [InlineData("33554432", "--storage-cache-max-bytes", "33554432")]
    public async Task The_cache_of_one_agents_server_is_small_unless_it_is_set(string bytes, params string[] arguments)
    {
        await using var server = new McpProcess(_home, arguments);
        await server.InitializeAsync();
        await server.CallAsync("recall", new() { ["query"] = "tea" });
        using var watcher = new Watcher(_home.Database);
        IReadOnlyList<MemoryReport> processes = [];
        await Eventually.IsTrueAsync(async () => (processes = await watcher.ReadAsync(CancellationToken.None)).Count == 1);
        Assert.Equal(bytes, processes[0].Tuning!.Knobs.Single(knob => knob.Name == "cache-bytes").Most);
    }

    [Fact]
    public async Task The_newest_family_needs_no_handshake()
    {
        await using var server = new McpProcess(_home);
        var found = await server.AskAsync("server/discover", new() { ["_meta"] = Meta() });
        Assert.Contains("2026-07-28", found.GetProperty("result").GetProperty("supportedVersions").EnumerateArray().Select(v => v.GetString()));
        var kept = await server.AskAsync("tools/call", new() { ["name"] = "remember", ["arguments"] = new JsonObject { ["text"] = "a lighthouse keeper" }, ["_meta"] = Meta() });
        Assert.True(kept.GetProperty("result").GetProperty("structuredContent").GetProperty("stored").GetBoolean());
        var tools = await server.AskAsync("tools/list", new() { ["_meta"] = Meta() });
        Assert.Equal(10, tools.GetProperty("result").GetProperty("tools").GetArrayLength());
    }

    [Fact]
    public async Task An_open_subscription_keeps_no_process_alive()
    {
        await using var server = new McpProcess(_home);
        await server.AskAsync("server/discover", new() { ["_meta"] = Meta() });
        await server.SendAsync(new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = 500,
            ["method"] = "subscriptions/listen",
            ["params"] = new JsonObject { ["notifications"] = new JsonObject { ["toolsListChanged"] = true }, ["_meta"] = Meta() },
        }.ToJsonString());
        await server.AskAsync("tools/list", new() { ["_meta"] = Meta() });
        Assert.Equal((0, ""), await server.EndAsync());
    }

    [Fact]
    public async Task A_request_of_the_newest_family_is_told_of_its_call_when_it_names_a_level()
    {
        await using var server = new McpProcess(_home);
        JsonObject Call(string? level, string tool)
        {
            var meta = Meta();
            if (level is not null)
                meta["io.modelcontextprotocol/logLevel"] = level;
            return new() { ["name"] = tool, ["arguments"] = new JsonObject(), ["_meta"] = meta };
        }

        await server.AskAsync("tools/call", Call(null, "recall"));
        await server.AskAsync("tools/call", Call("error", "advise"));
        await server.AskAsync("tools/call", Call("info", "feedback"));
        var told = server.NextWithoutId().GetProperty("params");
        Assert.Equal(("warning", "afterwit"), (told.GetProperty("level").GetString(), told.GetProperty("logger").GetString()));
        Assert.StartsWith("feedback failed after ", told.GetProperty("data").GetString());
    }

    [Theory]
    [InlineData("{", -32700, null)]
    [InlineData("hello", -32700, null)]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"", -32700, null)]
    [InlineData("[]", -32600, null)]
    [InlineData("[{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}]", -32600, null)]
    [InlineData("42", -32600, null)]
    [InlineData("{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"ping\"}", -32600, "7")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32600, null)]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":\"x\"}", -32600, "x")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":5}", -32600, "8")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\",\"params\":[1]}", -32602, "9")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":10,\"method\":\"no/such\"}", -32601, "10")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":11,\"method\":\"tools/call\",\"params\":{\"name\":\"no_such\",\"arguments\":{}}}", -32602, "11")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":13,\"method\":\"resources/read\",\"params\":{\"uri\":\"afterwit://nothing\"}}", -32002, "13")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":14,\"method\":\"tools/call\",\"params\":{}}", -32602, "14")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":15,\"method\":\"tools/call\",\"params\":{\"name\":\"recall\",\"arguments\":[1]}}", -32602, "15")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":16,\"method\":\"resources/read\",\"params\":{}}", -32602, "16")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":17,\"method\":\"logging/setLevel\",\"params\":{\"level\":\"bogus\"}}", -32602, "17")]
    public async Task What_is_no_request_is_answered_with_an_error_and_the_session_lives(string line, int code, string? id)
    {
        await using var server = new McpProcess(_home);
        await server.InitializeAsync();
        await server.SendAsync(line);
        var answer = id is null ? server.NextWithoutId() : await server.AnswerAsync(id);
        Assert.Equal(code, answer.GetProperty("error").GetProperty("code").GetInt32());
        Assert.True((await server.AskAsync("ping")).TryGetProperty("result", out _));
        Assert.Equal((0, ""), await server.EndAsync());
    }

    [Fact]
    public async Task A_recall_is_rehearsed_before_the_first_call_and_leaves_no_receipt()
    {
        await using var server = new McpProcess(_home);
        await server.InitializeAsync();
        await Eventually.IsTrueAsync(async () => (await _home.JsonAsync("stats", "--watch", "--count", "1")).GetProperty("processes").EnumerateArray()
            .Any(p => p.GetProperty("operations").EnumerateArray().Any(o => o.GetProperty("operation").GetString() == "find_candidates")));
        Assert.Equal(0, (await _home.JsonAsync("stats")).GetProperty("receipts").GetInt32());
    }

    [Fact]
    public async Task Deep_nesting_broken_text_and_empty_lines_do_no_harm()
    {
        await using var server = new McpProcess(_home);
        await server.InitializeAsync();
        await server.SendAsync(new string('[', 50_000));
        Assert.Equal(-32700, server.NextWithoutId().GetProperty("error").GetProperty("code").GetInt32());
        server.SendBytes([(byte)'{', 0xFF, 0xFE, (byte)'\n', (byte)'\n', (byte)' ', (byte)'\r', (byte)'\n']);
        Assert.Equal(-32700, server.NextWithoutId().GetProperty("error").GetProperty("code").GetInt32());
        await server.SendAsync("""{"jsonrpc":"2.0","id":70,"method":"tools/call","params":{"name":"remember","arguments":{"text":"half \ud800 a pair"}}}""");
        Assert.Contains("not valid Unicode", (await server.AnswerAsync("70")).GetRawText());
        Assert.True((await server.AskAsync("ping")).TryGetProperty("result", out _));
    }

    [Fact]
    public async Task A_message_that_is_too_long_gets_an_error_with_its_id_and_the_session_lives()
    {
        await using var server = new McpProcess(_home, "--max-message-bytes", "100000");
        await server.InitializeAsync();
        await server.SendAsync($$$$"""{"jsonrpc":"2.0","id":90,"method":"tools/call","params":{"name":"remember","arguments":{"text":"{{{{new string('x', 300_000)}}}}"}}}""");
        var atHead = (await server.AnswerAsync("90")).GetProperty("error");
        Assert.Equal(-32600, atHead.GetProperty("code").GetInt32());
        Assert.Contains("at most 100000", atHead.GetProperty("message").GetString());
        await server.SendAsync($$$"""{"method":"tools/call","params":{"name":"remember","arguments":{"text":"{{{new string('x', 300_000)}}}"}},"jsonrpc":"2.0","id":91}""");
        Assert.Equal(-32600, (await server.AnswerAsync("91")).GetProperty("error").GetProperty("code").GetInt32());
        await server.SendAsync(new string('x', 200_000));
        Assert.Equal(-32600, server.NextWithoutId().GetProperty("error").GetProperty("code").GetInt32());
        var fits = new string('y', 90_000);
        Assert.Equal(fits.Length, (await server.CallAsync("remember", new() { ["text"] = fits })).GetProperty("characters").GetInt32());
    }

    [Fact]
    public async Task What_was_asked_is_answered_after_the_end_of_the_input()
    {
        await using var server = new McpProcess(_home);
        var lines = new StringBuilder("""{"jsonrpc":"2.0","id":1000,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""").Append('\n');
        for (var i = 0; i < 50; i++)
            lines.Append($$$$"""{"jsonrpc":"2.0","id":{{{{i + 1}}}},"method":"tools/call","params":{"name":"remember","arguments":{"text":"note {{{{i}}}}"}}}""").Append('\n');
        server.SendBytes(Encoding.UTF8.GetBytes(lines.ToString()));
        Assert.Equal((0, ""), await server.EndAsync());
        for (var i = 0; i < 50; i++)
            Assert.True((await server.AnswerAsync($"{i + 1}")).GetProperty("result").GetProperty("structuredContent").GetProperty("stored").GetBoolean());
        Assert.Equal(50, (await _home.JsonAsync("stats")).GetProperty("episodes").GetInt32());
    }

    [Fact]
    public async Task A_memory_that_cannot_be_opened_is_told_to_each_call_and_the_session_lives()
    {
        File.WriteAllText(_home.Database, "this is no database, whatever its name says: " + new string('x', 5000));
        await using var server = new McpProcess(_home);
        await server.InitializeAsync();
        Assert.Contains(_home.Database, await server.RefusalAsync("recall", new() { ["query"] = "tea" }));
        File.Delete(_home.Database);
        Assert.True((await server.CallAsync("remember", new() { ["text"] = "tea at five" })).GetProperty("stored").GetBoolean());
    }

    private static JsonObject Meta() => new()
    {
        ["io.modelcontextprotocol/protocolVersion"] = "2026-07-28",
        ["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "raw", ["version"] = "1" },
        ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject(),
    };
}
