using System.CommandLine;
using System.CommandLine.Parsing;
using Afterwit.Cli.Commands;
using Afterwit.Cli.Configuration;
using Afterwit.Cli.Terminal;
using Afterwit.LibSql;

namespace Afterwit.Cli;

/// <summary>The command line: builds the commands, runs one, and turns every failure into one line and an exit code.</summary>
internal static class App
{
    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        // A text may begin with @: only the commands themselves read files so, and say which.
        var parsed = Build().Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if ((parsed.Errors.Count > 0 || UsageError.MistypedOption(parsed) is not null) && parsed.Action is not HelpPage && !parsed.Tokens.Any(t => t.Type == TokenType.Directive))
        {
            Console.Error.WriteLine($"afterwit: {UsageError.Describe(parsed)}");
            return ExitCode.Usage;
        }

        try
        {
            // A server has its own limit for what it still answers after Ctrl+C.
            var patience = parsed.CommandResult.Command.Name == ServeCommand.Name ? Timeout.InfiniteTimeSpan : new InvocationConfiguration().ProcessTerminationTimeout;
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = patience });
        }
        catch (Exception e) when (e is AfterwitException or LibSqlException or ArgumentException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            Console.Error.WriteLine($"afterwit: {Line(e)}");
            return ExitCode.Of(e);
        }
        catch (Exception e)
        {
            // What nobody foresaw still is one line; its kind helps whoever looks for the fault.
            Console.Error.WriteLine($"afterwit: unexpected {e.GetType().Name}: {Line(e)} Please report it with the command that you ran.");
            return ExitCode.Failed;
        }
    }

    /// <summary>The whole tree of commands.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand("Afterwit: a memory for AI agents that learns from what they did. It lives in one file, or on a libSQL server, and needs no model.");
        foreach (var option in GlobalOptions.All)
            root.Options.Add(option);
        foreach (var option in SettingOptions.All)
            root.Options.Add(option);
        foreach (var command in (Command[])
            [
                DemoCommand.Create(), ImportCommand.Create(),
                RecallCommand.Create(), AdviseCommand.Create(), PlaybookCommand.Create(), InsightsCommand.Create(),
                EpisodeCommand.Create(), PatternCommand.Create(), FeedbackCommand.Create(),
                EvalCommand.Create(), BenchCommand.Create(), StatsCommand.Create(), DbCommand.Create(), DoctorCommand.Create(), TenantCommand.Create(), McpCommand.Create(), ServeCommand.Create(), HookCommand.Create(), ConfigCommand.Create(), CompletionCommand.Create(),
            ])
        {
            root.Subcommands.Add(command);
        }

        HelpPage.AddTo(root);
        return root;
    }

    private static string Line(Exception e) => e is OperationCanceledException ? "cancelled." : Words.Visible(e.Message.ReplaceLineEndings(" "));
}
