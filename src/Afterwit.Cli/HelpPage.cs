using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Afterwit.Cli;

/// <summary>Help that calls the program by the name people type, whatever file it was started from.</summary>
internal sealed class HelpPage(HelpAction help) : SynchronousCommandLineAction
{
    private const string Program = "afterwit";

    private const string Ending = """

        Begin with: afterwit episode start "TASK", episode log, episode complete; then afterwit recall "TASK" for the next one.
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 the database cannot be reached.
        `afterwit config show` lists all settings with their names in the file, in the environment and on the command line.

        """;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts this page in the place of the usual one.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = new HelpPage((HelpAction)option.Action!);
            option.Aliases.Clear();
            option.Aliases.Add("-h");
        }
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var configuration = parseResult.InvocationConfiguration;
        var output = configuration.Output;
        using var page = new StringWriter();
        configuration.Output = page;

        // What a command above takes for itself is no part of this one's usage.
        var above = parseResult.CommandResult.Command.Parents.OfType<Command>().SelectMany(c => c.Arguments).Where(a => !a.Hidden).ToList();
        above.ForEach(a => a.Hidden = true);
        try
        {
            help.Invoke(parseResult);
        }
        finally
        {
            above.ForEach(a => a.Hidden = false);
            configuration.Output = output;
        }

        output.Write(page.ToString().Replace($"  {RootCommand.ExecutableName} ", $"  {Program} ", StringComparison.Ordinal).TrimEnd());
        output.WriteLine();
        if (parseResult.CommandResult.Command is RootCommand)
            output.Write(Ending);
        return ExitCode.Done;
    }
}
