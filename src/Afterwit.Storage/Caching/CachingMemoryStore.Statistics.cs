namespace Afterwit.Storage;

/// <content>What is counted.</content>
public sealed partial class CachingMemoryStore
{
    private readonly long[] _stale = new long[QueryKey.Kinds];
    private readonly long[] _absent = new long[QueryKey.Kinds];
    private readonly long[] _refreshes = new long[QueryKey.Kinds];

    /// <summary>What the cache holds, and what it did since the store was opened.</summary>
    public CacheStatistics Statistics => new(
        _cache.Count, _cache.Bytes, [.. Enum.GetValues<CacheKind>().Where(kind => kind != CacheKind.Place).Select(Of)],
        Interlocked.Read(ref _checks), Interlocked.Read(ref _failedChecks), Interlocked.Read(ref _foreignChanges), Interlocked.Read(ref _warmed), _background.Failed);

    private CacheKindStatistics Of(CacheKind kind)
    {
        var (counts, stale) = (_cache.Counters.Of((int)kind), Interlocked.Read(ref _stale[(int)kind]));
        // What was found and not given is a miss.
        return new(
            kind.ToString().ToLowerInvariant(), Math.Max(0, counts.Hits - stale), counts.Misses + stale, stale, Interlocked.Read(ref _absent[(int)kind]), counts.Loads,
            Interlocked.Read(ref _refreshes[(int)kind]), counts.EvictedBySize + counts.Refused, counts.EvictedByTime);
    }

    private void CountStale(CacheKind kind) => Interlocked.Increment(ref _stale[(int)kind]);
}
