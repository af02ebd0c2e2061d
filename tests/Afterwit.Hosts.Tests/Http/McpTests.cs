using System.Net;
using System.Text;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Http;

/// <summary>MCP over HTTP, message by message.</summary>
public sealed class McpTests
{
    private const string Initialize = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""";
    private const string List = """{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{}}""";

    [Fact]
    public async Task A_session_lives_from_initialize_to_delete()
    {
        await using var server = await RunningServer.StartAsync();
        var session = await OpenAsync(server);
        using (var listed = await SendAsync(server, List, session))
            Assert.Contains("\"recall\"", await listed.Content.ReadAsStringAsync());
        using (var noted = await SendAsync(server, """{"jsonrpc":"2.0","method":"notifications/initialized"}""", session))
            Assert.Equal(HttpStatusCode.Accepted, noted.StatusCode);
        using (var ended = await SendAsync(server, null, session, HttpMethod.Delete))
            Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        using var unknown = await SendAsync(server, List, session);
        await RunningServer.ProblemOfAsync(unknown, 404);
        Assert.Equal(0, server.Server.McpSessions);
    }

    [Fact]
    public async Task A_tool_works_on_the_memory_of_the_server()
    {
        await using var server = await RunningServer.StartAsync();
        var session = await OpenAsync(server);
        using var called = await SendAsync(server, """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"start_episode","arguments":{"task":"over MCP"}}}""", session);
        Assert.Contains("episode_id", await called.Content.ReadAsStringAsync());
        Assert.Equal("over MCP", (await server.GetAsync("/api/v1/episodes")).GetProperty("episodes")[0].GetProperty("task").GetString());
    }

    [Fact]
    public async Task A_request_of_the_newest_protocol_needs_no_session()
    {
        await using var server = await RunningServer.StartAsync();
        const string meta = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},\"io.modelcontextprotocol/clientCapabilities\":{}}";
        using var discovered = await SendAsync(server, $$$"""{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{{{{meta}}}}}""", version: "2026-07-28", method: "server/discover");
        Assert.Contains("2026-07-28", await discovered.Content.ReadAsStringAsync());
        using var called = await SendAsync(server, $$$"""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"start_episode","arguments":{"task":"alone"},{{{meta}}}}}""", version: "2026-07-28", method: "tools/call", name: "start_episode");
        Assert.Contains("episode_id", await called.Content.ReadAsStringAsync());
        Assert.Equal(0, server.Server.McpSessions);
    }

    [Fact]
    public async Task Sessions_are_few_and_idle_ones_end()
    {
        var time = new FakeTime();
        await using var server = await RunningServer.StartAsync(new() { MaxMcpSessions = 2, McpIdleTimeout = TimeSpan.FromMinutes(10) }, time);
        var oldest = await OpenAsync(server);
        time.Advance(TimeSpan.FromSeconds(1));
        var second = await OpenAsync(server);
        time.Advance(TimeSpan.FromSeconds(1));
        using (await SendAsync(server, List, oldest))
            time.Advance(TimeSpan.FromSeconds(1));
        var third = await OpenAsync(server);
        Assert.Equal(2, server.Server.McpSessions);
        using (var gone = await SendAsync(server, List, second))
            Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        using (var kept = await SendAsync(server, List, oldest))
            Assert.Equal(HttpStatusCode.OK, kept.StatusCode);

        time.Advance(TimeSpan.FromMinutes(20));
        await Eventually.IsTrueAsync(() => server.Server.McpSessions == 0);
        using var ended = await SendAsync(server, List, third);
        Assert.Equal(HttpStatusCode.NotFound, ended.StatusCode);
    }

    [Fact]
    public async Task What_is_no_message_gets_an_error_and_the_session_lives()
    {
        await using var server = await RunningServer.StartAsync(new() { MaxRequestBytes = 100_000 });
        var session = await OpenAsync(server);
        foreach (var (message, code) in ((string, string)[])[("{", "-32700"), ("[1]", "-326"), ("""{"id":1}""", "-32600")])
        {
            using var refused = await SendAsync(server, message, session);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains(code, await refused.Content.ReadAsStringAsync());
        }

        using (var large = await SendAsync(server, $$"""{"jsonrpc":"2.0","id":9,"method":"{{new string('x', 200_000)}}"}""", session))
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        using var listed = await SendAsync(server, List, session);
        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
    }

    [Fact]
    public async Task A_server_that_stops_ends_the_streams_that_only_wait()
    {
        await using var server = await RunningServer.StartAsync(new() { ShutdownTimeout = TimeSpan.FromMinutes(30) });
        using var listening = await SendAsync(server, null, await OpenAsync(server), HttpMethod.Get);
        Assert.Equal("text/event-stream", listening.Content.Headers.ContentType?.MediaType);
        await server.Server.StopAsync().SoonAsync();
    }

    private static async Task<string> OpenAsync(RunningServer server)
    {
        using var opened = await SendAsync(server, Initialize);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        await opened.Content.ReadAsStringAsync();
        return opened.Headers.GetValues("Mcp-Session-Id").Single();
    }

    private static Task<HttpResponseMessage> SendAsync(RunningServer server, string? message, string? session = null, HttpMethod? verb = null, string? version = null, string? method = null, string? name = null)
    {
        var request = new HttpRequestMessage(verb ?? HttpMethod.Post, "/mcp") { Content = message is null ? null : new StringContent(message, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        foreach (var (header, value) in ((string, string?)[])[("Mcp-Session-Id", session), ("MCP-Protocol-Version", version), ("Mcp-Method", method), ("Mcp-Name", name)])
        {
            if (value is not null)
                request.Headers.Add(header, value);
        }

        return server.Client.SendAsync(request, verb == HttpMethod.Get ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead);
    }
}
