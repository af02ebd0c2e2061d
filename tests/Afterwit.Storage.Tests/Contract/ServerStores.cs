using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Contract;

/// <summary>The store on a real libSQL server.</summary>
public abstract class ServerStoreContract : MemoryStoreContract
{
    private readonly List<IAsyncDisposable> _opened = [];

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var opened in Enumerable.Reverse(_opened))
            await opened.DisposeAsync();
    }

    /// <summary>Keeps what has to be closed after the store.</summary>
    private protected T Keep<T>(T opened) where T : IAsyncDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    private protected static async Task<IMemoryStore> OpenAsync(string url, string? name = null, params string[] replicas)
    {
        var options = new Afterwit.LibSql.LibSqlOptions { Namespace = name };
        foreach (var replica in replicas)
            options.Replicas.Add(replica);
        return await SqlMemoryStore.OpenAsync(await LibSqlDatabase.OpenAsync(url, options), new FakeClock());
    }
}

/// <summary>Over a WebSocket.</summary>
public sealed class ServerStoreTests : ServerStoreContract
{
    protected override async Task<IMemoryStore> OpenAsync()
    {
        var database = Keep(await SharedSqld.NewDatabaseAsync());
        return await OpenAsync(database.WsUrl, database.Namespace);
    }
}

/// <summary>Over a WebSocket, behind a cache.</summary>
public sealed class CachedServerStoreTests : ServerStoreContract
{
    protected override async Task<IMemoryStore> OpenAsync()
    {
        var database = Keep(await SharedSqld.NewDatabaseAsync());
        return await CachedStore.OpenAsync(await LibSqlDatabase.OpenAsync(database.WsUrl, new() { Namespace = database.Namespace }));
    }
}

/// <summary>Behind a network with a round trip of 20 ms.</summary>
public sealed class DistantServerStoreTests : ServerStoreContract
{
    protected override async Task<IMemoryStore> OpenAsync()
    {
        var database = Keep(await SharedSqld.NewDatabaseAsync());
        return await OpenAsync(Keep(new FaultProxy(database.Server, TimeSpan.FromMilliseconds(20))).WsUrl, database.Namespace);
    }
}

/// <summary>A primary and a replica: what was written is read at once, wherever it is read.</summary>
public sealed class ReplicatedStoreTests : ServerStoreContract
{
    protected override async Task<IMemoryStore> OpenAsync()
    {
        var cluster = Keep(await SqldCluster.StartAsync());
        return await OpenAsync(cluster.Primary.WsUrl, null, cluster.Replicas[0].WsUrl);
    }
}
