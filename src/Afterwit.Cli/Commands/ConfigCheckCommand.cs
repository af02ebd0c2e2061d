using System.CommandLine;
using Afterwit.Cli.Configuration;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit config check`: says everything that is wrong with the settings.</summary>
internal static class ConfigCheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Check the settings file, the environment and the options given here: values, and names that are no settings. Ends with 2 when something is wrong.");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var output = new Output(parsed.GetValue(GlobalOptions.Json));
        var sources = SettingSources.Read(parsed);
        var problems = SettingsCheck.Check(sources);
        if (output.Json)
            Output.WriteJson(new(problems.Count == 0, sources.File, [.. problems.Select(p => new ConfigProblemJson(p.Name, p.Source, p.Problem))]), SystemJsonContext.Default.ConfigCheckJson);
        else if (problems.Count == 0)
            output.People.Line($"All {Setting.All.Count} settings are sound{(sources.File is { } file ? $" ({file})" : "; there is no settings file")}.");
        foreach (var problem in output.Json ? [] : problems)
            Console.Error.WriteLine(Words.Visible($"afterwit: {problem.Name} ({problem.Source}): {problem.Problem}"));
        return problems.Count == 0 ? ExitCode.Done : ExitCode.Usage;
    }
}
