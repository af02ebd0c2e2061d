using System.Diagnostics;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>Times operations one by one.</summary>
internal sealed class Meter(Func<long>? roundTrips = null)
{
    private readonly List<double> _microseconds = [];
    private long _allocated;
    private long _trips;

    /// <summary>With the calls that a database counts.</summary>
    public Meter(DatabaseStatistics statistics) : this(() => statistics.Reads + statistics.Commits)
    {
    }

    /// <summary>Runs an operation and keeps how long it took.</summary>
    public async Task TimeAsync(Func<Task> operation)
    {
        var trips = Trips();
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        await operation();
        _microseconds.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        _allocated += GC.GetTotalAllocatedBytes() - allocated;
        _trips += Trips() - trips;
    }

    /// <summary>Runs an operation that does not wait, and keeps how long it took.</summary>
    public Task TimeAsync(Action operation) => TimeAsync(() =>
    {
        operation();
        return Task.CompletedTask;
    });

    /// <summary>What was measured.</summary>
    /// <param name="suite">The suite.</param>
    /// <param name="name">The case.</param>
    /// <param name="baseline">Compared by the median. Null for the baseline itself.</param>
    /// <param name="gain">What stands under ratio.</param>
    public BenchRow Row(string suite, string name, BenchRow? baseline = null, Gain gain = Gain.Time)
    {
        var sorted = _microseconds.Order().ToList();
        double At(double share) => sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];
        return new(
            suite, name, sorted.Count, At(0.5), At(0.95), At(0.99), sorted.Count / Math.Max(1e-9, sorted.Sum() / 1e6),
            (double)_trips / sorted.Count, (double)_allocated / sorted.Count, baseline is null ? null : gain == Gain.Time ? At(0.5) / baseline.P50Us : baseline.P50Us / At(0.5));
    }

    private long Trips() => roundTrips?.Invoke() ?? 0;
}

/// <summary>What a ratio to a baseline says; the name of a case repeats it.</summary>
internal enum Gain
{
    /// <summary>Its time over that of the baseline.</summary>
    Time,

    /// <summary>How many times faster it is.</summary>
    Speed,
}
