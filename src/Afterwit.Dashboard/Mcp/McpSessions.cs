using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Afterwit.Dashboard.Api;
using Afterwit.Mcp;
using ModelContextProtocol.Server;

namespace Afterwit.Dashboard.Mcp;

/// <summary>The MCP sessions that are open: no more than so many, and none that was idle for long.</summary>
internal sealed class McpSessions : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, McpSession> _open = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _opening = new(1);
    private readonly MemoryMcp _mcp;
    private readonly ServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    public McpSessions(MemoryMcp mcp, ServerOptions options, TimeProvider time)
    {
        (_mcp, _options, _time) = (mcp, options, time);
        var period = options.McpIdleTimeout / 4;
        _timer = time.CreateTimer(static sessions => _ = ((McpSessions)sessions!).EvictAsync(), this, period, period);
    }

    /// <summary>How many are open.</summary>
    public int Count => _open.Count;

    /// <summary>The session of that name. Null when there is none, or none any more.</summary>
    public McpSession? Find(string id) => _open.GetValueOrDefault(id);

    /// <summary>Opens one; when there are too many, the one that was idle for longest ends.</summary>
    /// <exception cref="RequestException">There are too many, and all are in use.</exception>
    public async Task<McpSession> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            while (_open.Count >= _options.MaxMcpSessions)
            {
                var oldest = _open.Values.Where(s => s.IsIdle).MinBy(s => s.LastUsed)
                    ?? throw new RequestException(503, $"All {_options.MaxMcpSessions} MCP sessions are in use: end one, or try again later.");
                if (oldest.TryClose())
                    await EndAsync(oldest.Id);
            }

            var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
            return _open[id] = new(id, new StreamableHttpServerTransport { SessionId = id }, _mcp.CreateOptions(), _time.GetTimestamp());
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>A session for one request alone, which no other can name.</summary>
    public McpSession OpenForOne() => new("", new StreamableHttpServerTransport { Stateless = true }, Stateless(_mcp.CreateOptions()), _time.GetTimestamp());

    /// <summary>Ends a session.</summary>
    /// <returns>False when there was none of that name.</returns>
    public async Task<bool> EndAsync(string id)
    {
        if (!_open.TryRemove(id, out var session))
            return false;
        await session.DisposeAsync();
        return true;
    }

    /// <summary>Ends all.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        foreach (var id in _open.Keys)
            await EndAsync(id);
        _opening.Dispose();
    }

    /// <summary>What a client is told that names a session which is not open.</summary>
    public static RequestException NoSuch() => new(404, "There is no such MCP session, or it ended: send initialize to open one.");

    private static McpServerOptions Stateless(McpServerOptions options)
    {
        options.ScopeRequests = true;
        return options;
    }

    private async Task EvictAsync()
    {
        foreach (var session in _open.Values.Where(s => s.IsIdle && _time.GetElapsedTime(s.LastUsed) >= _options.McpIdleTimeout))
        {
            if (session.TryClose())
                await EndAsync(session.Id);
        }
    }
}
