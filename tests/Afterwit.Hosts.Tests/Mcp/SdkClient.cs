using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Afterwit.Hosts.Tests.Cli;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Mcp;

/// <summary>The official TypeScript client, as a process of node that is told line by line what to do; see eng/mcp-clients/sdk.mjs.</summary>
internal sealed class SdkClient : IAsyncDisposable
{
    private readonly Process _node;

    private SdkClient(Process node) => _node = node;

    /// <summary>What the server said of itself.</summary>
    public JsonElement Connected { get; private set; }

    /// <summary>Where the clients are. Missing ones are a failure.</summary>
    public static string Folder { get; } = Directory.Exists(Repository.Path("eng", "mcp-clients", "node_modules", "@modelcontextprotocol"))
        ? Repository.Path("eng", "mcp-clients")
        : throw new InvalidOperationException("The MCP clients of the tests are missing: run `eng/require mcp-clients`.");

    /// <summary>Starts the server of a home over standard input and output, and connects.</summary>
    public static Task<SdkClient> OverStdioAsync(CliHome home, params string[] arguments) =>
        ConnectAsync(home, new() { ["command"] = "dotnet", ["args"] = new JsonArray([CliHome.ProgramFile, "mcp", .. arguments]) });

    /// <summary>Connects to a server that listens.</summary>
    public static Task<SdkClient> OverHttpAsync(CliHome home, string url, string? token = null) => ConnectAsync(home, new() { ["url"] = url, ["token"] = token });

    /// <summary>Asks for something and gives its result.</summary>
    public async Task<JsonElement> AskAsync(string method, JsonObject? parameters = null, JsonObject? more = null)
    {
        var answer = await LineAsync(Request(method, parameters, more));
        return answer.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException(answer.GetRawText());
    }

    /// <summary>Asks for something that is refused and gives the error.</summary>
    public async Task<JsonElement> RefusedAsync(string method, JsonObject? parameters = null)
    {
        var answer = await LineAsync(Request(method, parameters, null));
        return answer.TryGetProperty("error", out var error) ? error : throw new InvalidOperationException(answer.GetRawText());
    }

    /// <summary>Calls a tool and gives its structured content, which the client has checked against the output schema.</summary>
    public async Task<JsonElement> CallAsync(string tool, JsonObject arguments)
    {
        var result = await AskAsync("callTool", new() { ["name"] = tool, ["arguments"] = arguments });
        return result.TryGetProperty("structuredContent", out var content) ? content : throw new InvalidOperationException(result.GetRawText());
    }

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync().WaitAsync(CliHome.Patience);
        _node.Dispose();
    }

    private static async Task<SdkClient> ConnectAsync(CliHome home, JsonObject how)
    {
        var client = new SdkClient(home.Start("node", Path.Combine(Folder, "sdk.mjs")));
        client.Connected = (await client.LineAsync(how)).GetProperty("result");
        return client;
    }

    private static JsonObject Request(string method, JsonObject? parameters, JsonObject? more)
    {
        var request = more ?? [];
        (request["method"], request["params"]) = (method, parameters ?? []);
        return request;
    }

    private async Task<JsonElement> LineAsync(JsonObject request)
    {
        await _node.StandardInput.WriteLineAsync(request.ToJsonString());
        await _node.StandardInput.FlushAsync();
        var line = await _node.StandardOutput.ReadLineAsync().WaitAsync(CliHome.Patience);
        return JsonDocument.Parse(line ?? throw new InvalidOperationException(await _node.StandardError.ReadToEndAsync())).RootElement;
    }
}
