using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace Afterwit.Mcp.Tools;

/// <summary>The answers of tools, as the protocol wants them.</summary>
internal static class ToolResults
{
    /// <summary>An answer as structured content, and the same as text for clients that know no other.</summary>
    public static CallToolResult Of(JsonElement answer) => new() { Content = [new TextContentBlock { Text = McpJson.TextOf(answer) }], StructuredContent = answer };

    /// <summary>What went wrong, in one line.</summary>
    public static CallToolResult Error(string message) => new() { IsError = true, Content = [new TextContentBlock { Text = TextRules.Excerpt(message, 1000) }] };
}
