using System.Text.Json;
using System.Text.Json.Serialization;

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
    /// <summary>A list of numbers as one argument, for json_each.</summary>
    public static string Numbers(IEnumerable<long> numbers) => JsonSerializer.Serialize(numbers, Default.IEnumerableInt64);
}
