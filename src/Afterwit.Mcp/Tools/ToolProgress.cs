using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Afterwit.Mcp.Tools;

/// <summary>Tells the client how far a call is, when it asked to be told.</summary>
internal sealed class ToolProgress(McpServer server, ProgressToken token)
{
    /// <summary>So much of a whole is done. Each time more than before.</summary>
    public Task ReportAsync(double done, double total, string message, CancellationToken cancellationToken) =>
        server.NotifyProgressAsync(token, new() { Progress = (float)done, Total = (float)total, Message = message }, cancellationToken: cancellationToken);
}
