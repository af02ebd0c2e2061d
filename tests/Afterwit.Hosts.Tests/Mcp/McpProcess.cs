using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Afterwit.Hosts.Tests.Cli;

namespace Afterwit.Hosts.Tests.Mcp;

/// <summary>`afterwit mcp` as a process, spoken to in raw lines. Every line of its standard output has to be a message.</summary>
internal sealed class McpProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _answers = new(StringComparer.Ordinal);
    private readonly BlockingCollection<JsonElement> _withoutId = [];
    private int _lastId;

    public McpProcess(CliHome home, params string[] arguments)
    {
        _process = home.Start("dotnet", [CliHome.ProgramFile, "mcp", .. arguments]);
        _errors = _process.StandardError.ReadToEndAsync();
        _reading = Task.Run(ReadAsync);
    }

    public int Id => _process.Id;

    public async Task<JsonElement> InitializeAsync(string version = "2025-06-18")
    {
        var answer = await AskAsync("initialize", new JsonObject
        {
            ["protocolVersion"] = version,
            ["capabilities"] = new JsonObject(),
            ["clientInfo"] = new JsonObject { ["name"] = "raw", ["version"] = "1" },
        });
        await SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        return answer;
    }

    /// <summary>Sends a request and waits for what answers it.</summary>
    public async Task<JsonElement> AskAsync(string method, JsonObject? parameters = null)
    {
        var id = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
        await SendAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = int.Parse(id, CultureInfo.InvariantCulture), ["method"] = method, ["params"] = parameters ?? [] }.ToJsonString());
        return await AnswerAsync(id);
    }

    /// <summary>Calls a tool and gives its structured answer.</summary>
    public async Task<JsonElement> CallAsync(string tool, JsonObject arguments)
    {
        var answer = await AskAsync("tools/call", new() { ["name"] = tool, ["arguments"] = arguments });
        Assert.True(answer.TryGetProperty("result", out var result), answer.GetRawText());
        Assert.True(result.TryGetProperty("structuredContent", out var content), answer.GetRawText());
        return content;
    }

    /// <summary>The line that a tool that refuses says.</summary>
    public async Task<string> RefusalAsync(string tool, JsonObject arguments)
    {
        var answer = await AskAsync("tools/call", new() { ["name"] = tool, ["arguments"] = arguments });
        Assert.True(answer.TryGetProperty("result", out var result) && result.TryGetProperty("isError", out var isError) && isError.GetBoolean(), answer.GetRawText());
        return result.GetProperty("content")[0].GetProperty("text").GetString()!;
    }

    public async Task SendAsync(string line)
    {
        // One line at a time: streams of a process know no order among writers.
        var bytes = _process.StandardInput.Encoding.GetBytes(line + "\n");
        lock (_process)
        {
            _process.StandardInput.BaseStream.Write(bytes);
            _process.StandardInput.BaseStream.Flush();
        }

        await Task.CompletedTask;
    }

    public void SendBytes(byte[] bytes)
    {
        lock (_process)
        {
            _process.StandardInput.BaseStream.Write(bytes);
            _process.StandardInput.BaseStream.Flush();
        }
    }

    public Task<JsonElement> AnswerAsync(string id) => Answer(id).Task.WaitAsync(CliHome.Patience);

    /// <summary>The next message that answers no request: a notification, or an error about something that was none.</summary>
    public JsonElement NextWithoutId() => _withoutId.TryTake(out var message, CliHome.Patience) ? message : throw new TimeoutException("nothing came");

    /// <summary>Ends the input and waits until the process is gone.</summary>
    public async Task<(int ExitCode, string Errors)> EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(CliHome.Patience);
        await _reading;
        return (_process.ExitCode, await _errors);
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        _withoutId.Dispose();
    }

    private TaskCompletionSource<JsonElement> Answer(string id) => _answers.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task ReadAsync()
    {
        try
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
            {
                var message = JsonDocument.Parse(line).RootElement;
                Assert.Equal("2.0", message.GetProperty("jsonrpc").GetString());
                if (message.TryGetProperty("id", out var id) && id.ValueKind != JsonValueKind.Null)
                    Answer(id.ToString()).TrySetResult(message);
                else
                    _withoutId.Add(message);
            }
        }
        catch (Exception e)
        {
            foreach (var waiting in _answers.Values)
                waiting.TrySetException(e);
            throw;
        }
    }
}
