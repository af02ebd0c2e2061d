using System.Globalization;

namespace Afterwit.Tests.Shared;

/// <summary>One server for all tests of an assembly that only need a database nobody else has: each gets a namespace of it. It starts with the first of them.</summary>
internal static class SharedSqld
{
    private static readonly Lazy<Task<SqldServer>> Server = new(StartAsync);
    private static int _databases;

    /// <summary>A new, empty database; delete it by disposing it.</summary>
    public static async Task<SqldDatabase> NewDatabaseAsync()
    {
        var server = await Server.Value;
        var name = "t" + Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture);
        await server.CreateNamespaceAsync(name);
        return new(server, name);
    }

    private static async Task<SqldServer> StartAsync()
    {
        var server = await SqldServer.StartAsync(new() { Namespaces = true, Arguments = ["--max-active-namespaces", "1000", "--max-concurrent-connections", "1000"] });
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().Wait();
        return server;
    }
}
