namespace Afterwit.Tests.Shared;

/// <summary>A primary and replicas that follow it.</summary>
internal sealed class SqldCluster : IAsyncDisposable
{
    private readonly List<SqldServer> _replicas = [];

    private SqldCluster(SqldServer primary) => Primary = primary;

    public SqldServer Primary { get; }

    public IReadOnlyList<SqldServer> Replicas => _replicas;

    public static async Task<SqldCluster> StartAsync(int replicas = 1, SqldOptions? options = null)
    {
        options ??= new();
        var cluster = new SqldCluster(await SqldServer.StartAsync(options with { Primary = true }));
        try
        {
            for (var i = 0; i < replicas; i++)
                cluster._replicas.Add(await SqldServer.StartAsync(options with { PrimaryGrpcUrl = cluster.Primary.GrpcUrl }));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        await Primary.DisposeAsync();
    }
}
