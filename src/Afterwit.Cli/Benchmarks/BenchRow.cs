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
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? WireBytes = null)
{
    /// <summary>A case from the times of its operations, or of blocks of them.</summary>
    /// <param name="suite">The suite.</param>
    /// <param name="name">The case.</param>
    /// <param name="microseconds">Of each operation; the mean of its operations for each block.</param>
    /// <param name="block">How many operations stand behind each time.</param>
    /// <param name="baseline">Compared by the median. Null for the baseline itself.</param>
    /// <param name="gain">What stands under ratio.</param>
    public static BenchRow Of(string suite, string name, IEnumerable<double> microseconds, int block = 1, BenchRow? baseline = null, Gain gain = Gain.Time)
    {
        double[] sorted = [.. microseconds.Order()];
        double At(double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
        return new(
            suite, name, sorted.Length * block, At(0.5), At(0.95), At(0.99), 1e6 / Math.Max(1e-9, sorted.Average()), 0, 0,
            baseline is null ? null : gain == Gain.Time ? At(0.5) / baseline.P50Us : baseline.P50Us / At(0.5));
    }
}

/// <summary>What a ratio to a baseline says; the name of a case repeats it.</summary>
internal enum Gain
{
    /// <summary>Its time over that of the baseline.</summary>
    Time,

    /// <summary>How many times faster it is.</summary>
    Speed,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<BenchRow>))]
internal sealed partial class BenchJson : JsonSerializerContext;
