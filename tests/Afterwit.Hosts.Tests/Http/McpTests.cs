using System.Net;
using System.Text;
using Afterwit.Dashboard.Api;
using Afterwit.Dashboard.Mcp;
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
    public async Task Headers_that_contradict_the_message_are_refused()
    {
        await using var server = await RunningServer.StartAsync();
        const string meta = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},\"io.modelcontextprotocol/clientCapabilities\":{}}";
        const string call = $$$"""{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"recall","arguments":{"query":"x"},{{{meta}}}}}""";
        foreach (var (version, method, name) in ((string?, string?, string?)[])
            [("2026-07-28", "tools/list", "recall"), ("2026-07-28", "tools/call", "forget"), ("2026-07-28", "tools/call", null), ("2026-07-28", null, null), ("2025-11-25", "tools/call", "recall"), (null, "tools/call", "recall")])
        {
            using var refused = await SendAsync(server, call, version: version, method: method, name: name);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("\"id\":\"c\",\"error\":{\"code\":-32020", await refused.Content.ReadAsStringAsync());
        }

        foreach (var name in (string[])["recall", "=?base64?cmVjYWxs?="])
        {
            using var called = await SendAsync(server, call, session: "of an older protocol", version: "2026-07-28", method: "tools/call", name: name);
            Assert.Contains("receipt_id", await called.Content.ReadAsStringAsync());
        }

        using var nothing = await SendAsync(server, $$$"""{"jsonrpc":"2.0","id":3,"method":"no/such","params":{{{{meta}}}}}""", version: "2026-07-28", method: "no/such");
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        Assert.Contains("-32601", await nothing.Content.ReadAsStringAsync());
        using var unknown = await SendAsync(server, List, version: "2027-01-01");
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Contains("-32022", await unknown.Content.ReadAsStringAsync());
        var session = await OpenAsync(server);
        foreach (var version in (string[])["bogus", "2025-03-26"])
        {
            using var refused = await SendAsync(server, List, session, version: version);
            Assert.Contains("2025-06-18", (await RunningServer.ProblemOfAsync(refused, 400)).GetProperty("detail").GetString());
        }

        using var agreed = await SendAsync(server, List, session, version: "2025-06-18");
        Assert.Equal(HttpStatusCode.OK, agreed.StatusCode);
    }

    [Fact]
    public async Task No_answer_is_long_whatever_its_script()
    {
        await using var server = await RunningServer.StartAsync();
        for (var i = 0; i < 60; i++)
        {
            var id = await server.Memory.StartAsync($"Заметка {i} о маяке \"на мысе\" и смотрителе");
            await server.Memory.LogAsync(id, Step.Message("note", $"Смотритель маяка номер {i} зажигает лампу каждый вечер и пишет в журнал о погоде, судах и море."));
            await server.Memory.CompleteAsync(id, Outcome.Success());
        }

        using var called = await SendAsync(server, """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"recall","arguments":{"query":"смотритель маяка","limit":50}}}""", await OpenAsync(server));
        var answer = await called.Content.ReadAsByteArrayAsync();
        Assert.InRange(answer.Length, 5_000, 10_240);
        Assert.Contains("\"title\":\"Заметка", Encoding.UTF8.GetString(answer));
    }

    [Fact]
    public async Task A_session_in_use_is_not_closed_and_a_closed_one_takes_no_request()
    {
        await using var session = new McpSession("one", new() { SessionId = "one" }, new(), 0);
        var answer = new TaskCompletionSource<int>();
        var request = session.UseAsync(TimeProvider.System, _ => answer.Task);
        Assert.False(session.TryClose());
        answer.SetResult(1);
        Assert.Equal(1, await request);
        Assert.True(session.TryClose());
        Assert.Equal(404, (await Assert.ThrowsAsync<RequestException>(() => session.UseAsync(TimeProvider.System, _ => answer.Task))).Status);
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
        foreach (var (message, code) in ((string, string)[])
            [
                ("{", "\"id\":null,\"error\":{\"code\":-32700"), ("[1]", "\"id\":null,\"error\":{\"code\":-32600"), ("""{"id":1}""", "\"id\":1,\"error\":{\"code\":-32600"),
                ("""{"jsonrpc":"1.0","id":5,"method":"ping"}""", "\"id\":5,\"error\":{\"code\":-32600"), ("""{"jsonrpc":"2.0","id":"p","method":"ping","params":[1]}""", "\"id\":\"p\",\"error\":{\"code\":-32602"),
                ("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"remember","arguments":{"text":"half \ud800 a pair"}}}""", "\"id\":7,\"error\":{\"code\":-32602"),
            ])
        {
            using var refused = await SendAsync(server, message, session);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains(code, await refused.Content.ReadAsStringAsync());
        }

        foreach (var parameters in (string[])["{}", """{"name":"recall","arguments":[1]}"""])
        {
            using var wrong = await SendAsync(server, $$"""{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{{parameters}}}""", session);
            Assert.Contains("-32602", await wrong.Content.ReadAsStringAsync());
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
