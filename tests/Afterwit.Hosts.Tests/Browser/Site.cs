using Afterwit.Dashboard;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Browser;

/// <summary>A memory in a file, and the server over it.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private AfterwitServer _server = null!;

    public AgentMemory Memory { get; private set; } = null!;

    public string Url => _server.Urls[0];

    public static async Task<Site> StartAsync(IEnumerable<Episode> episodes, ServerOptions? options = null)
    {
        var site = new Site();
        site.Memory = await AgentMemory.OpenAsync(site._folder["memory.db"]);
        await site.Memory.ImportAsync(episodes);
        options ??= new();
        options.Port = 0;
        options.Settings = [new("Storage:Cache:MaxBytes", "67108864", "default", "67108864", "1048576 to 1099511627776", "How much the cache may hold.", "AFTERWIT_STORAGE__CACHE__MAXBYTES", "--storage-cache-max-bytes"), new("Serve:Port", "0", "command line", "7700", "0 to 65535", "The port.", "AFTERWIT_SERVE__PORT", "--port")];
        site._server = new(site.Memory, options);
        await site._server.StartAsync();
        return site;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Memory.DisposeAsync();
        _folder.Dispose();
    }
}
