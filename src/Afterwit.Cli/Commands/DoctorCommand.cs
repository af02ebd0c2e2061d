using System.CommandLine;
using System.Globalization;
using Afterwit.Cli.Terminal;
using Afterwit.Storage;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit doctor`: whether the database is sound, what takes room in it, how it runs the statements of the store, and what to do.</summary>
internal static class DoctorCommand
{
    private static readonly Option<bool> Plans = new("--plans") { Description = "Show how each statement is run." };
    private static readonly Option<bool> Thorough = new("--thorough") { Description = "Check every entry of every index as well; reads the file several times." };

    public static Command Create() => new Command("doctor", "Examine the database: is it sound, what takes room, does every statement find its rows by an index, what to do. Changes nothing.") { Plans, Thorough }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        await using var memory = await context.OpenAsync(cancellationToken);
        var report = await DoctorJson.ExamineAsync(memory, CommandContext.Time, parsed.GetValue(Thorough) ? ExaminationDepth.Thorough : ExaminationDepth.Whole, cancellationToken);
        context.Output.Write(report, StorageJson.Default.DoctorJson, people => Print(people, report, parsed.GetValue(Plans)));
    }

    private static void Print(IAnsiConsole people, DoctorJson report, bool plans)
    {
        people.Line($"{report.Database}: {report.Engine}, schema {report.Schema}, {Words.Count(report.Bytes)} bytes ({Words.Count(report.FreeBytes)} free), check: {report.Integrity}");
        var table = Output.Table("Table or index", "of", "bytes", "used by");
        foreach (var part in report.Objects)
            table.AddRow(InkWriter.Cell(part.Name), InkWriter.Cell(part.Table ?? ""), InkWriter.Cell(part.Bytes is { } bytes ? Words.Count(bytes) : "not told"), InkWriter.Cell(part.UsedBy is { } used ? Words.Many(used, "statement") : ""));
        people.Write(table);
        foreach (var plan in plans ? report.Plans : [])
        {
            people.Line($"{plan.Operation}: {plan.Sql.ReplaceLineEndings(" ")}");
            foreach (var step in plan.Steps)
                people.Line($"    {step}");
        }

        var searched = report.Plans.Count(p => p.Problems.Count == 0);
        people.Line(string.Create(CultureInfo.InvariantCulture, $"{searched} of {report.Plans.Count} statements find their rows by an index alone; the others count everything, for `afterwit stats`. --plans shows each."));
        foreach (var advice in report.Advice)
            people.Line($"- {advice}");
        if (report.Advice.Count == 0)
            people.Line("Nothing to do.");
    }
}
