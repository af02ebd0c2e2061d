using System.CommandLine;
using Afterwit.Cli.Installing;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit mcp install`: tells a client to start `afterwit mcp`.</summary>
internal static class McpInstallCommand
{
    private static readonly Choice<McpClient> Clients = new([.. McpClient.All.Select(c => (c.Name, c))]);
    private static readonly Argument<string> Client = Clients.Argument("CLIENT", "The program whose agent is to have the memory.");
    private static readonly Option<string?> Scope = Installation.Scopes.Option("--scope", "Whose settings: the user's (default), or the project's in this folder, which others share.");
    private static readonly Option<bool> Yes = Installation.Yes();
    private static readonly Option<bool> Print = Installation.Print();

    public static Command Create() =>
        new Command("install", "Put this memory into the settings of an MCP client. Shows the change; needs --yes to make it. Everything else in the file stays as it is.") { Client, Scope, Yes, Print }.Runs(Run);

    private static int Run(ParseResult parsed)
    {
        var client = Clients.Of(parsed.GetRequiredValue(Client));
        var shared = parsed.GetValue(Scope) is { } scope && Installation.Scopes.Of(scope);
        if (shared && client.ProjectFile is null)
            throw new ArgumentException($"{client.Name} has no settings of a project: leave --scope away.");
        List<string> arguments = ["mcp", .. Installation.Memory(parsed, shared)];
        if (parsed.GetValue(GlobalOptions.Config) is { } config)
            arguments.AddRange("--config", config.FullName);
        var command = ThisProgram.CommandLine(shared, [.. arguments]);
        Installation.Run(parsed, shared ? Path.GetFullPath(client.ProjectFile!) : client.UserFile, text => client.AddTo(text, command), parsed.GetValue(Print), parsed.GetValue(Yes));
        return ExitCode.Done;
    }
}
