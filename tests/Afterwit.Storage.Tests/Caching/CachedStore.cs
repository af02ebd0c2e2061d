using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Opens stores behind a cache.</summary>
internal static class CachedStore
{
    public static async Task<CachingMemoryStore> OpenAsync(IDatabase database, CacheOptions? options = null, TimeProvider? time = null) =>
        new(await SqlMemoryStore.OpenAsync(database, new FakeClock()), database, options, time);

    public static CacheKindStatistics Of(this CachingMemoryStore store, string kind) => store.Statistics.Kinds.Single(k => k.Kind == kind);
}
