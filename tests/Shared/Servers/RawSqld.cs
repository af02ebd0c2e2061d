using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Afterwit.Tests.Shared;

/// <summary>Speaks JSON to a server without the client under test, for what a test prepares and for what it finds afterwards.</summary>
internal sealed class RawSqld(string url, string? name = null, string? token = null) : IDisposable
{
    // The server reads integers and base64 only where nothing is escaped, and '+' is by default.
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly HttpClient _http = new() { Timeout = Eventually.Patience };

    public RawSqld(SqldDatabase database) : this(database.Server.Url, database.Namespace)
    {
    }

    /// <summary>Posts requests to the pipeline, and closes the stream after them.</summary>
    public Task<(HttpStatusCode Status, string Body)> PipelineAsync(params JsonObject[] requests)
    {
        JsonNode[] all = [.. requests, new JsonObject { ["type"] = "close" }];
        return PostAsync("/v3/pipeline", new JsonObject { ["requests"] = new JsonArray(all) }.ToJsonString(Unescaped));
    }

    public async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url + path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (name is not null)
            request.Headers.Add(SqldDatabase.HeaderName, SqldDatabase.Header(name));
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        using var response = await _http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Runs a script of statements.</summary>
    public async Task RunAsync(string sql) => Answer(await PipelineAsync(new JsonObject { ["type"] = "sequence", ["sql"] = sql }));

    /// <summary>The result of one statement as the server words it; arguments are null, long, double, string or byte[].</summary>
    public async Task<JsonElement> ExecuteAsync(string sql, params object?[] arguments) =>
        Answer(await PipelineAsync(new JsonObject { ["type"] = "execute", ["stmt"] = new JsonObject { ["sql"] = sql, ["args"] = new JsonArray([.. arguments.Select(Value)]) } })).GetProperty("result");

    /// <summary>The rows of one statement, a line each with the values separated by '|' as the sqlite3 shell prints them.</summary>
    public async Task<string[]> ReadAsync(string sql, params object?[] arguments) =>
        [.. (await ExecuteAsync(sql, arguments)).GetProperty("rows").EnumerateArray().Select(r => string.Join('|', r.EnumerateArray().Select(Text)))];

    public void Dispose() => _http.Dispose();

    private static string? Text(JsonElement value) =>
        value.TryGetProperty("value", out var text) ? text.ToString() : value.TryGetProperty("base64", out var blob) ? blob.GetString() : null;

    private static JsonNode Value(object? value) => value switch
    {
        null => new JsonObject { ["type"] = "null" },
        double number => new JsonObject { ["type"] = "float", ["value"] = number },
        string text => new JsonObject { ["type"] = "text", ["value"] = text },
        byte[] blob => new JsonObject { ["type"] = "blob", ["base64"] = Convert.ToBase64String(blob) },
        _ => new JsonObject { ["type"] = "integer", ["value"] = Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture).ToString(System.Globalization.CultureInfo.InvariantCulture) },
    };

    private static JsonElement Answer((HttpStatusCode Status, string Body) answer)
    {
        if (answer.Status != HttpStatusCode.OK)
            throw new InvalidOperationException($"{(int)answer.Status} {answer.Body}");
        using var document = JsonDocument.Parse(answer.Body);
        var result = document.RootElement.GetProperty("results")[0].Clone();
        return result.TryGetProperty("response", out var response) ? response : throw new InvalidOperationException(result.GetRawText());
    }
}
