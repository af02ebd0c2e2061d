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
        if (lessons.IsEmpty)
            console.Line("No lesson yet.");
        PrintTable(console, "Goes well", lessons.Well, lessons.Uplifts);
        PrintTable(console, "Goes badly", lessons.Badly, lessons.Uplifts);
        PrintTable(console, "After an error", lessons.AfterErrors, lessons.Uplifts);
    }

    private static void PrintTable(IAnsiConsole console, string title, List<Pattern> patterns, Uplifts uplifts)
    {
        if (patterns.Count > 0)
            console.Write(PatternCommand.Table(title, patterns, uplifts));
    }
}
