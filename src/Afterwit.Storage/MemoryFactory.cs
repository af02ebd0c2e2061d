using Afterwit.Storage;

namespace Afterwit;

/// <summary>Opens memories over the stores of this package.</summary>
public static class MemoryFactory
{
    extension(AgentMemory)
    {
        /// <summary>Opens the memory in a file, and creates it when it is not there; or the one on a libSQL server.</summary>
        /// <param name="database">A path, <c>:memory:</c>, or the URL of a server: <c>libsql://</c>, <c>wss://</c>, <c>ws://</c>, <c>https://</c>, <c>http://</c>.</param>
        /// <param name="options">Null means the defaults.</param>
        /// <param name="time">The clock that episodes are dated by. Null means the system's; connections always go by that.</param>
        /// <param name="cancellationToken">Stops opening.</param>
        /// <exception cref="DatabaseException">It cannot be opened; the message says why and what to do.</exception>
        public static async Task<AgentMemory> OpenAsync(string database, StorageOptions? options = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(database);
            options ??= new();
            options.Cache.Validate();
            options.Tuning.Validate();
            IDatabase engine = LibSqlDatabase.IsServer(database)
                ? await LibSqlDatabase.OpenAsync(database, options.Server, cancellationToken: cancellationToken).ConfigureAwait(false)
                : SqliteDatabase.Open(database, options.Sqlite);
            MemoryMetrics metrics;
            try
            {
                metrics = new(engine, WatchFolder.NameOf(database, options));
            }
            catch
            {
                await engine.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            try
            {
                var sql = await SqlMemoryStore.OpenAsync(new MeasuringDatabase(engine, metrics), time, options, cancellationToken).ConfigureAwait(false);
                metrics.AddCompression(sql.Payloads.Codec.Counts, () => sql.Payloads.FailedTrainings);
                IMemoryStore store = new MeasuringMemoryStore(sql, metrics);
                CachingMemoryStore? cache = null;
                if (options.Cache.Enabled)
                {
                    cache = new(store, sql.Database, options.Cache);
                    metrics.AddCache(() => [.. cache.Statistics.Kinds.Select(k => new CacheReport(k.Kind, k.Hits, k.Misses, k.Loads, k.Evictions + k.Expirations))]);
                    store = cache;
                }

                if (options.Tuning.Enabled)
                    metrics.Tuning = new(MemoryTuning.KnobsOf(engine, sql, cache, metrics, options), options.Tuning, TimeProvider.System);
                if (options.Metrics.Publish && database != SqliteDatabase.InMemory)
                    metrics.Publish();
                return new(store, time);
            }
            catch
            {
                metrics.Dispose();
                throw;
            }
        }
    }
}
