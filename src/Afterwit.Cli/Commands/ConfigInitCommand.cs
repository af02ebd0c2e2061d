using System.CommandLine;
using Afterwit.Cli.Configuration;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit config init`: writes a settings file that explains itself.</summary>
internal static class ConfigInitCommand
{
    private static readonly Option<FileInfo?> File = new("--file") { Description = "Where to write it, such as ./afterwit.json for a project. Default: the user's settings folder.", HelpName = "FILE" };

    public static Command Create()
    {
        var command = new Command("init", "Write a settings file with every setting in a comment. An existing file is left as it is.") { File };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
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
}
