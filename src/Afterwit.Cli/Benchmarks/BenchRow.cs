using System.Text.Json.Serialization;

namespace Afterwit.Cli.Benchmarks;

/// <summary>One measured case.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Case">The case.</param>
/// <param name="Ops">How many operations were timed.</param>
/// <param name="P50Us">Half of them took no longer, in microseconds; the mean where the case says so.</param>
/// <param name="P95Us">Of a hundred, 95 took no longer; 0 where only the mean was taken.</param>
/// <param name="P99Us">Of a hundred, 99 took no longer; 0 where only the mean was taken.</param>
/// <param name="OpsPerS">Operations in a second, over the whole case.</param>
/// <param name="RoundTrips">Calls to the database for each operation.</param>
/// <param name="AllocatedBytes">Bytes allocated for each operation.</param>
/// <param name="RatioToBaseline">The median over the baseline's (for rates: the rate over the baseline's). Null where the case is the baseline.</param>
/// <param name="CompressionRatio">Bytes before over bytes after; null where nothing is compressed.</param>
/// <param name="MbPerS">Uncompressed megabytes (10^6) in a second, at the median; null where nothing is compressed.</param>
/// <param name="RecallAt10">The share of the ten nearest that was found, 0 to 1; null where nothing is near.</param>
/// <param name="BytesPerVector">What a vector takes in the database; null where there is none.</param>
/// <param name="WireBytes">Bytes of messages to or from a server, of all operations together; null where they are not counted.</param>
internal sealed record BenchRow(string Suite, string Case, int Ops, double P50Us, double P95Us, double P99Us, double OpsPerS, double RoundTrips, double AllocatedBytes, double? RatioToBaseline,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? CompressionRatio = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? MbPerS = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? RecallAt10 = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? BytesPerVector = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? WireBytes = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<BenchRow>))]
internal sealed partial class BenchJson : JsonSerializerContext;
