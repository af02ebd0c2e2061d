using Afterwit.Cli.Configuration;
using Afterwit.LibSql;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// Where the suites work: files of their own in a temporary folder, a tenant of its own on a server whose admin API is known, an empty server, which is empty again at the end;
/// or, where that was asked for, the database itself.
/// </summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    /// <summary>What the suites write into a database that others use is of this project alone, and forgotten at the end.</summary>
    public const string Project = "afterwit-bench";

    private readonly Settings _settings;
    private readonly string _database;
    private readonly string? _tenant;
    private readonly TimeSpan _roundTrip;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("afterwit-");
    private DelayProxy? _proxy;
    private int _files;

    private BenchDatabase(Settings settings, bool inPlace, string? tenant, TimeSpan roundTrip)
    {
        (_settings, InPlace, _tenant, _roundTrip) = (settings, inPlace, tenant, roundTrip);
        _database = settings.Database;
    }

    /// <summary>Whether it is a server.</summary>
    public bool IsServer => LibSqlDatabase.IsServer(_database);

    /// <summary>Whether the suites work in the database itself.</summary>
    public bool InPlace { get; }

    /// <summary>The distance of the cases at a distance; zero when there are none.</summary>
    public TimeSpan RoundTrip => IsServer && _database.StartsWith("libsql", StringComparison.Ordinal) is false && new Uri(_database).Scheme is "ws" or "http" ? _roundTrip : TimeSpan.Zero;

    /// <summary>Takes the place, and refuses a database that holds something unless it was asked for.</summary>
    public static async Task<BenchDatabase> OpenAsync(Settings settings, bool inPlace, TimeSpan roundTrip, CancellationToken cancellationToken)
    {
        string? tenant = null;
        if (LibSqlDatabase.IsServer(settings.Database) && !inPlace && settings.Sources[Setting.AdminUrl].Value.Length > 0)
        {
            tenant = $"bench-{Guid.NewGuid():N}";
            using var admin = settings.OpenAdmin();
            await admin.CreateNamespaceAsync(tenant, cancellationToken);
        }

        var database = new BenchDatabase(settings, inPlace, tenant, roundTrip);
        if (database.IsServer && !inPlace && tenant is null)
        {
            await using var client = database.OpenClient();
            if ((await TablesAsync(client, cancellationToken)).Count > 0)
                throw new ArgumentException($"{settings.Database} holds tables already, and a benchmark needs a database of its own: name an empty one, give {Setting.AdminUrl} for a tenant of its own, or add --in-place to measure in this one.");
        }

        return database;
    }

    /// <summary>How the engines are opened here.</summary>
    public StorageOptions Options() => _tenant is null ? _settings.StorageOf(_settings.Storage.Server.Namespace) : _settings.StorageOf(_tenant);

    /// <summary>The address of a new, empty database; of the database itself when the suites work in place.</summary>
    public async Task<string> FreshAsync(CancellationToken cancellationToken)
    {
        if (InPlace)
            return _database;
        if (!IsServer)
            return Path.Combine(_folder.FullName, $"{++_files}.db");
        await WipeAsync(cancellationToken);
        return _database;
    }

    /// <summary>The same server at a distance.</summary>
    /// <param name="address">From <see cref="FreshAsync"/>.</param>
    public (string Address, Func<long> RoundTrips) Far(string address)
    {
        _proxy ??= new(new UriBuilder(new Uri(address)) { Scheme = "ws" }.Uri, RoundTrip);
        return (_proxy.Uri.ToString(), () => _proxy.RoundTrips);
    }

    /// <summary>Opens a memory here as everybody does.</summary>
    public Task<AgentMemory> OpenMemoryAsync(string address, CancellationToken cancellationToken) => AgentMemory.OpenAsync(address, Options(), CommandContext.Time, cancellationToken);

    /// <summary>The same without a cache: every read goes to the database.</summary>
    public async Task<AgentMemory> OpenUncachedAsync(string address, CancellationToken cancellationToken)
    {
        var options = Options();
        options.Cache.Enabled = false;
        return await AgentMemory.OpenAsync(address, options, CommandContext.Time, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _proxy?.Dispose();
        _folder.Delete(recursive: true);
        if (!IsServer || InPlace)
            return;
        if (_tenant is null)
        {
            await WipeAsync(CancellationToken.None);
            return;
        }

        using var admin = _settings.OpenAdmin();
        await admin.DropNamespaceAsync(_tenant, CancellationToken.None);
    }

    private static async Task<IReadOnlyList<string>> TablesAsync(LibSqlClient client, CancellationToken cancellationToken)
    {
        var found = await client.ExecuteAsync("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '%wasm\\_func\\_table' ESCAPE '\\' ORDER BY rowid DESC", cancellationToken);
        var virtuals = found.Where(row => row[1].AsString().StartsWith("CREATE VIRTUAL", StringComparison.Ordinal)).Select(row => row[0].AsString() + "_").ToList();
        return [.. found.Select(row => row[0].AsString()).Where(name => !virtuals.Exists(v => name.StartsWith(v, StringComparison.Ordinal)))];
    }

    private LibSqlClient OpenClient() => new(_database, Options().Server);

    private async Task WipeAsync(CancellationToken cancellationToken)
    {
        await using var client = OpenClient();
        foreach (var table in await TablesAsync(client, cancellationToken))
            await client.ExecuteScriptAsync($"DROP TABLE \"{table}\"", cancellationToken);
    }
}
