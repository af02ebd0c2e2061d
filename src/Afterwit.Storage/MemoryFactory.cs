using Afterwit.Storage;

namespace Afterwit;

/// <summary>Opens memories over the stores of this package.</summary>
public static class MemoryFactory
{
    extension(AgentMemory)
    {
        /// <summary>Opens the memory in a file, and creates it when it is not there; <c>:memory:</c> keeps it in memory alone.</summary>
        /// <param name="path">A path, or <c>:memory:</c>.</param>
        /// <param name="options">Null means the defaults.</param>
        /// <param name="time">The clock. Null means the system's.</param>
        /// <param name="cancellationToken">Stops opening.</param>
        /// <exception cref="DatabaseException">It cannot be opened; the message says why and what to do.</exception>
        public static async Task<AgentMemory> OpenAsync(string path, SqliteOptions? options = null, TimeProvider? time = null, CancellationToken cancellationToken = default) =>
            new(await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(path, options), time, cancellationToken).ConfigureAwait(false), time);
    }
}
