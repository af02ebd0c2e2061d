using System.Text.Json;
using System.Text.Json.Serialization;

namespace Afterwit.Storage;

/// <summary>The values that are kept as JSON: read and written whole, never queried.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<RewardComponent>))]
[JsonSerializable(typeof(Reflection))]
[JsonSerializable(typeof(IReadOnlyList<ScoreTerm>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(IEnumerable<long>))]
internal sealed partial class StoreJson : JsonSerializerContext
{
    /// <summary>A list of numbers as one argument, for json_each.</summary>
    public static string Numbers(IEnumerable<long> numbers) => JsonSerializer.Serialize(numbers, Default.IEnumerableInt64);

    /// <summary>A list of ids as one argument, for json_each: JSON has no bytes, so they go as upper-case hexadecimal digits to compare with hex(id).</summary>
    public static string Ids(IEnumerable<EpisodeId> ids) => JsonSerializer.Serialize(ids.Select(id => id.Value.ToString("N").ToUpperInvariant()).ToList(), Default.IReadOnlyListString);
}
