using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Afterwit.Mcp;

/// <summary>What is done with the messages of a session, whatever transport they go by.</summary>
internal static class MessageFilters
{
    /// <summary>Parameters that are not of their method are the caller's to mend, not a fault of the server.</summary>
    public static McpMessageHandler ReadParameters(McpMessageHandler next) => async (context, cancellationToken) =>
    {
        try
        {
            await next(context, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException e) when (context.JsonRpcMessage is JsonRpcRequest request)
        {
            throw new McpProtocolException($"{TextRules.Excerpt(request.Method, 60)}: {TextRules.Excerpt(Mistake(e), 300)}", e, McpErrorCode.InvalidParams);
        }
    };

    /// <summary>In the words of a caller, who knows nothing of types.</summary>
    private static string Mistake(JsonException e) => e.Message.Split("including: ") is [_, var names] ? $"the parameters lack {names}" : $"{(e.Path is { Length: > 2 } path ? path[2..] : "a parameter")} is not of the right kind.";
}
