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
            var cache = options?.Cache ?? new();
            cache.Validate();
            IDatabase opened = LibSqlDatabase.IsServer(database)
                ? await LibSqlDatabase.OpenAsync(database, options?.Server, cancellationToken: cancellationToken).ConfigureAwait(false)
                : SqliteDatabase.Open(database, options?.Sqlite);
            IMemoryStore store = await SqlMemoryStore.OpenAsync(opened, time, options, cancellationToken).ConfigureAwait(false);
            return new(cache.Enabled ? new CachingMemoryStore(store, opened, cache) : store, time);
        }
    }
}
