using System.Net;
using System.Net.Sockets;
using System.Text;
using Afterwit.Dashboard;
using Afterwit.Storage;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Http;

/// <summary>Who may come in, and how much may be sent.</summary>
public sealed class SecurityTests
{
    private const string Token = "0123456789abcdef-secret";

    [Theory]
    [InlineData("0.0.0.0", null, "no token")]
    [InlineData("::", null, "no token")]
    [InlineData("example.org", null, "an IP address, or localhost")]
    [InlineData("127.0.0.1", "short", "at least 16")]
    [InlineData("127.0.0.1", "sixteen blanks in it", "at least 16")]
    public async Task A_server_that_would_be_open_to_others_does_not_start(string host, string? token, string message)
    {
        await using var memory = await AgentMemory.OpenAsync(SqliteDatabase.InMemory);
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => new AfterwitServer(memory, new() { Host = host, Token = token, Port = 0 })).Message);
    }

    [Theory]
    [InlineData("evil.example", null, 403)]
    [InlineData("127.0.0.1.evil.example", null, 403)]
    [InlineData("10.0.0.1", null, 403)]
    [InlineData("localhost", null, 200)]
    [InlineData("proxy.example", null, 200)]
    [InlineData(null, "http://evil.example", 403)]
    [InlineData(null, "null", 403)]
    [InlineData(null, "http://127.0.0.1:1", 403)]
    [InlineData(null, "own", 200)]
    public async Task A_request_for_another_name_or_from_another_page_is_refused(string? host, string? origin, int status)
    {
        var options = new ServerOptions();
        options.AllowedHosts.Add("proxy.example");
        await using var server = await RunningServer.StartAsync(options);
        foreach (var path in (string[])["/api/v1/stats", "/healthz", "/metrics"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            if (origin is not null)
                request.Headers.Add("Origin", origin == "own" ? server.Server.Urls[0] : origin);
            using var answer = await server.Client.SendAsync(request);
            Assert.Equal(status, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task With_a_token_every_request_but_for_the_health_needs_it()
    {
        await using var server = await RunningServer.StartAsync(new() { Token = Token });
        foreach (var path in (string[])["/api/v1/stats", "/metrics", "/readyz", "/api/v1/openapi.json", "/mcp"])
        {
            using var refused = await server.Client.GetAsync(path);
            await RunningServer.ProblemOfAsync(refused, 401);
            Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.ToString());
            Assert.NotEqual(HttpStatusCode.Unauthorized, await WithAsync(server, path, "Bearer " + Token));
            Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(server, path, "Bearer " + Token + "x"));
            Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(server, path, "Basic " + Token));
        }

        await server.GetAsync("/healthz");
    }

    [Fact]
    public async Task A_login_gives_a_cookie_that_scripts_and_other_pages_cannot_use()
    {
        var time = new FakeTime();
        await using var server = await RunningServer.StartAsync(new() { Token = Token }, time);
        await server.ProblemAsync(HttpMethod.Post, "/api/v1/login", 401, """{"token":"0123456789abcdef-guessed"}""");
        using var login = await server.Client.PostAsync("/api/v1/login", RunningServer.Json($$"""{"token":"{{Token}}"}"""));
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Token, cookie);

        // The client keeps cookies as a browser does.
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/api/v1/stats")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(server, "/api/v1/stats", null, "afterwit_session=9999999999.AAAA"));
        time.Skip(TimeSpan.FromHours(13));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(server, "/api/v1/stats", null, cookie.Split(';')[0]));
    }

    [Fact]
    public async Task Every_answer_has_the_strict_headers()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var path in (string[])["/api/v1/stats", "/nothing", "/healthz", "/metrics"])
        {
            using var answer = await server.Client.GetAsync(path);
            Assert.StartsWith("default-src 'none'; script-src 'self';", answer.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task A_body_that_is_too_large_or_no_JSON_is_refused()
    {
        await using var server = await RunningServer.StartAsync(new() { MaxRequestBytes = 2000 });
        await server.ProblemAsync(HttpMethod.Post, "/api/v1/episodes", 413, $$"""{"task":"{{new string('x', 3000)}}"}""");
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/api/v1/episodes") { Content = RunningServer.Json($$"""{"task":"{{new string('x', 3000)}}"}""") };
        chunked.Headers.TransferEncodingChunked = true;
        using var refused = await server.Client.SendAsync(chunked);
        await RunningServer.ProblemOfAsync(refused, 413);
        using var form = await server.Client.PostAsync("/api/v1/episodes", new StringContent("""{"task":"t"}""", Encoding.UTF8, "text/plain"));
        await RunningServer.ProblemOfAsync(form, 415);
        await server.PostAsync("/api/v1/episodes", """{"task":"t"}""");
    }

    [Fact]
    public async Task A_client_that_does_not_finish_its_head_is_let_go()
    {
        await using var server = await RunningServer.StartAsync(new() { HeaderTimeout = TimeSpan.FromSeconds(0.2) });
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", server.Client.BaseAddress!.Port);
        await socket.GetStream().WriteAsync("GET /healthz HTTP/1.1\r\nHost:"u8.ToArray());
        using var reader = new StreamReader(socket.GetStream());
        var answer = await reader.ReadToEndAsync().SoonAsync();
        Assert.True(answer.Length == 0 || answer.Contains("408", StringComparison.Ordinal), answer);
    }

    private static async Task<HttpStatusCode> WithAsync(RunningServer server, string path, string? authorization, string? cookie = null)
    {
        using var client = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = server.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
