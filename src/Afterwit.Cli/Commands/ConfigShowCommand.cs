using System.CommandLine;
using Afterwit.Cli.Configuration;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit config show`: every setting with its value, its source and its names.</summary>
internal static class ConfigShowCommand
{
    public static Command Create()
    {
        var command = new Command("show", "Show every setting: its value, who set it, and its names in the file, in the environment and on the command line.");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var output = new Output(parsed.GetValue(GlobalOptions.Json));
        var sources = SettingSources.Read(parsed);
        if (output.Json)
        {
            Output.WriteJson(
                new(sources.File, [.. sources.All.Select(e => new SettingJson(
                    e.Setting.Name, Shown(e.Value), e.Source, e.Setting.Default, e.Setting.Allowed, e.Setting.Description, e.Setting.EnvironmentName, e.Setting.OptionName))], sources.Unknown),
                SystemJsonContext.Default.ConfigJson);
            return ExitCode.Done;
        }

        var table = Output.Table("Setting", "Value", "Set by");
        foreach (var (setting, value, source) in sources.All)
            table.AddRow(InkWriter.Cell(setting.Name, "\n", Ink.Dim($"{setting.EnvironmentName}\n{setting.OptionName}")), InkWriter.Cell(Shown(value)), InkWriter.Cell(source));
        output.People.Write(table);
        output.People.Line(sources.File is { } file ? $"Settings file: {file}" : "No settings file. `afterwit config init` writes one.");
        foreach (var unknown in sources.Unknown)
            output.Notes.Line($"{sources.File}: there is no setting '{unknown}'; `afterwit config check` tells more.");
        return ExitCode.Done;
    }

    // A database may be named with its password.
    private static string Shown(string value) => SecretRedactor.Redact(value)!;
}
