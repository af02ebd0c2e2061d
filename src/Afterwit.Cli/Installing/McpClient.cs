using System.Text.Json.Nodes;

namespace Afterwit.Cli.Installing;

/// <summary>A program that speaks MCP: where it keeps the servers it starts, and how it writes one.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="UserFile">The file of the user.</param>
/// <param name="ProjectFile">The file of a project, below its folder. Null when it has none.</param>
/// <param name="Section">The name of the object, or of the table, that holds the servers.</param>
/// <param name="NamesType">Whether an entry says that it is started as a process.</param>
internal sealed record McpClient(string Name, string UserFile, string? ProjectFile, string Section, bool NamesType)
{
    /// <summary>The name of the entry.</summary>
    public const string Server = "afterwit";

    /// <summary>Every client that is known.</summary>
    public static IReadOnlyList<McpClient> All { get; } =
    [
        new("claude-code", InHome(".claude.json"), ".mcp.json", "mcpServers", NamesType: true),
        new("claude-desktop", InSettings("Claude", "claude_desktop_config.json"), null, "mcpServers", NamesType: false),
        new("cursor", InHome(".cursor", "mcp.json"), Path.Combine(".cursor", "mcp.json"), "mcpServers", NamesType: false),
        new("vscode", InSettings("Code", "User", "mcp.json"), Path.Combine(".vscode", "mcp.json"), "servers", NamesType: true),
        new("codex", Path.Combine(Variable("CODEX_HOME") ?? InHome(".codex"), "config.toml"), Path.Combine(".codex", "config.toml"), "mcp_servers", NamesType: false),
    ];

    /// <summary>The folder of the user.</summary>
    public static string Home => Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>The text of the file with this server in it. What the entry says beside how it is started, such as its environment, stays.</summary>
    /// <exception cref="FormatException">The text is not of its format.</exception>
    public string AddTo(string text, IReadOnlyList<string> command)
    {
        if (UserFile.EndsWith(".toml", StringComparison.Ordinal))
        {
            return TomlEdit.Set(text, [Section, Server],
                [("command", TomlEdit.Quote(command[0])), ("args", $"[{string.Join(", ", command.Skip(1).Select(TomlEdit.Quote))}]"), ("url", null)]);
        }

        var entry = new JsonObject();
        if (NamesType)
            entry["type"] = "stdio";
        entry["command"] = command[0];
        entry["args"] = new JsonArray([.. command.Skip(1).Select(a => (JsonNode)a)]);
        // An entry of another kind, such as one that names a URL, has nothing to keep.
        if (JsonEdit.Get(text, Section, Server) is not JsonObject there || !there.ContainsKey("command"))
            return JsonEdit.Set(text, entry, Section, Server);
        foreach (var (key, value) in entry)
        {
            if (!JsonNode.DeepEquals(there[key], value))
                text = JsonEdit.Set(text, value!, Section, Server, key);
        }

        return text;
    }

    private static string InHome(params ReadOnlySpan<string> parts) => Path.Combine([Home, .. parts]);

    private static string InSettings(params ReadOnlySpan<string> parts) => Path.Combine(
    [
        OperatingSystem.IsMacOS() ? InHome("Library", "Application Support") : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData) : Variable("XDG_CONFIG_HOME") ?? InHome(".config"),
        .. parts,
    ]);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
