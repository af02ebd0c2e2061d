using System.CommandLine;
using Afterwit.Cli.Terminal;
using Afterwit.Storage;

namespace Afterwit.Cli.Installing;

/// <summary>What every command that writes into the settings of another program does: it shows the change, and makes it with --yes alone.</summary>
internal static class Installation
{
    /// <summary>A fresh option: two commands take it.</summary>
    public static Option<bool> Yes() => new("--yes") { Description = "Write it. Without it the command only shows what would change." };

    /// <summary>A fresh option: two commands take it.</summary>
    public static Option<bool> Print() => new("--print") { Description = "Print what belongs into the file, and where that is; nothing is read or written." };

    /// <summary>Whose file it is: that of the user, or that of the project in this folder.</summary>
    public static Choice<bool> Scopes { get; } = new(("user", false), ("project", true));

    /// <summary>What a written command line says of the memory: that of --db, else that of AFTERWIT_DB, which a program that the desktop starts does not know. What others share names no file of this user.</summary>
    public static IReadOnlyList<string> Memory(ParseResult parsed, bool shared) =>
        (parsed.GetValue(GlobalOptions.Database) ?? (shared ? null : Environment.GetEnvironmentVariable("AFTERWIT_DB"))) is { Length: > 0 } database ? ["--db", Setting.DatabaseOf(database)] : [];

    /// <summary>Shows a change and makes it.</summary>
    /// <exception cref="ArgumentException">It was not confirmed, or the file is not of its format.</exception>
    public static void Run(ParseResult parsed, string file, Func<string, string> edit, bool print, bool yes)
    {
        var output = new Output(parsed.GetValue(GlobalOptions.Json));
        if (print)
        {
            output.Notes.Line($"This belongs into {file}:");
            Console.Out.Write(edit(""));
            return;
        }

        var change = ForeignFile.Change(file, edit);
        if (change.IsChanged && !output.Json)
        {
            output.People.Line(Ink.Bold(file));
            foreach (var line in change.Diff())
                output.People.Line(line[0] == '+' ? Ink.Good(line) : line[0] == '-' ? Ink.Bad(line) : Ink.Dim(line));
        }

        if (change.IsChanged && !yes)
            throw new ArgumentException($"{file} would change{(output.Json ? "" : " as shown")}. Nothing was written; add --yes to do it.");
        var backup = change.IsChanged ? change.Write() : null;
        output.Write(
            new(file, change.IsChanged, backup), SystemJsonContext.Default.InstalledJson,
            people => people.Line(change.IsChanged ? $"Written.{(backup is null ? "" : $" What was there is kept in {backup}.")} Start the client anew for it to take effect." : $"{file} has it already."));
    }
}
