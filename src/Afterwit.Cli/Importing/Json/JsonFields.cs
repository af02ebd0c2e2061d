using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Afterwit.Cli.Importing;

/// <summary>A record that cannot be used. Its message is the reason that is reported; it never leaves the reader of the file.</summary>
internal sealed class BrokenRecordException(string reason) : Exception(reason);

/// <summary>Typed access to records whose shape cannot be trusted: an absent value is null, one of another type breaks the record with a reason.</summary>
internal static class JsonFields
{
    /// <summary>The longest text that the memory takes, in UTF-16 units.</summary>
    public const int MaxText = 16 * 1024 * 1024;

    public static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = 256 };

    private static readonly JsonWriterOptions CompactOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 256 };

    extension(JsonElement record)
    {
        public JsonElement? Field(string name) =>
            record.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        public string? Text(string name) => record.Field(name) is { } value ? value.AsText(name) : null;

        public string RequiredText(string name) =>
            record.Text(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw new BrokenRecordException($"'{name}' is missing or empty");

        public double? Number(string name) => record.Field(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
            { } value => throw WrongType(name, value, "a number"),
        };

        public bool? Flag(string name) => record.Field(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            { } value => throw WrongType(name, value, "true or false"),
        };

        public JsonElement? Object(string name) => record.Typed(name, JsonValueKind.Object, "an object");

        public JsonElement? List(string name) => record.Typed(name, JsonValueKind.Array, "an array");

        /// <summary>A time, taken for UTC when it names no zone. Null when there is none that can be understood: a record is worth keeping without it.</summary>
        public DateTimeOffset? When(string name) =>
            record.Field(name) is { ValueKind: JsonValueKind.String } value
            && DateTimeOffset.TryParse(value.AsText(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

        /// <summary>A string as it is, anything else as JSON without white space.</summary>
        public string? TextOrJson(string name) => record.Field(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } value => value.AsText(name),
            { } value => value.Compact(name),
        };

        public string AsText(string name)
        {
            if (record.ValueKind != JsonValueKind.String)
                throw WrongType(name, record, "a string");
            try
            {
                return Checked(record.GetString()!, name);
            }
            catch (InvalidOperationException)
            {
                throw NotUnicode(name);
            }
        }

        public string Compact(string name)
        {
            var bytes = new ArrayBufferWriter<byte>();
            try
            {
                using (var writer = new Utf8JsonWriter(bytes, CompactOptions))
                    record.WriteTo(writer);
                return Checked(Encoding.UTF8.GetString(bytes.WrittenSpan), name);
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException)
            {
                throw NotUnicode(name);
            }
        }

        private JsonElement? Typed(string name, JsonValueKind kind, string expected) => record.Field(name) switch
        {
            null => null,
            { } value when value.ValueKind == kind => value,
            { } value => throw WrongType(name, value, expected),
        };
    }

    /// <summary>Parses JSON and hands it on.</summary>
    /// <returns>Why it cannot be used; null when it can.</returns>
    public static string? Parse(ReadOnlyMemory<byte> json, Action<JsonElement> read)
    {
        if (!Utf8.IsValid(json.Span))
            return "not valid UTF-8";
        try
        {
            using var document = JsonDocument.Parse(json, DocumentOptions);
            read(document.RootElement);
            return null;
        }
        catch (Exception e) when (e is JsonException or BrokenRecordException or InvalidOperationException)
        {
            return Reason(e);
        }
    }

    public static BrokenRecordException WrongType(string name, JsonElement value, string expected) =>
        new($"'{name}' is {NameOf(value.ValueKind)}; expected {expected}");

    /// <summary>What a parser's exception means to the person who has the file.</summary>
    private static string Reason(Exception exception) => exception switch
    {
        // The parser appends "LineNumber: 0 | BytePositionInLine: 5.", which is about the piece that it was given.
        JsonException json => $"not valid JSON at byte {json.BytePositionInLine + 1}: {json.Message.Split(" LineNumber:", 2)[0]}",
        InvalidOperationException => "it holds text that is not valid Unicode",
        _ => exception.Message,
    };

    private static string Checked(string text, string name) =>
        text.Length <= MaxText ? text : throw new BrokenRecordException($"'{name}' has {text.Length} characters; the limit is {MaxText}");

    private static BrokenRecordException NotUnicode(string name) => new($"'{name}' is not valid Unicode: half of a surrogate pair, or bytes that are not UTF-8");

    private static string NameOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };
}
