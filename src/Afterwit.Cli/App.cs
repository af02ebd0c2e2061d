using System.CommandLine;
using System.CommandLine.Parsing;
using Afterwit.Cli.Commands;
using Afterwit.Cli.Configuration;
using Afterwit.Cli.Terminal;
using Afterwit.LibSql;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli;

/// <summary>The command line: builds the commands, runs one, and turns every failure into one line and an exit code.</summary>
internal static class App
{
    // In the order of the help.
    private static readonly (string Name, Func<Command> Create)[] Commands =
    [
        ("demo", DemoCommand.Create), ("import", ImportCommand.Create),
        ("recall", RecallCommand.Create), ("advise", AdviseCommand.Create), ("playbook", PlaybookCommand.Create), ("insights", InsightsCommand.Create),
        ("episode", EpisodeCommand.Create), ("pattern", PatternCommand.Create), ("feedback", FeedbackCommand.Create),
        ("eval", EvalCommand.Create), ("bench", BenchCommand.Create), ("stats", StatsCommand.Create), ("db", DbCommand.Create), ("doctor", DoctorCommand.Create), ("tenant", TenantCommand.Create),
        ("mcp", McpCommand.Create), (ServeCommand.Name, ServeCommand.Create), ("hook", HookCommand.Create), ("config", ConfigCommand.Create), ("completion", CompletionCommand.Create),
    ];

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Parse(args.Length == 0 ? ["--help"] : args);
        if (IsWrong(parsed))
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

    /// <summary>The tree of commands.</summary>
    /// <param name="only">The commands at its root that are wanted, with all below them. Null means all.</param>
    public static RootCommand Build(IReadOnlyCollection<string>? only = null)
    {
        var root = new RootCommand("Afterwit: a memory for AI agents that learns from what they did. It lives in one file, or on a libSQL server, and needs no model.");
        foreach (var option in GlobalOptions.All)
            root.Options.Add(option);
        foreach (var option in SettingOptions.All)
            root.Options.Add(option);
        foreach (var (name, create) in Commands)
        {
            if (only is null || only.Contains(name))
                root.Subcommands.Add(create());
        }

        HelpPage.AddTo(root);
        return root;
    }

    /// <summary>Reads a command line. To run one takes no command but those that it names; only who needs help or a word about a mistake is told of all.</summary>
    private static ParseResult Parse(string[] args)
    {
        // A text may begin with @: only the commands themselves read files so, and say which.
        var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var parsed = Build(args).Parse(args, configuration);
        return IsWrong(parsed) || parsed.Action is null or HelpPage || HasDirective(parsed) ? Build().Parse(args, configuration) : parsed;
    }

    private static bool IsWrong(ParseResult parsed) =>
        (parsed.Errors.Count > 0 || UsageError.MistypedOption(parsed) is not null) && parsed.Action is not HelpPage && !HasDirective(parsed);

    private static bool HasDirective(ParseResult parsed) => parsed.Tokens.Any(t => t.Type == TokenType.Directive);

    private static string Line(Exception e) => e is OperationCanceledException ? "cancelled." : Words.Visible(e.Message.ReplaceLineEndings(" "));
}
