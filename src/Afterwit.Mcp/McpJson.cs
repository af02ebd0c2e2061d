using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Afterwit.Mcp.Tools;

namespace Afterwit.Mcp;

/// <summary>What tools and resources answer: the forms of <see cref="MemoryJson"/> without what is not there, and those that are shorter than on the command line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(RoundedNumber)])]
[JsonSerializable(typeof(RecallAnswer))]
[JsonSerializable(typeof(RememberAnswer))]
[JsonSerializable(typeof(AdviceJson))]
[JsonSerializable(typeof(DetailsAnswer))]
[JsonSerializable(typeof(EpisodeStartedJson))]
[JsonSerializable(typeof(StepsLoggedJson))]
[JsonSerializable(typeof(EpisodeEndedJson))]
[JsonSerializable(typeof(PlaybookResultJson))]
[JsonSerializable(typeof(FeedbackJson))]
[JsonSerializable(typeof(ForgetAnswer))]
[JsonSerializable(typeof(RelationshipJson))]
[JsonSerializable(typeof(UnrelateAnswer))]
[JsonSerializable(typeof(CheckpointSavedJson))]
[JsonSerializable(typeof(ResumedJson))]
[JsonSerializable(typeof(InsightsJson))]
[JsonSerializable(typeof(StoreStatistics))]
[JsonSerializable(typeof(EpisodeListJson))]
[JsonSerializable(typeof(PatternListJson))]
[JsonSerializable(typeof(AdminAnswer))]
[JsonSerializable(typeof(EpisodeJson))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(string))]
internal sealed partial class McpJson : JsonSerializerContext
{
    // Quotes and letters of any script as they are: an escape is several tokens, and no browser reads this.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A value as JSON.</summary>
    public static JsonElement ElementOf<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToElement(value, type);

    /// <summary>JSON as text.</summary>
    public static string TextOf(JsonElement element) => Encoding.UTF8.GetString(Write(element).WrittenSpan);

    /// <summary>How many bytes JSON has, as it is and as a text within JSON.</summary>
    public static (int Data, int Text) BytesOf(JsonElement element)
    {
        var data = Write(element);
        return (data.WrittenCount, Write(writer => writer.WriteStringValue(data.WrittenSpan)).WrittenCount);
    }

    private static ArrayBufferWriter<byte> Write(JsonElement element) => Write(element.WriteTo);

    private static ArrayBufferWriter<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
            write(writer);
        return buffer;
    }

    /// <summary>To four places: what comes after them is noise that an agent pays for.</summary>
    private sealed class RoundedNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(Math.Round(value, 4));
    }
}
