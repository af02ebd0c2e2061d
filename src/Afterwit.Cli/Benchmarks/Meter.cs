using System.Diagnostics;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>Times operations one by one.</summary>
internal sealed class Meter(DatabaseStatistics? statistics = null)
{
    private readonly List<double> _microseconds = [];
    private long _allocated;
    private long _trips;

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

    /// <summary>What was measured.</summary>
    /// <param name="suite">The suite.</param>
    /// <param name="name">The case.</param>
    /// <param name="baseline">Compared by the median. Null for the baseline itself.</param>
    public BenchRow Row(string suite, string name, BenchRow? baseline = null)
    {
        var sorted = _microseconds.Order().ToList();
        double At(double share) => sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];
        return new(
            suite, name, sorted.Count, At(0.5), At(0.95), At(0.99), sorted.Count / Math.Max(1e-9, sorted.Sum() / 1e6),
            (double)_trips / sorted.Count, (double)_allocated / sorted.Count, baseline is null ? null : At(0.5) / baseline.P50Us);
    }

    private long Trips() => statistics is null ? 0 : statistics.Reads + statistics.Commits;
}
