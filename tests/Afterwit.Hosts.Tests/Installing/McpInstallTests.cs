using System.Text.Json;
using Afterwit.Cli.Installing;
using Afterwit.Hosts.Tests.Cli;

namespace Afterwit.Hosts.Tests.Installing;

/// <summary>`afterwit mcp install`, into the settings of clients in a home of their own.</summary>
public sealed class McpInstallTests : IDisposable
{
    private readonly CliHome _home = new();

    public static TheoryData<string, string, string> Clients => new()
    {
        { "claude-code", ".claude.json", "mcpServers" },
        { "claude-desktop", "config/Claude/claude_desktop_config.json", "mcpServers" },
        { "cursor", ".cursor/mcp.json", "mcpServers" },
        { "vscode", "config/Code/User/mcp.json", "servers" },
    };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_fresh_client_gets_a_file_and_the_second_time_nothing_changes(string client, string file, string section)
    {
        var path = Path.Combine(_home.Folder, file);
        var shown = await _home.RunAsync("mcp", "install", client);
        Assert.Equal(2, shown.ExitCode);
        Assert.Contains("Nothing was written; add --yes to do it.", shown.Error);
        Assert.Contains($"\"{section}\"", shown.Output);
        Assert.False(File.Exists(path));
        Assert.True((await _home.JsonAsync("mcp", "install", client, "--yes")).GetProperty("changed").GetBoolean());
        var entry = JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement.GetProperty(section).GetProperty("afterwit");
        Assert.Equal(["mcp", "--db", _home.Database], entry.GetProperty("args").EnumerateArray().Select(a => a.GetString()).TakeLast(3));
        Assert.True(Path.IsPathFullyQualified(entry.GetProperty("command").GetString()!));

        var written = await File.ReadAllBytesAsync(path);
        Assert.False((await _home.JsonAsync("mcp", "install", client)).GetProperty("changed").GetBoolean());
        Assert.Equal(written, await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task The_memory_of_the_environment_is_that_of_the_client_but_not_of_all_who_share_a_file()
    {
        _home["AFTERWIT_DB"] = "here.db";
        var absolute = Path.Combine(_home.Folder, "here.db");
        Assert.Contains(absolute, (await _home.RunAsync("mcp", "install", "cursor")).Output);
        Assert.Contains(absolute, (await _home.RunAsync("hook", "claude-code", "--install")).Output);
        Assert.DoesNotContain("--db", (await _home.RunAsync("mcp", "install", "cursor", "--print", "--scope", "project")).Output);
        Assert.Contains("\"libsql://x\"", (await _home.RunAsync("mcp", "install", "cursor", "--print", "--db", "libsql://x")).Output);
        _home["AFTERWIT_DB"] = null;
        Assert.DoesNotContain("--db", (await _home.RunAsync("mcp", "install", "cursor", "--print")).Output);
    }

    [Fact]
    public async Task Everything_else_in_a_file_stays_as_it_is()
    {
        const string before = "\uFEFF{\r\n\t// my servers\r\n\t\"servers\": {\r\n\t\t\"other\": { \"command\": \"x\", \"args\": [1,2] }, // keep\r\n\t},\r\n\t\"inputs\": [ ]\r\n}";
        var path = Path.Combine(_home.Folder, ".vscode", "mcp.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, before);
        var result = (await _home.RunAsync("mcp", "install", "vscode", "--scope", "project", "--yes")).Succeeded();
        Assert.Contains("\"afterwit\": {", result.Output);
        Assert.Contains(".before-afterwit. Start the client anew", result.Output.ReplaceLineEndings(" "));

        const string entry = ",\r\n\t\t\"afterwit\": {\r\n\t\t\t\"type\": \"stdio\",\r\n\t\t\t\"command\": \"afterwit\",\r\n\t\t\t\"args\": [\r\n\t\t\t\t\"mcp\"\r\n\t\t\t]\r\n\t\t}";
        var after = System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(path));
        Assert.Equal(before.Replace("[1,2] }", "[1,2] }" + entry, StringComparison.Ordinal), after);
        Assert.Equal(before, System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(path + ".before-afterwit")));
    }

    [Fact]
    public async Task An_entry_that_is_there_is_brought_up_to_date_and_keeps_its_environment()
    {
        var path = Path.Combine(_home.Folder, ".mcp.json");
        await File.WriteAllTextAsync(path, """{"mcpServers":{"afterwit":{"command":"old","args":["x"],"env":{"AFTERWIT_DB":"there.db"}}}}""");
        (await _home.RunAsync("mcp", "install", "claude-code", "--scope", "project", "--yes")).Succeeded();
        var entry = JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement.GetProperty("mcpServers").GetProperty("afterwit");
        Assert.Equal(("afterwit", "mcp", "there.db"), (entry.GetProperty("command").GetString(), entry.GetProperty("args")[0].GetString(), entry.GetProperty("env").GetProperty("AFTERWIT_DB").GetString()));
    }

    [Theory]
    [InlineData("cursor", ".cursor/mcp.json", "{ \"mcpServers\": { ", "it is not valid JSON")]
    [InlineData("cursor", ".cursor/mcp.json", "[]", "it is not a JSON object")]
    [InlineData("cursor", ".cursor/mcp.json", "{ \"mcpServers\": [] }", "'mcpServers' is not an object")]
    [InlineData("codex", ".codex/config.toml", "model = \"x\n[a]\n", "it is not valid TOML: a string is not closed in line 1")]
    [InlineData("codex", ".codex/config.toml", "mcp_servers = { afterwit = { command = \"x\" } }\n", "--print shows what to put there by hand")]
    public async Task A_file_that_cannot_be_read_is_left_as_it_is(string client, string file, string text, string message)
    {
        var path = Path.Combine(_home.Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text);
        var refused = (await _home.RunAsync("mcp", "install", client, "--yes")).Failed(2, message);
        Assert.DoesNotContain("..", refused.Error);
        Assert.Equal(text, await File.ReadAllTextAsync(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public async Task Codex_gets_a_table_of_its_own_and_keeps_the_rest()
    {
        const string before = "# mine\nmodel = \"gpt\" # fast\n\n[mcp_servers.other]\ncommand = \"x\"\nargs = [\n  \"[a]\", # ]\n]\ntext = '''\n[mcp_servers.afterwit]\n'''\n";
        var path = Path.Combine(_home.Folder, ".codex", "config.toml");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, before);
        (await _home.RunAsync("mcp", "install", "codex", "--scope", "project", "--yes", "--db", ":memory:")).Succeeded();
        Assert.Equal(before + "\n[mcp_servers.afterwit]\ncommand = \"afterwit\"\nargs = [\"mcp\", \"--db\", \":memory:\"]\n", await File.ReadAllTextAsync(path));
        (await _home.RunAsync("mcp", "install", "codex", "--scope", "project", "--yes", "--db", ":memory:")).Succeeded();

        await File.AppendAllTextAsync(path, "startup_timeout_sec = 20\n[mcp_servers.afterwit.env]\nA = \"b\"\n");
        (await _home.RunAsync("mcp", "install", "codex", "--scope", "project", "--yes")).Succeeded();
        Assert.Equal(before + "\n[mcp_servers.afterwit]\ncommand = \"afterwit\"\nargs = [\"mcp\"]\nstartup_timeout_sec = 20\n[mcp_servers.afterwit.env]\nA = \"b\"\n", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Printing_writes_nothing_and_a_link_stays_one()
    {
        var real = Path.Combine(_home.Folder, "dotfiles.json");
        await File.WriteAllTextAsync(real, "{}");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(real, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.CreateDirectory(Path.Combine(_home.Folder, ".cursor"));
        var link = Path.Combine(_home.Folder, ".cursor", "mcp.json");
        File.CreateSymbolicLink(link, real);
        var printed = (await _home.RunAsync("mcp", "install", "cursor", "--print")).Succeeded();
        Assert.Contains("\"mcpServers\"", printed.Output);
        Assert.Contains(link, printed.Error);
        Assert.Equal("{}", await File.ReadAllTextAsync(real));

        (await _home.RunAsync("mcp", "install", "cursor", "--yes")).Succeeded();
        Assert.NotNull(File.ResolveLinkTarget(link, returnFinalTarget: true));
        Assert.Equal(printed.Output.TrimEnd(), (await File.ReadAllTextAsync(real)).TrimEnd());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(real));
    }

    [Fact]
    public async Task A_client_without_projects_and_an_unknown_one_are_wrong_usage()
    {
        (await _home.RunAsync("mcp", "install", "claude-desktop", "--scope", "project")).Failed(2, "has no settings of a project");
        (await _home.RunAsync("mcp", "install", "cursr")).Failed(2, "Did you mean cursor?");
    }

    [Fact]
    public void A_tool_that_dotnet_installed_is_named_by_the_file_that_an_update_leaves()
    {
        var program = Path.Combine(_home.Folder, ".store", "afterwit.cli", "0.1.0", "tools", "any", "linux-x64", "Afterwit.Cli");
        Assert.Null(ThisProgram.ShimOf(program));
        var shim = Path.Combine(_home.Folder, "afterwit");
        File.WriteAllText(shim, "");
        Assert.Equal(shim, ThisProgram.ShimOf(program));
        Assert.Null(ThisProgram.ShimOf(Path.Combine(_home.Folder, "bin", "Afterwit.Cli")));
    }

    public void Dispose() => _home.Dispose();
}
