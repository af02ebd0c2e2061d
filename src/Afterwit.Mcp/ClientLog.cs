using System.Globalization;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Afterwit.Mcp;

/// <summary>What a client that set a level is told of its calls: names and times, never what was passed.</summary>
internal static class ClientLog
{
    // The newest protocol gives the session's level up: each request names its own.
#pragma warning disable MCP9005
    /// <summary>Lets a client set the level. The session keeps it.</summary>
    public static void AddTo(McpServerOptions options)
    {
        options.Capabilities!.Logging = new();
        options.Handlers.SetLoggingLevelHandler = static (_, _) => new(new EmptyResult());
    }

    /// <summary>Tells of a call, before it is answered: one that failed as a warning, any other for those who debug.</summary>
    public static async Task CalledAsync(RequestContext<CallToolRequestParams> call, bool failed, TimeSpan time, CancellationToken cancellationToken)
    {
        var level = failed ? LoggingLevel.Warning : LoggingLevel.Debug;
        if ((call.JsonRpcRequest.Context?.LogLevel ?? call.Server.LoggingLevel) is not { } least || level < least)
            return;
        var line = string.Create(CultureInfo.InvariantCulture, $"{call.Params.Name} {(failed ? "failed" : "done")} after {time.TotalMilliseconds:0.0} ms");
        await call.Server.SendNotificationAsync(
            NotificationMethods.LoggingMessageNotification,
            new LoggingMessageNotificationParams { Level = level, Logger = "afterwit", Data = McpJson.ElementOf(line, McpJson.Default.String) }, cancellationToken: cancellationToken).ConfigureAwait(false);
    }
#pragma warning restore MCP9005
}
