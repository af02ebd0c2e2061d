using System.Diagnostics;

namespace Afterwit.Cli.Benchmarks;

/// <summary>How a block of operations went.</summary>
/// <param name="Ops">How many there were.</param>
/// <param name="P50Us">Half of them took no longer, in microseconds.</param>
/// <param name="P95Us">Of a hundred, 95 took no longer.</param>
/// <param name="P99Us">Of a hundred, 99 took no longer.</param>
/// <param name="OpsPerS">Operations in a second, by all callers together.</param>
/// <param name="RoundTrips">For each operation; 0 where they are not counted.</param>
/// <param name="AllocatedBytes">By the whole process for each operation, the loop around it included; 0 where it is another process.</param>
internal sealed record Block(int Ops, double P50Us, double P95Us, double P99Us, double OpsPerS, double RoundTrips = 0, double AllocatedBytes = 0)
{
    /// <summary>Runs operations one after the other, by some callers at once.</summary>
    /// <param name="ops">How many.</param>
    /// <param name="callers">Each takes the next one as soon as it is done with the last.</param>
    /// <param name="operation">The operation, by its number.</param>
    /// <param name="roundTrips">A count that grows with each round trip.</param>
    public static async Task<Block> MeasureAsync(int ops, int callers, Func<int, Task> operation, Func<long>? roundTrips = null)
    {
        var ticks = new long[ops];
        var next = -1;
        var (trips, allocated, start) = (roundTrips?.Invoke() ?? 0, GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        await (callers == 1 ? CallAsync() : Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(CallAsync))));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        trips = (roundTrips?.Invoke() ?? 0) - trips;
        Array.Sort(ticks);
        double At(double share) => ticks[Math.Min(ops - 1, (int)(share * ops))] * 1e6 / Stopwatch.Frequency;
        return new(ops, At(0.5), At(0.95), At(0.99), ops / seconds, (double)trips / ops, (double)allocated / ops);

        async Task CallAsync()
        {
            for (int mine; (mine = Interlocked.Increment(ref next)) < ops;)
            {
                var from = Stopwatch.GetTimestamp();
                await operation(mine);
                ticks[mine] = Stopwatch.GetTimestamp() - from;
            }
        }
    }
}
