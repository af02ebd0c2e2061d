using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Afterwit.Mcp;

/// <summary>Tells messages of the protocol from what is none, in the words of JSON-RPC.</summary>
internal static class MessageReading
{
    /// <summary>The form of messages. The largest are texts: quotes and letters of any script as they are, no escapes.</summary>
    public static readonly JsonTypeInfo<JsonRpcMessage> Format = (JsonTypeInfo<JsonRpcMessage>)new JsonSerializerOptions(McpJsonUtilities.DefaultOptions)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }.GetTypeInfo(typeof(JsonRpcMessage));

    private static readonly JsonTypeInfo<RequestId> IdFormat = (JsonTypeInfo<RequestId>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(RequestId));

    /// <summary>Reads a message.</summary>
    /// <returns>The message, or the error to answer with. Neither for an answer that cannot be read: an error about an error would never end.</returns>
    public static (JsonRpcMessage? Message, byte[]? Error) Read(ReadOnlySequence<byte> text)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            return (null, Error("null", McpErrorCode.ParseError, $"Not JSON: {TextRules.Excerpt(e.Message, 200)}"));
        }

        using (document)
        {
            var root = document.RootElement;
            try
            {
                if (Problem(root) is { } problem)
                    return (null, Error(IdOf(root), problem.Code, problem.Text));
                return (root.Deserialize(Format), null);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NotSupportedException)
            {
                return (null, Error(IdOf(root), McpErrorCode.InvalidRequest, $"Not a message: {TextRules.Excerpt(e.Message, 200)}"));
            }
        }
    }

    /// <summary>The id of a request as JSON, or <c>null</c>.</summary>
    public static string IdOf(JsonRpcMessage message) => message is JsonRpcMessageWithId { Id: { Id: not null } id } ? JsonSerializer.Serialize(id, IdFormat) : "null";

    /// <summary>An error as the message that tells it.</summary>
    /// <param name="id">The id of the request as JSON, or <c>null</c>.</param>
    /// <param name="code">What kind.</param>
    /// <param name="message">What it is about.</param>
    public static byte[] Error(string id, McpErrorCode code, string message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc"u8, "2.0"u8);
            writer.WritePropertyName("id"u8);
            writer.WriteRawValue(id);
            writer.WriteStartObject("error"u8);
            writer.WriteNumber("code"u8, (int)code);
            writer.WriteString("message"u8, message);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static (McpErrorCode Code, string Text)? Problem(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return (McpErrorCode.InvalidRequest, root.ValueKind == JsonValueKind.Array ? "Batches are not taken: send one message at a time." : "A message is a JSON object.");
        if (!root.TryGetProperty("jsonrpc"u8, out var version) || version.ValueKind != JsonValueKind.String || !version.ValueEquals("2.0"u8))
            return (McpErrorCode.InvalidRequest, "\"jsonrpc\" has to be \"2.0\".");
        if (root.TryGetProperty("id"u8, out var id) && id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            return (McpErrorCode.InvalidRequest, "\"id\" has to be a text or a number.");
        if (root.TryGetProperty("method"u8, out var method) ? method.ValueKind != JsonValueKind.String : !root.TryGetProperty("result"u8, out _) && !root.TryGetProperty("error"u8, out _))
            return (McpErrorCode.InvalidRequest, "\"method\" has to be a text.");
        if (!root.TryGetProperty("params"u8, out var given))
            return null;
        if (given.ValueKind != JsonValueKind.Object)
            return (McpErrorCode.InvalidParams, "\"params\" has to be an object.");
        return IsText(given) ? null : (McpErrorCode.InvalidParams, "A text is not valid Unicode: it holds one half of a surrogate pair, or bytes that are not UTF-8. Replace them before sending.");
    }

    /// <summary>Whether every text in it can be read: what cannot would otherwise be no more than an internal error.</summary>
    private static bool IsText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    if (!IsText(property.Value))
                        return false;
                }

                return true;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    if (!IsText(item))
                        return false;
                }

                return true;
            case JsonValueKind.String:
                try
                {
                    element.GetString();
                    return true;
                }
                catch (InvalidOperationException)
                {
                    return false;
                }

            default:
                return true;
        }
    }

    private static string IdOf(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id"u8, out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number && id.GetRawText().Length <= 1000 ? id.GetRawText() : "null";
}
