using System.Globalization;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Demo;

/// <summary>Prints the outcome for people, at most 100 columns wide.</summary>
internal static class Report
{
    public static void Introduce(IAnsiConsole console, int seeds, int tasks, bool recall)
    {
        console.WriteLine("A scripted agent answers questions about real SQLite databases whose names it does not know.");
        console.WriteLine(recall
            ? $"Round 1 fills an empty memory; round 2 asks {tasks} new questions without and with it ({Seeds(seeds)})."
            : $"Control: the agent tells its memory everything and never asks it; {tasks} questions a round ({Seeds(seeds)}).");
    }

    public static void Print(IAnsiConsole console, Result result, bool recall, string? kept)
    {
        var table = Output.Table($"Round 2, {Seeds(result.Seeds.Count)}", "without memory", recall ? "with memory" : "memory not asked", "change", "by seed: without", "with");
        foreach (var (name, of) in ((string, Func<Tally, int>)[])[("tasks", t => t.Tasks), ("solved", t => t.Solved), ("steps", t => t.Steps), ("errors", t => t.Errors)])
        {
            table.AddRow(
                name, Number(of(result.Without)), Number(of(result.With)), Change(of(result.Without), of(result.With)),
                Range(result.Seeds.Select(s => of(s.Without))), Range(result.Seeds.Select(s => of(s.With))));
        }

        console.Write(table);
        var (learning, seconds) = (result.Learning, result.Took.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture));
        console.WriteLine($"Same questions and draws in both arms. Round 1: {learning.Solved} of {learning.Tasks} solved, {learning.Errors} errors. {seconds} s in all.");
        console.WriteLine();
        console.WriteLine($"What was learned, summed over the memories of {Seeds(result.Seeds.Count)}:");
        foreach (var (lesson, place) in result.Lessons.Select((lesson, i) => (lesson, i + 1)))
        {
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{place}. [bold]{lesson.Text}[/]");
            console.WriteLine($"   {lesson.Numbers}");
            if (lesson.Evidence is [var first, ..])
                console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"   [dim]evidence: {first}{(lesson.Evidence.Count > 1 ? $" and {lesson.Evidence.Count - 1} more" : "")}[/]");
        }

        console.WriteLine();
        console.WriteLine(kept is null
            ? "Next: `afterwit import PATH` learns from your own runs; `afterwit demo --keep FILE` keeps a memory."
            : $"Next: `afterwit recall \"how many orders\" --db {kept}`, or `afterwit import PATH` for your own runs.");
    }

    private static string Seeds(int count) => count == 1 ? "1 seed" : $"{count} seeds";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Change(int before, int after) =>
        before == after ? "" : before == 0 ? $"+{after}" : (100.0 * (after - before) / before).ToString("+0;-0", CultureInfo.InvariantCulture) + " %";

    private static string Range(IEnumerable<int> values)
    {
        var all = values.Order().ToList();
        return all[0] == all[^1] ? Number(all[0]) : $"{all[0]}..{all[^1]}";
    }
}
