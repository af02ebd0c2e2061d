using System.Text.Json.Serialization;

namespace Afterwit.Cli.Benchmarks;

/// <summary>How one policy did. What was learned from is not counted.</summary>
/// <param name="Policy">fixed-2, fixed-10, reactive, predictive or oracle.</param>
/// <param name="WaitedShare">Of all calls, those that found every open connection held; 0 to 1.</param>
/// <param name="P99WaitMs">Of a hundred calls, 99 waited no longer, in milliseconds; those that did not wait count.</param>
/// <param name="ConnectionHours">Hours of open connections, from when they were asked for.</param>
/// <param name="Opened">Connections opened.</param>
/// <param name="Calls">All calls.</param>
/// <param name="LongestWaitMs">The longest wait of a call, in milliseconds.</param>
/// <param name="Hours">Hours that were counted.</param>
/// <param name="Seed">Of the made-up calls.</param>
/// <param name="Weeks">The same by calendar week.</param>
internal sealed record PoolSizingRow(
    string Policy, double WaitedShare, double P99WaitMs, double ConnectionHours, long Opened, long Calls, double LongestWaitMs, double Hours, ulong Seed, IReadOnlyList<PoolSizingWeek> Weeks);

/// <summary>How one policy did in a week.</summary>
/// <param name="From">The Monday, or the first day that was counted.</param>
/// <param name="WaitedShare">Of the week's calls, those that waited.</param>
/// <param name="ConnectionHours">Hours of open connections.</param>
/// <param name="Opened">Connections opened.</param>
internal sealed record PoolSizingWeek(DateOnly From, double WaitedShare, double ConnectionHours, long Opened);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<PoolSizingRow>))]
internal sealed partial class PoolSizingJson : JsonSerializerContext;
