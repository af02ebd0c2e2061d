using System.CommandLine;
using Afterwit.Cli.Commands;
using Afterwit.Cli.Configuration;

namespace Afterwit.Cli;

/// <summary>The command line: builds the commands, runs one, and turns every failure into one line and an exit code.</summary>
internal static class App
{
    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Build().Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
        {
            Console.Error.WriteLine($"afterwit: {string.Join(" ", parsed.Errors.Select(e => e.Message))} See `afterwit {string.Join(' ', CommandPath(parsed))}--help`.");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is AfterwitException or ArgumentException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            Console.Error.WriteLine($"afterwit: {Line(e)}");
            return ExitCode.Of(e);
        }
    }

    /// <summary>The whole tree of commands.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand("Afterwit: a memory for AI agents that learns from what they did. It lives in one file and needs no model and no network.");
        foreach (var option in GlobalOptions.All)
            root.Options.Add(option);
        foreach (var option in SettingOptions.All)
            root.Options.Add(option);
        foreach (var command in (Command[])
            [
                DemoCommand.Create(), ImportCommand.Create(), RecallCommand.Create(), EvalCommand.Create(), BenchCommand.Create(),
            ])
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    private static string Line(Exception e) => e is OperationCanceledException ? "cancelled." : e.Message.ReplaceLineEndings(" ");

    private static IEnumerable<string> CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult; at is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } command; at = at.Parent)
            names.Push(command.Command.Name);
        return names.Count == 0 ? [] : [.. names, ""];
    }
}
