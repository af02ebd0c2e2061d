using Afterwit.Dashboard.Api;
using ModelContextProtocol.Server;

namespace Afterwit.Dashboard.Mcp;

/// <summary>An MCP session of a client: its transport and the server that works on it.</summary>
internal sealed class McpSession : IAsyncDisposable
{
    private readonly McpServer _server;
    private readonly Task _run;
    private readonly CancellationTokenSource _ending = new();
    private int _calls;

    public McpSession(string id, StreamableHttpServerTransport transport, McpServerOptions options, long now)
    {
        (Id, Transport, LastUsed) = (id, transport, now);
        _server = McpServer.Create(transport, options);
        _run = _server.RunAsync(_ending.Token);
    }

    /// <summary>What the client names it by.</summary>
    public string Id { get; }

    /// <summary>Where its requests go.</summary>
    public StreamableHttpServerTransport Transport { get; }

    /// <summary>The version of the protocol that was agreed on. Null before that.</summary>
    public string? Version => _server.NegotiatedProtocolVersion;

    /// <summary>When its last request ended, as a timestamp of the clock.</summary>
    public long LastUsed { get; private set; }

    /// <summary>True while no request is in it.</summary>
    public bool IsIdle => Volatile.Read(ref _calls) == 0;

    /// <summary>Takes no request from now on, unless one is in it.</summary>
    public bool TryClose() => Interlocked.CompareExchange(ref _calls, int.MinValue / 2, 0) == 0;

    /// <summary>Runs a request in it.</summary>
    /// <exception cref="RequestException">It was closed meanwhile.</exception>
    public async Task<T> UseAsync<T>(TimeProvider time, Func<StreamableHttpServerTransport, Task<T>> request)
    {
        if (Interlocked.Increment(ref _calls) <= 0)
            throw McpSessions.NoSuch();
        try
        {
            return await request(Transport);
        }
        finally
        {
            LastUsed = time.GetTimestamp();
            Interlocked.Decrement(ref _calls);
        }
    }

    /// <summary>Ends it, with what runs in it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Transport.DisposeAsync();
        try
        {
            await _run;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        await _server.DisposeAsync();
        _ending.Dispose();
    }
}
