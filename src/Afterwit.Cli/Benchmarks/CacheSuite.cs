using System.Diagnostics;
using Afterwit.Storage;
using Microsoft.Extensions.Caching.Memory;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// A hit of the cache, next to one of Microsoft.Extensions.Caching.Memory: with room to spare, while entries have to go, and on many threads. Either cache does part of its work elsewhere
/// than in the hit (MemoryCache evicts on a thread of its own, ours catches up with its hits in the next insert), so all of it is measured, too, by the CPU time of the process.
/// </summary>
internal static class CacheSuite
{
    private const int Entries = 10_000;
    private const int Batch = 1_000;
    private const int Turns = 15;

    /// <summary>The runtime compiles what is called often in the background, twice, and waits for a quiet moment first: what is measured before it is done is the runtime's slow first code. So much CPU time is enough.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var keys = Enumerable.Range(0, Entries).Select(_ => Guid.NewGuid()).ToArray();
        var batches = options.Rounds * 1_000;
        using var roomy = new Pair(keys, spare: null);
        List<BenchRow> rows = [.. roomy.Compare("hit", batches, fresh: 0)];
        foreach (var (name, fresh) in new[] { ("1 new entry to 1,000 hits", 1), ("1 new entry to 10 hits", Batch / 10) })
        {
            using var full = new Pair(keys, spare: Entries / 10);
            rows.AddRange(full.Compare($"hit while evicting, {name}", batches, fresh));
            rows.AddRange(full.CompareAllWork($"{name}: CPU time of all threads for a lookup with its inserts (trips: loaded again)", batches, fresh));
        }

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
            {
                _ours.Set(keys[i], _value, 0);
                SetOther(_boxed[i]);
            }
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

        /// <summary>In turn, so that a slow moment of the machine meets both. What was evicted is set again before it is looked up: all lookups are hits.</summary>
        public IEnumerable<BenchRow> Compare(string name, int batches, int fresh)
        {
            var (first, second) = (new Samples(), new Samples());
            var start = Environment.CpuUsage.TotalTime;
            for (var (i, isWarm) = (0, false); first.Count < batches; i++)
            {
                isWarm = isWarm || Environment.CpuUsage.TotalTime - start >= WarmUp;
                var from = i % (Entries / Batch) * Batch;
                InsertOther(from, fresh);
                InsertOurs(from, fresh);
                first.Take(() => Other(from), keep: isWarm);
                second.Take(() => Ours(from), keep: isWarm);
            }

            var baseline = first.Row($"{name}: MemoryCache, its keys boxed beforehand (of batches of 1,000)", null);
            return [baseline, second.Row($"{name}: ours (of batches of 1,000)", baseline)];
        }

        /// <summary>The same, each cache for a while by itself: what the whole process took for it.</summary>
        public IEnumerable<BenchRow> CompareAllWork(string name, int batches, int fresh)
        {
            var (first, second) = (new List<double>(), new List<double>());
            var (ofFirst, ofSecond, each) = (0, 0, Math.Max(1, batches / Turns));
            for (var turn = 0; turn < Turns; turn++)
            {
                first.Add(Cpu(each, from => ofFirst += InsertOther(from, fresh), Other));
                second.Add(Cpu(each, from => ofSecond += InsertOurs(from, fresh), Ours));
            }

            var baseline = Row("MemoryCache", first, ofFirst, null);
            return [baseline, Row("ours", second, ofSecond, baseline)];

            BenchRow Row(string cache, List<double> turns, int again, BenchRow? baseline)
            {
                turns.Sort();
                var lookups = Turns * each * Batch;
                return new("cache", $"{name}: {cache}", lookups, turns[Turns / 2], 0, 0, 1e6 / turns.Average(), (double)again / lookups, 0, baseline is null ? null : turns[Turns / 2] / baseline.P50Us);
            }
        }

        private static double Cpu(int batches, Action<int> insert, Func<int, int> batch)
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < batches; i++)
            {
                var from = i % (Entries / Batch) * Batch;
                insert(from);
                batch(from);
            }

            return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / batches / Batch;
        }

        /// <summary>New entries, and those of the batch that were evicted. How many those were.</summary>
        private int InsertOther(int from, int fresh)
        {
            for (var i = 0; i < fresh; i++)
                SetOther(Guid.NewGuid());
            var again = 0;
            for (var i = from; i < from + Batch && _isBounded; i++)
            {
                if (_other.TryGetValue(_boxed[i], out _))
                    continue;
                SetOther(_boxed[i]);
                again++;
            }

            return again;
        }

        /// <inheritdoc cref="InsertOther"/>
        private int InsertOurs(int from, int fresh)
        {
            for (var i = 0; i < fresh; i++)
                _ours.Set(Guid.NewGuid(), _value, 0);
            var again = 0;
            for (var i = from; i < from + Batch && _isBounded; i++)
            {
                if (_ours.TryPeek(_keys[i], out _))
                    continue;
                _ours.Set(_keys[i], _value, 0);
                again++;
            }

            return again;
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

        public int Count => _microseconds.Count;

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
