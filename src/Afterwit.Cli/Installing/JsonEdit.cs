using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Afterwit.Cli.Installing;

/// <summary>Sets single values in a JSON text that belongs to somebody else: everything beside them stays byte by byte, comments, trailing commas and layout included.</summary>
internal static class JsonEdit
{
    private static readonly JsonReaderOptions Tolerant = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 256 };

    /// <summary>What is at a path. Null when there is nothing.</summary>
    /// <exception cref="FormatException">The text is not JSON, or something on the way is not an object.</exception>
    public static JsonNode? Get(string text, params ReadOnlySpan<string> path)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        Check(text);
        var node = JsonNode.Parse(text, documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 256 });
        foreach (var name in path)
            node = node is JsonObject here ? here[name] : null;
        return node;
    }

    /// <summary>The text with a value at a path; objects on the way are made.</summary>
    /// <exception cref="FormatException">The text is not JSON, or something on the way is not an object.</exception>
    public static string Set(string text, JsonNode value, params ReadOnlySpan<string> path)
    {
        if (string.IsNullOrWhiteSpace(text))
            text = "{\n}\n";
        Check(text);
        var json = Encoding.UTF8.GetBytes(text);
        var layout = new Layout(text);
        var (from, to) = (0, json.Length);
        for (var depth = 0; ; depth++)
        {
            var found = Find(json.AsSpan(from, to - from), path[depth]);
            if (found.Value is { } range && depth == path.Length - 1)
                return Replace(json, from + range.Start, from + range.End, layout.Write(value, depth + 1));
            if (found.Value is null)
                return Insert(json, from, found, layout, depth, path[depth], Wrap(value, path[(depth + 1)..]));
            if (json[from + found.Value.Value.Start] != '{')
                throw new FormatException($"'{string.Join('.', path[..(depth + 1)].ToArray())}' is not an object");
            (from, to) = (from + found.Value.Value.Start, from + found.Value.Value.End);
        }
    }

    private static void Check(string text)
    {
        var json = Encoding.UTF8.GetBytes(text);
        try
        {
            using var document = JsonDocument.Parse(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 256 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new FormatException("it is not a JSON object");
        }
        catch (JsonException e)
        {
            throw new FormatException($"it is not valid JSON: {e.Message.TrimEnd('.')}", e);
        }
    }

    /// <summary>The last member of a name, as readers take it, and where the object's members begin and end.</summary>
    private static Members Find(ReadOnlySpan<byte> json, string name)
    {
        var reader = new Utf8JsonReader(json, Tolerant);
        reader.Read();
        var members = new Members((int)reader.BytesConsumed, null, 0, null);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var ours = reader.ValueTextEquals(name);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var end = (int)reader.BytesConsumed;
            members = members with { LastEnd = end, Value = ours ? (start, end) : members.Value };
        }

        return members with { Close = (int)reader.TokenStartIndex };
    }

    private static string Insert(byte[] json, int from, Members members, Layout layout, int depth, string name, JsonNode value)
    {
        var member = $"{layout.Line(depth + 1)}\"{JsonEncodedText.Encode(name)}\": {layout.Write(value, depth + 1)}";
        if (members.LastEnd is { } last)
            return Replace(json, from + last, from + last, "," + member);
        var inner = json.AsSpan(from + members.Open, members.Close - members.Open);
        return inner.IndexOfAnyExcept(" \t\r\n"u8) < 0
            ? Replace(json, from + members.Open, from + members.Close, member + layout.Line(depth))
            : Replace(json, from + members.Open, from + members.Open, member);
    }

    private static JsonNode Wrap(JsonNode value, ReadOnlySpan<string> path)
    {
        for (var i = path.Length - 1; i >= 0; i--)
            value = new JsonObject { [path[i]] = value.DeepClone() };
        return value;
    }

    private static string Replace(byte[] json, int start, int end, string with) => Encoding.UTF8.GetString(json, 0, start) + with + Encoding.UTF8.GetString(json, end, json.Length - end);

    /// <param name="Open">Behind the opening brace.</param>
    /// <param name="LastEnd">Behind the last value. Null in an empty object.</param>
    /// <param name="Close">At the closing brace.</param>
    /// <param name="Value">Where the value is.</param>
    private readonly record struct Members(int Open, int? LastEnd, int Close, (int Start, int End)? Value);

    /// <summary>How the file breaks and indents its lines.</summary>
    private sealed class Layout(string text)
    {
        private readonly string _newLine = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        private readonly string _indent = FirstIndent(text) ?? "  ";

        public string Line(int depth) => _newLine + string.Concat(Enumerable.Repeat(_indent, depth));

        public string Write(JsonNode value, int depth)
        {
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream, new() { Indented = true, IndentCharacter = _indent[0], IndentSize = _indent.Length, NewLine = _newLine, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
                value.WriteTo(writer);
            return Encoding.UTF8.GetString(stream.ToArray()).Replace(_newLine, Line(depth), StringComparison.Ordinal);
        }

        /// <summary>What stands before the first member of the first object.</summary>
        private static string? FirstIndent(string text)
        {
            var line = text.IndexOf('\n', StringComparison.Ordinal) + 1;
            var end = line;
            while (end < text.Length && text[end] == text[line] && text[line] is ' ' or '\t')
                end++;
            return end > line && text.TrimStart()[0] == '{' ? text[line..end] : null;
        }
    }
}
