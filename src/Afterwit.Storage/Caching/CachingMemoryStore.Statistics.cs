namespace Afterwit.Storage;

/// <content>What is counted.</content>
public sealed partial class CachingMemoryStore
{
    private readonly long[] _stale = new long[QueryKey.Kinds];
    private readonly long[] _absent = new long[QueryKey.Kinds];
    private readonly long[] _refreshes = new long[QueryKey.Kinds];
    private long _timedLoads;
    private long _loadTicks;

    /// <summary>What the cache holds, and what it did since the store was opened.</summary>
    public CacheStatistics Statistics => new(
        _cache.Count, _cache.Bytes, [.. Enum.GetValues<CacheKind>().Where(kind => kind != CacheKind.Place).Select(Of)],
        Interlocked.Read(ref _checks), Interlocked.Read(ref _failedChecks), Interlocked.Read(ref _foreignChanges), Interlocked.Read(ref _warmed), _background.Failed);

    /// <summary>The most bytes that it may take now.</summary>
    internal long MaxBytes { get => _cache.MaxBytes; set => _cache.MaxBytes = value; }

    /// <summary>The bytes that it takes.</summary>
    internal long Bytes => _cache.Bytes;

    /// <summary>What its size is judged by.</summary>
    internal CacheActivity Activity
    {
        get
        {
            var (all, stale) = (_cache.Counters.Total(), Enumerable.Range(0, _stale.Length).Sum(i => Interlocked.Read(ref _stale[i])));
            return new(all.Hits + all.Misses, all.Misses + stale, _cache.ColdHits, Interlocked.Read(ref _timedLoads), Interlocked.Read(ref _loadTicks) * 1e9 / _time.TimestampFrequency);
        }
    }

    /// <summary>Takes out what ended.</summary>
    internal void Maintain() => _cache.Maintain();

    /// <summary>Tells hits on what half the cache would hold from the others until it is called again. Looks at every entry.</summary>
    internal void FindCold() => _cache.FindCold();

    private CacheKindStatistics Of(CacheKind kind)
    {
        var (counts, stale) = (_cache.Counters.Of((int)kind), Interlocked.Read(ref _stale[(int)kind]));
        // What was found and not given is a miss.
        return new(
            kind.ToString().ToLowerInvariant(), Math.Max(0, counts.Hits - stale), counts.Misses + stale, stale, Interlocked.Read(ref _absent[(int)kind]), counts.Loads,
            Interlocked.Read(ref _refreshes[(int)kind]), counts.EvictedBySize + counts.Refused, counts.EvictedByTime);
    }

    private void CountLoads(int loads, long start)
    {
        Interlocked.Add(ref _timedLoads, loads);
        Interlocked.Add(ref _loadTicks, _time.GetTimestamp() - start);
    }

    private void CountStale(CacheKind kind) => Interlocked.Increment(ref _stale[(int)kind]);
}
