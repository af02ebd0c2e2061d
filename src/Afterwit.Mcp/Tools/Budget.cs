using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Afterwit.Mcp.Tools;

/// <summary>Keeps answers within a number of tokens, estimated at four bytes of JSON each.</summary>
internal static class Budget
{
    /// <summary>What an answer may cost unless the caller says otherwise. It is sent twice, as text and as data: together under 10 KB.</summary>
    public const int Default = 1000;

    /// <summary>How to get the rest where there is no other way.</summary>
    public const string RaiseIt = "The rest: a higher max_tokens (up to 20000).";

    private const int BytesPerToken = 4;

    // Data and text together. Only text that is full of quotes and backslashes costs more than twice its data, since there they are escaped again.
    private const int SentBytesPerToken = 9;

    // Texts give way before lists do: the beginning of each of many steps says more than the whole of one.
    private static readonly (int Text, int Items)[] Cuts =
    [
        (4000, int.MaxValue), (2000, int.MaxValue), (1000, int.MaxValue), (500, int.MaxValue), (250, 200), (250, 100), (160, 50), (160, 20), (120, 10), (80, 5), (60, 3), (40, 1),
    ];

    /// <summary>What JSON costs.</summary>
    public static int TokensOf(JsonElement element)
    {
        var (data, text) = McpJson.BytesOf(element);
        return Math.Max((data + BytesPerToken - 1) / BytesPerToken, (data + text + SentBytesPerToken - 1) / SentBytesPerToken);
    }

    /// <summary>As many of the items as fit, from the first on, and what they cost.</summary>
    public static (List<T> Kept, int Tokens) Take<T>(IEnumerable<T> items, Func<T, JsonElement> json, int budget)
    {
        var kept = new List<T>();
        var tokens = 0;
        foreach (var item in items)
        {
            var cost = TokensOf(json(item));
            if (tokens + cost > budget)
                break;
            tokens += cost;
            kept.Add(item);
        }

        return (kept, tokens);
    }

    /// <summary>An answer with its texts and lists cut as far as it takes to fit; what was cut is seen, and <c>cut</c> says how to get it.</summary>
    /// <param name="answer">An object.</param>
    /// <param name="budget">In tokens.</param>
    /// <param name="rest">How to get the rest.</param>
    public static JsonElement Fit(JsonElement answer, int budget, string rest)
    {
        if (TokensOf(answer) <= budget)
            return answer;
        var fitting = answer;
        foreach (var (text, items) in Cuts)
        {
            var cut = (JsonObject)Cut(answer, text, items)!;
            cut["cut"] = string.Create(CultureInfo.InvariantCulture, $"Cut to {budget} tokens: texts at {text} characters{(items == int.MaxValue ? "" : $", lists at {items} items")}. {rest}");
            fitting = JsonSerializer.SerializeToElement(cut, McpJson.Default.JsonObject);
            if (TokensOf(fitting) <= budget)
                break;
        }

        return fitting;
    }

    private static JsonNode? Cut(JsonElement element, int text, int items) => element.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(element.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Cut(p.Value, text, items)))),
        JsonValueKind.Array => new JsonArray([.. element.EnumerateArray().Take(items).Select(item => Cut(item, text, items))]),
        JsonValueKind.String when element.GetString() is { } whole && whole.Length > text => JsonValue.Create(Shorten(whole, text)),
        JsonValueKind.Null => null,
        _ => JsonValue.Create(element),
    };

    private static string Shorten(string text, int length)
    {
        var end = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, end)} […{text.Length - end} more characters]");
    }
}
