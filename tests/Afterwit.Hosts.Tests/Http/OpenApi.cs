using System.Text.Json;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Http;

/// <summary>The committed description of the API, and whether a value is as one of its schemas says.</summary>
internal static class OpenApi
{
    public static JsonElement Document { get; } = JsonDocument.Parse(File.ReadAllText(Repository.Path("src", "Afterwit.Dashboard", "openapi.json"))).RootElement;

    /// <summary>Each operation as METHOD and path.</summary>
    public static IEnumerable<string> Operations => Document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(o => $"{o.Name.ToUpperInvariant()} {p.Name}"));

    /// <summary>That an answer has every field of the schema of its operation, of the right kind, and no other.</summary>
    public static void AssertAnswer(string method, string path, JsonElement answer)
    {
        var responses = Document.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("responses");
        var done = responses.EnumerateObject().First(r => r.Name[0] == '2').Value;
        Assert.Empty(Problems(done.GetProperty("content").EnumerateObject().First().Value.GetProperty("schema"), answer, "$"));
    }

    public static void AssertIs(string schema, JsonElement value) => Assert.Empty(Problems(Document.GetProperty("components").GetProperty("schemas").GetProperty(schema), value, "$"));

    private static IEnumerable<string> Problems(JsonElement schema, JsonElement value, string at)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            schema = Document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        if (schema.TryGetProperty("oneOf", out var choices))
            return choices.EnumerateArray().Select(c => Problems(c, value, at).ToList()).MinBy(p => p.Count)!;
        if (schema.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray()] : (JsonElement[])[type]).Any(t => Is(t.GetString()!, value)))
            return [$"{at} is {value.ValueKind}, not {type}"];
        return value.ValueKind switch
        {
            JsonValueKind.Array when schema.TryGetProperty("items", out var items) => value.EnumerateArray().SelectMany((item, i) => Problems(items, item, $"{at}[{i}]")),
            JsonValueKind.Object when schema.TryGetProperty("properties", out var properties) =>
            [
                .. schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Where(r => !value.TryGetProperty(r.GetString()!, out _)).Select(r => $"{at}.{r} is missing") : Enumerable.Empty<string>(),
                .. value.EnumerateObject().SelectMany(f => properties.TryGetProperty(f.Name, out var field) ? Problems(field, f.Value, $"{at}.{f.Name}") : [$"{at}.{f.Name} is not described"]),
            ],
            JsonValueKind.Object when schema.TryGetProperty("additionalProperties", out var values) => value.EnumerateObject().SelectMany(f => Problems(values, f.Value, $"{at}.{f.Name}")),
            _ => [],
        };
    }

    private static bool Is(string type, JsonElement value) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => value.ValueKind == JsonValueKind.Null,
    };
}
