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
    public BenchRow Row(string suite, string name, BenchRow? baseline = null, Gain gain = Gain.Time) => BenchRow.Of(suite, name, _microseconds, 1, baseline, gain) with
    {
        RoundTrips = (double)_trips / _microseconds.Count,
        AllocatedBytes = (double)_allocated / _microseconds.Count,
    };

    private long Trips() => roundTrips?.Invoke() ?? 0;
}
