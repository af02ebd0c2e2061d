using System.CommandLine;
using Afterwit.Cli.Importing;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit import`: real runs from logs and repositories.</summary>
internal static class ImportCommand
{
    private static readonly Argument<string[]> Paths = new("PATH") { Description = "Files and folders: logs (.gz or plain), trajectories, a git repository.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> Format = new("--format") { Description = $"One of {string.Join(", ", EpisodeReader.FormatNames)}.", DefaultValueFactory = _ => EpisodeReader.Auto };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Read and report everything, store nothing." };

    public static Command Create()
    {
        var command = new Command("import", "Store past runs and learn from them. Importing again changes nothing.") { Paths, Format, DryRun };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var context = new CommandContext(parsed);
        var reader = new EpisodeReader(CommandContext.Time);
        await using var memory = parsed.GetValue(DryRun) ? null : await context.OpenAsync(cancellationToken);
        var report = new ImportReport(CommandContext.Time);
        var records = reader.ReadAsync(parsed.GetRequiredValue(Paths), parsed.GetRequiredValue(Format), cancellationToken);
        if (!Output.IsWatched)
        {
            await ImportRun.RunAsync(memory, records, report, static () => { }, cancellationToken);
        }
        else
        {
            await context.Output.Notes.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(async progress =>
                {
                    var task = progress.AddTask("importing");
                    await ImportRun.RunAsync(
                        memory, records, report,
                        () =>
                        {
                            task.MaxValue = Math.Max(1, reader.Length);
                            task.Value = report.BytesRead;
                            task.Description = $"{report.Read:N0} read, {report.PerSecond:N0}/s";
                        },
                        cancellationToken);
                    task.Value = task.MaxValue;
                });
        }

        Print(context.Output, report, memory is null);
        return report.Read == 0 && report.Skipped > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static void Print(Output output, ImportReport report, bool dryRun)
    {
        foreach (var problem in report.Problems)
            output.Notes.WriteLine($"skipped {problem}");
        if (report.Skipped > report.Problems.Count)
            output.Notes.WriteLine($"... and {report.Skipped - report.Problems.Count} more");
        foreach (var note in report.Notes)
            output.Notes.WriteLine(note);
        output.Write(ImportJson.Of(report, dryRun), CliJson.Default.ImportJson, people => Print(people, report, dryRun));
    }

    private static void Print(IAnsiConsole console, ImportReport report, bool dryRun)
    {
        var verb = dryRun ? "would be stored or are there" : "stored";
        console.WriteLine(
            $"{report.Read:N0} episodes with {report.Steps:N0} steps read: {(dryRun ? report.Read : report.Stored):N0} {verb}, {report.Unchanged:N0} unchanged, {Words.Many(report.Skipped, "record")} skipped; {report.Seconds:0.0} s, {report.PerSecond:N0} episodes/s.");
        foreach (var (reason, count) in report.Reasons)
            console.WriteLine($"  {count:N0} skipped: {reason}");
    }
}
