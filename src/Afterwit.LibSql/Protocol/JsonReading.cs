using System.Buffers.Text;
using System.Text.Json;

namespace Afterwit.LibSql.Protocol;

/// <summary>Moves through JSON and reads single values of it. What is malformed throws one of the exceptions that <see cref="IsMalformed"/> knows.</summary>
internal static class JsonReading
{
    public static long? ReadInt64(in Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Expect(reader, reader.TokenType == JsonTokenType.Number ? JsonTokenType.Number : JsonTokenType.String);
        return Utf8Parser.TryParse(reader.ValueSpan, out long value, out var length) && length == reader.ValueSpan.Length ? value : throw new JsonException("an integer is none");
    }

    public static ulong? ReadUInt64(in Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Expect(reader, reader.TokenType == JsonTokenType.Number ? JsonTokenType.Number : JsonTokenType.String);
        return Utf8Parser.TryParse(reader.ValueSpan, out ulong value, out var length) && length == reader.ValueSpan.Length ? value : throw new JsonException("a replication index is no number");
    }

    public static Utf8JsonReader Start(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Expect(reader, JsonTokenType.StartObject);
        return reader;
    }

    /// <summary>Moves to the value of the next member of an object.</summary>
    public static bool NextMember(ref Utf8JsonReader reader, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndObject)
            return false;
        name = reader.ValueSpan;
        return reader.Read();
    }

    public static bool NextItem(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    public static void Expect(in Utf8JsonReader reader, JsonTokenType token)
    {
        if (reader.TokenType != token)
            throw new JsonException($"{token} expected at byte {reader.TokenStartIndex}, not {reader.TokenType}");
    }

    /// <summary>The reader refuses in four ways: no JSON, another kind of value, a number that does not fit, text that is no UTF-8.</summary>
    public static bool IsMalformed(Exception e) => e is JsonException or InvalidOperationException or FormatException or OverflowException;

    public static HranaProtocolException Malformed(Exception cause) => new($"The server's JSON is malformed: {cause.Message}.", cause);

    /// <summary>Base64 as the server writes it: without padding.</summary>
    public static byte[] ReadBase64(in Utf8JsonReader reader)
    {
        Expect(reader, JsonTokenType.String);
        var text = reader.ValueSpan.TrimEnd((byte)'=');
        var (whole, rest) = (text.Length / 4 * 4, text.Length % 4);
        var bytes = new byte[text.Length * 3 / 4];
        Span<byte> last = [(byte)'=', (byte)'=', (byte)'=', (byte)'='];
        text[whole..].CopyTo(last);
        var isValid = Base64.DecodeFromUtf8(text[..whole], bytes, out _, out var first) == System.Buffers.OperationStatus.Done
            && first == whole / 4 * 3
            && (rest == 0 || (Base64.DecodeFromUtf8(last, bytes.AsSpan(first), out _, out var second) == System.Buffers.OperationStatus.Done && first + second == bytes.Length));
        return isValid ? bytes : throw new JsonException("a blob is no base64");
    }
}
