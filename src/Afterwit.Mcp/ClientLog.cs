using Microsoft.Extensions.Logging;
using ModelContextProtocol.Server;

namespace Afterwit.Mcp;

/// <summary>What a client that set a level is told of its calls: names and times, never what was passed.</summary>
internal static partial class ClientLog
{
    // The newest protocol gives logging up; clients of the others still ask for it.
#pragma warning disable MCP9005
    /// <summary>Lets a client set the level. The session keeps it.</summary>
    public static void AddTo(McpServerOptions options)
    {
        options.Capabilities!.Logging = new();
        options.Handlers.SetLoggingLevelHandler = static (_, _) => new(new ModelContextProtocol.Protocol.EmptyResult());
    }

    /// <summary>Tells of a call: one that failed as a warning, any other for those who debug.</summary>
    public static void Called(McpServer server, string tool, bool failed, TimeSpan time)
    {
        if (server.LoggingLevel is null)
            return;
        var level = failed ? LogLevel.Warning : LogLevel.Debug;
        using var provider = server.AsClientLoggerProvider();
        var log = provider.CreateLogger("afterwit");
        if (log.IsEnabled(level))
            Called(log, level, tool, failed ? "failed" : "done", time.TotalMilliseconds);
    }
#pragma warning restore MCP9005

    [LoggerMessage(EventId = 1, Message = "{Tool} {Outcome} after {Milliseconds:0.0} ms")]
    private static partial void Called(ILogger logger, LogLevel level, string tool, string outcome, double milliseconds);
}
