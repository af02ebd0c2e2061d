namespace Afterwit.Storage;

/// <content>The items that were used most are there again after a restart.</content>
public sealed partial class CachingMemoryStore
{
    private const int Hottest = 256;
    private const int LeastHits = 100;
    private long _warmed;

    private async Task StartAsync()
    {
        var noting = _options.WarmStart ? HotItems.ReadAsync(_database, CancellationToken.None) : Task.FromResult(HotItems.None);
        await CheckAsync().ConfigureAwait(false); // before anything is kept that a later look should find unchanged
        var hot = await noting.ConfigureAwait(false);
        if (hot.Episodes.Count == 0 && hot.Patterns.Count == 0)
            return;
        var (episodes, patterns) = (GetEpisodesAsync(hot.Episodes, CancellationToken.None), GetPatternsAsync(hot.Patterns, CancellationToken.None));
        Interlocked.Add(ref _warmed, (await episodes.ConfigureAwait(false)).Count(e => e is not null) + (await patterns.ConfigureAwait(false)).Count(p => p is not null));
    }

    /// <summary>Leaves a note of the hottest items, if the cache was worth it: a process that read a few times neither knows nor needs them.</summary>
    private async Task RememberAsync()
    {
        if (!_options.WarmStart || Statistics.Hits < LeastHits)
            return;
        var keys = _cache.Hottest(16 * Hottest).Where(k => k.Kind is CacheKind.Episode or CacheKind.Pattern).Take(Hottest).ToList();
        await HotItems.WriteAsync(_database, [.. keys.Select(k => (k.Kind, k.Id))], CancellationToken.None).ConfigureAwait(false);
    }
}
