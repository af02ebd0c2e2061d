namespace Afterwit.Storage;

/// <content>The items that were used most are there again after a restart.</content>
public sealed partial class CachingMemoryStore
{
    private const int Hottest = 256;
    private const int LeastHits = 100;

    /// <summary>All hot items come in one answer, and a server sends no more than 10 MB in one.</summary>
    private const int MostHotBytes = 4 << 20;

    private long _warmed;

    /// <summary>The first look brings the hot items along: one round trip.</summary>
    private async Task StartAsync()
    {
        if (!_options.WarmStart || IStoreDecorator.Find<SqlMemoryStore>(Inner) is not { } store)
        {
            await CheckAsync().ConfigureAwait(false);
            return;
        }

        var (hot, before) = (new HotItems(store.Payloads), _generations.Copy());
        if (!await LookAtDatabaseAsync(hot.Queries).ConfigureAwait(false))
            return;
        foreach (var episode in await hot.EpisodesAsync(CancellationToken.None).ConfigureAwait(false))
            KeepHot<Episode?>(QueryKey.Of(CacheKind.Episode, episode.Id), On(Aspect.Episode, episode.Id), episode, null);
        foreach (var pattern in hot.Patterns)
            KeepHot(QueryKey.Of(pattern.Id), Generations.On(Aspect.Learned), pattern, OnPattern);

        void KeepHot<T>(QueryKey key, Dependencies on, T item, Func<T, Dependencies>? narrow)
        {
            // The first look of all moved everything, once: moved more often, it is from before a write.
            _cache.Counters.Load((int)key.Kind);
            Keep(key, on, before.Sum(on) + 1, Task.FromResult(item), narrow);
            Interlocked.Increment(ref _warmed);
        }
    }

    /// <summary>Leaves a note of the hottest items, if the cache was worth it: a process that read a few times neither knows nor needs them.</summary>
    private async Task RememberAsync()
    {
        if (!_options.WarmStart || Statistics.Hits < LeastHits)
            return;
        var (items, bytes) = (new List<QueryKey>(), 0L);
        foreach (var key in _cache.Hottest(16 * Hottest).Where(k => k.Kind is CacheKind.Episode or CacheKind.Pattern))
        {
            if (!_cache.TryPeek(key, out var kept))
                continue;
            var size = kept.Task is Task<Episode?> episode ? CachedSize.Of(episode.Result) : CachedSize.Of(((Task<Pattern?>)kept.Task).Result);
            if (bytes + size > MostHotBytes)
                continue;
            bytes += size;
            items.Add(key);
            if (items.Count == Hottest)
                break;
        }

        await HotItems.WriteAsync(_database, items, CancellationToken.None).ConfigureAwait(false);
    }
}
