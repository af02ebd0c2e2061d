using System.Diagnostics;
using Afterwit.Storage;
using Microsoft.Extensions.Caching.Memory;

namespace Afterwit.Cli.Benchmarks;

/// <summary>A hit of the cache, next to one of Microsoft.Extensions.Caching.Memory: on one thread and on sixteen.</summary>
internal static class CacheSuite
{
    private const int Entries = 10_000;
    private const int Batch = 1_000;
    private const int Threads = 16;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var keys = Enumerable.Range(0, Entries).Select(_ => Guid.NewGuid()).ToArray();
        var boxed = keys.Cast<object>().ToArray();
        var value = new object();
        var ours = new Cache<Guid, object>(new());
        using var other = new MemoryCache(new MemoryCacheOptions());
        for (var i = 0; i < Entries; i++)
        {
            ours.Set(keys[i], value, 0);
            other.Set(boxed[i], value, TimeSpan.FromMinutes(5));
        }

        var missed = 0;
        void Ours(int from)
        {
            var found = 0;
            for (var i = from; i < from + Batch; i++)
                found += ours.TryGet(keys[i], out _) ? 1 : 0;
            if (found < Batch)
                Interlocked.Add(ref missed, Batch - found);
        }

        void Other(int from)
        {
            var found = 0;
            for (var i = from; i < from + Batch; i++)
                found += other.TryGetValue(boxed[i], out _) ? 1 : 0;
            if (found < Batch)
                Interlocked.Add(ref missed, Batch - found);
        }

        // In turn, so that a slow moment of the machine meets both; the first fifth warms up.
        var (first, second) = (new Samples(), new Samples());
        var batches = options.Rounds * 1_000;
        for (var i = -batches / 4; i < batches; i++)
        {
            var from = Math.Abs(i) % (Entries / Batch) * Batch;
            first.Take(() => Other(from), keep: i >= 0);
            second.Take(() => Ours(from), keep: i >= 0);
        }

        var baseline = first.Row("hit: MemoryCache, its keys boxed beforehand (of batches of 1,000)", null);
        var one = second.Row("hit: ours (of batches of 1,000)", baseline);
        var otherMany = await TogetherAsync("hit: MemoryCache, 16 threads at once (mean; ratio of rates to one thread)", Other, baseline, batches, cancellationToken);
        var oursMany = await TogetherAsync("hit: ours, 16 threads at once (mean; ratio of rates to one thread)", Ours, one, batches, cancellationToken);
        return missed == 0 ? [baseline, one, otherMany, oursMany] : throw new InvalidOperationException($"{missed} lookups of the cache suite found nothing: the machine was so slow or short of memory that entries ended. Run it again.");
    }

    private static async Task<BenchRow> TogetherAsync(string name, Action<int> batch, BenchRow single, int batches, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < batches; i++)
                    batch((i + thread) % (Entries / Batch) * Batch);
            },
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        var calls = (long)Threads * batches * Batch;
        var rate = calls / Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new("cache", name, (int)Math.Min(int.MaxValue, calls), 1e6 / rate, 0, 0, rate, 0, 0, rate / single.OpsPerS);
    }

    /// <summary>Microseconds a call, of each batch.</summary>
    private sealed class Samples
    {
        private readonly List<double> _microseconds = [];
        private long _allocated;

        public void Take(Action batch, bool keep)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            batch();
            var elapsed = Stopwatch.GetElapsedTime(start);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (!keep)
                return;
            _microseconds.Add(elapsed.TotalMicroseconds / Batch);
            _allocated += allocated;
        }

        public BenchRow Row(string name, BenchRow? baseline)
        {
            _microseconds.Sort();
            double At(double share) => _microseconds[(int)(share * _microseconds.Count)];
            return new("cache", name, _microseconds.Count * Batch, At(0.5), At(0.95), At(0.99), 1e6 / _microseconds.Average(), 0, (double)_allocated / Batch / _microseconds.Count, baseline is null ? null : At(0.5) / baseline.P50Us);
        }
    }
}
