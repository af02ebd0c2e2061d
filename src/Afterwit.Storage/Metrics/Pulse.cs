namespace Afterwit.Storage;

/// <summary>
/// How a memory does at this moment: what it did in the last seconds, from the counters of now and of then. It is asked about once a second, by one caller; it keeps what it saw in the
/// window and no more.
/// </summary>
internal sealed class Pulse(MemoryMetrics metrics, TimeProvider time)
{
    /// <summary>Over so many samples goes what is averaged.</summary>
    public const int Window = 10;

    /// <summary>A share of fewer events than this says nothing.</summary>
    private const long Few = 20;

    private readonly Queue<Counters> _past = [];

    /// <summary>Takes a sample.</summary>
    /// <param name="report">The report of this moment.</param>
    public PulseReport Sample(MemoryReport report)
    {
        var now = new Counters(
            time.GetTimestamp(), metrics.Durations(), report.Cache.Sum(c => c.Hits), report.Cache.Sum(c => c.Misses), report.Errors.Sum(e => e.Count), report.Pool.Waits, report.Writer.Commits, report.Writer.Writes);
        _past.Enqueue(now);
        var then = _past.Peek();
        if (_past.Count > Window)
            _past.Dequeue();
        var seconds = time.GetElapsedTime(then.At, now.At).TotalSeconds;
        var took = now.Durations.Since(then.Durations);
        var (operations, hits, misses, commits) = (took.Count, now.Hits - then.Hits, now.Misses - then.Misses, now.Commits - then.Commits);
        return new(
            time.GetUtcNow(), Rate(operations), Rate(hits), Micro(0.5), Micro(0.95), Micro(0.99), Rate(now.Errors - then.Errors), Share(now.Errors - then.Errors, operations),
            Share(hits, hits + misses), Share(now.Hits, now.Hits + now.Misses), report.Pool.InUse, report.Pool.Open, report.Pool.Max, report.Pool.Waiting, Rate(now.Waits - then.Waits),
            Rate(commits), commits == 0 ? null : Math.Round((double)(now.Writes - then.Writes) / commits, 2), report.Replicas is { Count: > 0 } replicas ? replicas.Max(r => r.Behind) : null);

        double Rate(long events) => seconds == 0 ? 0 : Math.Round(events / seconds, 2);
        double? Micro(double share) => operations == 0 ? null : took.Percentile(share) / 1000.0;
        static double? Share(long part, long all) => all < Few ? null : Math.Round((double)part / all, 4);
    }

    private sealed record Counters(long At, LogHistogram Durations, long Hits, long Misses, long Errors, long Waits, long Commits, long Writes);
}

/// <summary>
/// What a memory did in the last seconds. Operations are those that came past the cache; times are microseconds; shares are 0 to 1, and null where there was too little to say.
/// </summary>
internal sealed record PulseReport(
    DateTimeOffset At, double OperationsPerS, double FromCachePerS, double? P50Us, double? P95Us, double? P99Us, double ErrorsPerS, double? ErrorShare, double? HitRate, double? HitRateEver,
    int InUse, int Open, int MaxOpen, int Waiting, double WaitsPerS, double CommitsPerS, double? WritesPerCommit, long? ReplicaLag);
