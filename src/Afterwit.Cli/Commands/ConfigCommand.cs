using System.CommandLine;
using Afterwit.Cli.Configuration;
using Afterwit.Cli.Terminal;
using Afterwit.Storage;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit config`: the settings in effect.</summary>
internal static class ConfigCommand
{
    private static readonly Option<FileInfo?> File = new("--file") { Description = "Where to write it, such as ./afterwit.json for a project. Default: the user's settings folder.", HelpName = "FILE" };

    public static Command Create() => new("config", "Show the settings with their sources, write a settings file, or check everything that is set.")
    {
        CreateShow(), CreateInit(), CreateCheck(),
    };

    /// <summary>`afterwit config show`: every setting with its value, its source and its names.</summary>
    private static Command CreateShow() =>
        new Command("show", "Show every setting: its value, who set it, and its names in the file, in the environment and on the command line.").Runs(Show);

    private static int Show(ParseResult parsed)
    {
        var output = new Output(parsed.GetValue(GlobalOptions.Json));
        var sources = SettingSources.Read(parsed);
        output.Write(new(sources.File, [.. sources.All.Select(e => e.ToJson())], sources.Unknown), SystemJsonContext.Default.ConfigJson, _ => Print(output, sources));
        return ExitCode.Done;
    }

    private static void Print(Output output, SettingSources sources)
    {
        var table = Output.Table("Setting", "Value", "Set by");
        foreach (var e in sources.All)
            table.AddRow(InkWriter.Cell(e.Setting.Name, "\n", Ink.Dim($"{e.Setting.EnvironmentName}\n{e.Setting.OptionName}")), InkWriter.Cell(e.Shown), InkWriter.Cell(e.Source));
        output.People.Write(table);
        output.People.Line(sources.File is { } file ? $"Settings file: {file}" : "No settings file. `afterwit config init` writes one.");
        foreach (var unknown in sources.Unknown)
            output.Notes.Line($"{sources.File}: there is no setting '{unknown}'; `afterwit config check` tells more.");
    }

    /// <summary>`afterwit config init`: writes a settings file that explains itself.</summary>
    private static Command CreateInit() =>
        new Command("init", "Write a settings file with every setting in a comment. An existing file is left as it is.") { File }.Runs(Init);

    private static int Init(ParseResult parsed)
    {
        var output = new Output(parsed.GetValue(GlobalOptions.Json));
        var file = (parsed.GetValue(File) ?? parsed.GetValue(GlobalOptions.Config))?.FullName ?? DataFolder.UserSettings;
        if (System.IO.File.Exists(file))
            throw new ArgumentException($"{file} exists and was left as it is: edit it, or give another --file.");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using (var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write))
            stream.Write(System.Text.Encoding.UTF8.GetBytes(SettingsFile.Template()));
        output.Write(new(file), SystemJsonContext.Default.ConfigWrittenJson, people => people.Line($"Wrote {file}"));
        return ExitCode.Done;
    }

    /// <summary>`afterwit config check`: says everything that is wrong with the settings.</summary>
    private static Command CreateCheck() =>
        new Command("check", "Check the settings file, the environment and the options given here: values, and names that are no settings. Ends with 2 when something is wrong.").Runs(Check);

    private static int Check(ParseResult parsed)
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
