using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

namespace Afterwit.Dashboard.Mcp;

/// <summary>What the headers of a request say of its message. Since 2026-07-28 they repeat what it says, for those on the way that read no bodies: who trusts them must not be deceived.</summary>
internal static class RequestHeaders
{
    /// <summary>The header that names the version of the protocol.</summary>
    public const string Version = "MCP-Protocol-Version";

    /// <summary>The protocol without sessions.</summary>
    public const string Newest = "2026-07-28";

    /// <summary>Where headers and message differ. Null when they do not.</summary>
    public static string? Contradiction(IHeaderDictionary headers, JsonRpcMessage message)
    {
        var (method, parameters) = message switch
        {
            JsonRpcRequest request => (request.Method, request.Params),
            JsonRpcNotification notification => (notification.Method, notification.Params),
            _ => (null, null),
        };
        if (Text(parameters, "_meta", MetaKeys.ProtocolVersion) is { } stated && Differs(Version, headers[Version], stated) is { } version)
            return version;
        if (headers[Version] != Newest || method is null)
            return null;
        var name = method switch
        {
            RequestMethods.ToolsCall or RequestMethods.PromptsGet => Text(parameters, "name"),
            RequestMethods.ResourcesRead => Text(parameters, "uri"),
            _ => null,
        };
        return Differs("Mcp-Method", headers["Mcp-Method"], method) ?? (name is null ? null : Differs("Mcp-Name", McpHeaderEncoder.DecodeValue(headers["Mcp-Name"]), name));
    }

    private static string? Differs(string header, string? given, string said) =>
        given == said ? null : $"The header {header} is {(given is null ? "missing" : $"'{TextRules.Excerpt(given, 60)}'")}, and the message says '{TextRules.Excerpt(said, 60)}'.";

    private static string? Text(JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            node = (node as JsonObject)?[name];
        return node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
    }
}
