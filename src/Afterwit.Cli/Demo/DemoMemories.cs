using System.Globalization;
using Afterwit.Cli.Configuration;
using Afterwit.LibSql;
using Afterwit.Storage;

namespace Afterwit.Cli.Demo;

/// <summary>The memory of a seed, and the domain in which it learns.</summary>
internal sealed record DemoMemory(AgentMemory Memory, string Domain);

/// <summary>
/// A memory for each seed, of which nothing stays: a temporary file each; on a server a tenant each where the admin API is set, else a domain each in the memory
/// that is there. Patterns and similar runs are looked up within a domain, so seeds do not learn from each other, nor from what was there.
/// </summary>
/// <param name="keep">The file in which that of the first seed stays. Null: nowhere.</param>
/// <param name="server">The settings of the server to be on. Null: files.</param>
internal sealed class DemoMemories(string? keep, Settings? server) : IAsyncDisposable
{
    private readonly string _mark = $"afterwit-demo-{Guid.NewGuid().ToString("N")[..8]}";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("afterwit-demo-");
    private readonly LibSqlAdmin? _admin = server?.Sources[Setting.AdminUrl].Value.Length > 0 ? server.OpenAdmin() : null;
    private readonly List<DemoMemory> _opened = [];
    private readonly List<string> _tenants = [];

    /// <summary>In the order of the seeds.</summary>
    public IReadOnlyList<DemoMemory> All => _opened;

    /// <summary>Opens the one of the next seed.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var seed = (_opened.Count + 1).ToString(CultureInfo.InvariantCulture);
        var clock = new StepClock(CommandContext.Time.GetUtcNow());
        if (server is null)
        {
            var file = keep is not null && _opened.Count == 0 ? keep : Path.Combine(_folder.FullName, $"{seed}.db");
            _opened.Add(new(await AgentMemory.OpenAsync(file, time: clock, cancellationToken: cancellationToken), ScriptedAgent.Domain));
            return;
        }

        var options = server.Storage;
        if (_admin is not null)
        {
            await _admin.CreateNamespaceAsync($"{_mark}-{seed}", cancellationToken);
            _tenants.Add($"{_mark}-{seed}");
            options = server.StorageOf(_tenants[^1]);
        }

        _opened.Add(new(await AgentMemory.OpenAsync(server.Database, options, clock, cancellationToken), _admin is null ? $"{_mark}-{seed}" : ScriptedAgent.Domain));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (memory, domain) in _opened)
        {
            await using (memory)
            {
                while (server is not null && _admin is null && await memory.Store.ListEpisodesAsync(new() { Domain = domain }, CancellationToken.None) is { Count: > 0 } left)
                {
                    foreach (var episode in left)
                        await memory.ForgetAsync(episode.Id);
                }
            }
        }

        foreach (var tenant in _tenants)
            await _admin!.DropNamespaceAsync(tenant);
        _admin?.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Starts at the present and goes on by a millisecond with every look: no two episodes begin at once, so that a run can be repeated exactly.</summary>
    private sealed class StepClock(DateTimeOffset start) : TimeProvider
    {
        private long _looks;

        public override DateTimeOffset GetUtcNow() => start.AddMilliseconds(Interlocked.Increment(ref _looks));
    }
}
