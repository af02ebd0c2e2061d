using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit insights`: the lessons of each domain with their numbers, against the domain's base rate.</summary>
internal static class InsightsCommand
{
    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "Only this field of work. Default: all, each on its own.", "NAME");
    private static readonly Option<int> Limit = OptionKinds.Whole("--limit", "At most so many lessons in each section.", 5, 1, 1000);

    public static Command Create() =>
        new Command("insights", "Show what was learned: what goes well, what goes badly, and what helps after an error, with the numbers.") { Domain, Limit }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<DomainLessons> domains;
        await using (var memory = await context.OpenAsync(cancellationToken))
            domains = await DomainLessons.ReadAsync(memory.Store, parsed.GetValue(Domain), parsed.GetValue(Limit), cancellationToken);
        if (context.Output.Json)
            Output.WriteJson(new([.. domains.Select(DomainInsightsJson.Of)]), MemoryJson.Default.InsightsJson);
        else if (domains.Count == 0)
            context.Output.People.Line($"Nothing has been learned yet{(parsed.GetValue(Domain) is { } only ? $" in the domain '{only}'" : "")}: a lesson needs {Pattern.ActiveSupport} finished episodes that show it.");
        else
            domains.ToList().ForEach(d => Print(context.Output.People, d));
    }

    private static void Print(IAnsiConsole console, DomainLessons lessons)
    {
        console.Title(lessons.Domain ?? "Episodes without a domain");
        if (lessons.Base is { } rate)
            console.Line($"{Words.Many(rate.Support, "finished run")}, {Words.Percent(rate.SuccessRate)} succeeded: what is below stands against that.");
        if (lessons.Memory is { } memory)
            Print(console, memory);
        if (lessons.IsEmpty)
            console.Line("No lesson yet.");
        PrintTable(console, "Goes well", lessons.Well, lessons.Uplifts);
        PrintTable(console, "Goes badly", lessons.Badly, lessons.Uplifts);
        PrintTable(console, "After an error", lessons.AfterErrors, lessons.Uplifts);
    }

    private static void Print(IAnsiConsole console, MemoryWorth memory)
    {
        if (memory.Uplift is not { } uplift)
        {
            console.Line(Ink.Dim(memory.Runs > 0
                ? "What memory is worth here is not known: something was recalled for every run, so there is none to compare with."
                : "What memory is worth here is not known: no run has a recall that names it (`afterwit recall TASK --episode ID`, episode_id over MCP and HTTP)."));
            return;
        }

        console.Line(
            $"Something was recalled for {Words.Many(memory.Runs, "run")}, {Words.Percent((double)memory.Successes / memory.Runs)} succeeded; of the other {Words.Count(memory.RunsWithout)}, {Words.Percent((double)memory.SuccessesWithout / memory.RunsWithout)}: ",
            PatternCommand.Tone(uplift, ", "), " with 95 % confidence. A comparison of what happened, not an experiment.");
    }

    private static void PrintTable(IAnsiConsole console, string title, List<Pattern> patterns, Uplifts uplifts)
    {
        if (patterns.Count > 0)
            console.Write(PatternCommand.Table(title, patterns, uplifts));
    }
}
