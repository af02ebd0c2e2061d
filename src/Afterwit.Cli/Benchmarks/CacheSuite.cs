using System.Diagnostics;
using Afterwit.Storage;
using Microsoft.Extensions.Caching.Memory;

namespace Afterwit.Cli.Benchmarks;

/// <summary>A hit of the cache, next to one of Microsoft.Extensions.Caching.Memory: with room to spare, while entries have to go, and on many threads.</summary>
internal static class CacheSuite
{
    private const int Entries = 10_000;
    private const int Batch = 1_000;
    private const int Turns = 15;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var keys = Enumerable.Range(0, Entries).Select(_ => Guid.NewGuid()).ToArray();
        var batches = options.Rounds * 1_000;
        using var roomy = new Pair(keys, spare: null);
        List<BenchRow> rows = [.. roomy.Compare("hit", batches, fresh: 0)];
        using (var full = new Pair(keys, spare: Entries / 10))
            rows.AddRange(full.Compare("hit while evicting, 1 new entry to 1,000 hits", batches, fresh: 1));
        using (var full = new Pair(keys, spare: Entries / 10))
            rows.AddRange(full.Compare("hit while evicting, 1 new entry to 10 hits", batches, fresh: Batch / 10));
        rows.AddRange(await TogetherAsync("MemoryCache", roomy.Other, batches, cancellationToken));
        rows.AddRange(await TogetherAsync("ours", roomy.Ours, batches, cancellationToken));
        return rows;
    }

    /// <summary>The rate of many threads over that of one in the same turn, the median of all turns: one thread for each core, and sixteen.</summary>
    private static async Task<IReadOnlyList<BenchRow>> TogetherAsync(string name, Func<int, int> batch, int batches, CancellationToken cancellationToken)
    {
        int[] counts = [.. ((int[])[Environment.ProcessorCount, 16]).Distinct()];
        var turns = new List<double[]>();
        for (var turn = -1; turn < Turns; turn++)
        {
            var rates = new List<double>();
            foreach (var count in (int[])[1, .. counts])
                rates.Add(await RateAsync(count, batch, batches, cancellationToken));
            if (turn >= 0)
                turns.Add([.. rates]);
        }

        return [.. counts.Select((count, i) =>
        {
            var rate = Median(turns.Select(t => t[i + 1]));
            return new BenchRow(
                "cache", $"hit: {name}, {count} threads on {Environment.ProcessorCount} cores (mean; ratio of rates to one thread)",
                Turns * (batches / count) * count * Batch, 1e6 / rate, 0, 0, rate, 0, 0, Median(turns.Select(t => t[i + 1] / t[0])));
        })];

        static double Median(IEnumerable<double> values) => values.Order().ElementAt(Turns / 2);
    }

    /// <summary>Hits a second of all threads together; all do the same work as one would.</summary>
    private static async Task<double> RateAsync(int threads, Func<int, int> batch, int batches, CancellationToken cancellationToken)
    {
        using var ready = new Barrier(threads + 1);
        var work = Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                ready.SignalAndWait(cancellationToken);
                for (var i = 0; i < batches / threads; i++)
                    batch((i + thread) % (Entries / Batch) * Batch);
            },
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        ready.SignalAndWait(cancellationToken);
        var start = Stopwatch.GetTimestamp();
        await work;
        return (long)threads * (batches / threads) * Batch / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Both caches with the same entries.</summary>
    private sealed class Pair : IDisposable
    {
        private readonly object _value = new();
        private readonly Guid[] _keys;
        private readonly object[] _boxed;
        private readonly Cache<Guid, object> _ours;
        private readonly MemoryCache _other;
        private readonly bool _isBounded;

        /// <param name="keys">What is looked up.</param>
        /// <param name="spare">For how many more entries there is room; null for many.</param>
        public Pair(Guid[] keys, int? spare)
        {
            (_keys, _boxed, _isBounded) = (keys, [.. keys.Cast<object>()], spare is not null);
            _ours = new(spare is { } few ? new() { MaxEntries = keys.Length + few } : new());
            _other = new(new MemoryCacheOptions { SizeLimit = keys.Length + spare });
            for (var i = 0; i < keys.Length; i++)
                Set(keys[i], _boxed[i]);
        }

        public void Dispose() => _other.Dispose();

        public int Ours(int from)
        {
            var found = 0;
            for (var i = from; i < from + Batch; i++)
                found += _ours.TryGet(_keys[i], out _) ? 1 : 0;
            return found;
        }

        public int Other(int from)
        {
            var found = 0;
            for (var i = from; i < from + Batch; i++)
                found += _other.TryGetValue(_boxed[i], out _) ? 1 : 0;
            return found;
        }

        /// <summary>In turn, so that a slow moment of the machine meets both; the first fifth warms up. What was evicted is set again before it is looked up: all lookups are hits.</summary>
        public IEnumerable<BenchRow> Compare(string name, int batches, int fresh)
        {
            var (first, second) = (new Samples(), new Samples());
            for (var i = -batches / 4; i < batches; i++)
            {
                var from = Math.Abs(i) % (Entries / Batch) * Batch;
                for (var j = 0; j < fresh; j++)
                    Set(Guid.NewGuid(), Guid.NewGuid());
                SetMissing(from);
                first.Take(() => Other(from), keep: i >= 0);
                second.Take(() => Ours(from), keep: i >= 0);
            }

            var baseline = first.Row($"{name}: MemoryCache, its keys boxed beforehand (of batches of 1,000)", null);
            return [baseline, second.Row($"{name}: ours (of batches of 1,000)", baseline)];
        }

        private void SetMissing(int from)
        {
            for (var i = from; i < from + Batch && _isBounded; i++)
            {
                if (!_other.TryGetValue(_boxed[i], out _))
                    SetOther(_boxed[i]);
                if (!_ours.TryPeek(_keys[i], out _))
                    _ours.Set(_keys[i], _value, 0);
            }
        }

        private void Set(Guid key, object boxed)
        {
            _ours.Set(key, _value, 0);
            SetOther(boxed);
        }

        private void SetOther(object key)
        {
            using var entry = _other.CreateEntry(key);
            (entry.Value, entry.Size, entry.AbsoluteExpirationRelativeToNow) = (_value, 1, TimeSpan.FromMinutes(5));
        }
    }

    /// <summary>Microseconds a call, of each batch.</summary>
    private sealed class Samples
    {
        private readonly List<double> _microseconds = [];
        private long _allocated;
        private long _missed;

        public void Take(Func<int> batch, bool keep)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            var found = batch();
            var elapsed = Stopwatch.GetElapsedTime(start);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (!keep)
                return;
            _missed += Batch - found;
            _microseconds.Add(elapsed.TotalMicroseconds / Batch);
            _allocated += allocated;
        }

        public BenchRow Row(string name, BenchRow? baseline)
        {
            // Of MemoryCache a few are evicted between the check and the lookup.
            if (_missed * 100 > (long)_microseconds.Count * Batch)
                throw new InvalidOperationException($"{_missed} of {(long)_microseconds.Count * Batch} lookups of '{name}' found nothing: the machine was so slow or short of memory that entries ended. Run it again.");
            return BenchRow.Of("cache", name, _microseconds, Batch, baseline) with { AllocatedBytes = (double)_allocated / Batch / _microseconds.Count };
        }
    }
}
