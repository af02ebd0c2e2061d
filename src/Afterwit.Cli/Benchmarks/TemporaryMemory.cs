using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>A memory in a file of its own, deleted with its folder at the end.</summary>
internal sealed class TemporaryMemory(SqliteOptions options) : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("afterwit-");
    private AgentMemory? _memory;

    public string Path => System.IO.Path.Combine(_folder.FullName, "memory.db");

    public DatabaseStatistics Statistics => MemoryParts.DatabaseOf(_memory!).Statistics;

    public async Task<AgentMemory> OpenAsync(CancellationToken cancellationToken) => _memory ??= await AgentMemory.OpenAsync(Path, options, CommandContext.Time, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_memory is not null)
            await _memory.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
