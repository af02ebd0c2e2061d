using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Afterwit.Storage;

/// <summary>The values that are kept as JSON: read and written whole, never queried.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<RewardComponent>))]
[JsonSerializable(typeof(Reflection))]
[JsonSerializable(typeof(IReadOnlyList<ScoreTerm>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(string[][]))]
[JsonSerializable(typeof(IEnumerable<long>))]
[JsonSerializable(typeof(IEnumerable<long?>))]
internal sealed partial class StoreJson : JsonSerializerContext
{
    /// <summary>A value as text; the time is measured.</summary>
    public static string Write<T>(T value, JsonTypeInfo<T> type)
    {
        var start = Stopwatch.GetTimestamp();
        var text = JsonSerializer.Serialize(value, type);
        Telemetry.Serialized.Record(start);
        return text;
    }

    /// <summary>A value from its text; the time is measured.</summary>
    public static T? Read<T>(string text, JsonTypeInfo<T> type)
    {
        var start = Stopwatch.GetTimestamp();
        var value = JsonSerializer.Deserialize(text, type);
        Telemetry.Deserialized.Record(start);
        return value;
    }

    /// <summary>A list of numbers as one argument, for json_each.</summary>
    public static string Numbers(IEnumerable<long> numbers) => Write(numbers, Default.IEnumerableInt64);
}
