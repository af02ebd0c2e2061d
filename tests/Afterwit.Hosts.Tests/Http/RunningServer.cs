using System.Text;
using System.Text.Json;
using Afterwit.Dashboard;
using Afterwit.Storage;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Http;

/// <summary>A real server on a port of its own over a memory of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private RunningServer(TemporaryFolder folder, AgentMemory memory, AfterwitServer server) => (_folder, Memory, Server, Client) = (folder, memory, server, new() { BaseAddress = new(server.Urls[0]) });

    public AgentMemory Memory { get; }

    public AfterwitServer Server { get; }

    public HttpClient Client { get; }

    public static async Task<RunningServer> StartAsync(ServerOptions? options = null, TimeProvider? time = null, string? database = null)
    {
        var folder = new TemporaryFolder();
        var memory = await AgentMemory.OpenAsync(database ?? folder["memory.db"], new StorageOptions { Metrics = { Publish = false } });
        options ??= new();
        options.Port = 0;
        var server = new AfterwitServer(memory, options, time: time);
        await server.StartAsync();
        return new(folder, memory, server);
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await Client.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return Parse(text);
    }

    public async Task<JsonElement> PostAsync(string path, string json)
    {
        using var answer = await Client.PostAsync(path, Json(json));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return Parse(text);
    }

    /// <summary>Sends what is wrong and reads the problem.</summary>
    public async Task<JsonElement> ProblemAsync(HttpMethod method, string path, int status, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : Json(json) };
        using var answer = await Client.SendAsync(request);
        return await ProblemOfAsync(answer, status);
    }

    public static async Task<JsonElement> ProblemOfAsync(HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("   at ", text);
        var problem = Parse(text);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        return problem;
    }

    /// <summary>An episode with an error and its recovery, ended well or badly.</summary>
    public async Task<string> RecordAsync(string task, string outcome)
    {
        var id = (await PostAsync("/api/v1/episodes", $$$"""{"task":"{{{task}}}","scope":{"project":"shop","agent":"a1"},"context":{"domain":"sql","tags":["t"]},"metadata":{"k":"v"}}""")).GetProperty("episode_id").GetString()!;
        await PostAsync(
            $"/api/v1/episodes/{id}/steps",
            """{"steps":[{"tool":"list_tables","observation":{"tables":["players"]}},{"tool":"rename","arguments":"score","observation":"column not found","is_error":true},{"tool":"describe","observation":"points"},{"tool":"rename","arguments":"points","observation":"ok","latency_ms":12,"tokens":3}]}""");
        await PostAsync($"/api/v1/episodes/{id}/complete", $$"""{"outcome":"{{outcome}}","summary":"the column","score":{{(outcome == "success" ? 1 : 0)}}}""");
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        await Memory.DisposeAsync();
        _folder.Dispose();
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static JsonElement Parse(string text) => JsonDocument.Parse(text).RootElement;
}
