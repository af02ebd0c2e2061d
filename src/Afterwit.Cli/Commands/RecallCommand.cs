using System.CommandLine;
using System.Globalization;
using Afterwit.Cli.Terminal;
using Afterwit.Storage;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit recall`: past runs, lessons and ways that help with a task.</summary>
internal static class RecallCommand
{
    private static readonly Argument<string> Task = new("TASK") { Description = "The task at hand or a question, in any words." };
    private static readonly Option<int> Limit = OptionKinds.Whole("--limit", "At most so many hits.", 10, 1, 1000);
    private static readonly Option<string?> Project = OptionKinds.Text("--project", "Only memories of this project.", "NAME");
    private static readonly Option<string?> Agent = OptionKinds.Text("--agent", "Only memories of this agent.", "NAME");
    private static readonly Option<string?> User = OptionKinds.Text("--user", "Only memories of this user.", "NAME");
    private static readonly Option<DateTimeOffset?> Since = OptionKinds.Time("--since", "Only episodes that began then or later.");
    private static readonly Option<DateTimeOffset?> Until = OptionKinds.Time("--until", "Only episodes that began earlier.");
    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "The field of work: its episodes rank higher.", "NAME");
    private static readonly Option<string[]> Tags = OptionKinds.Texts("--tag", "A mark of the circumstances: episodes that share it rank higher.", "TAG");
    private static readonly Option<string> Types = new("--types") { Description = "What to return: any of episode, step, pattern, playbook, with commas between them.", HelpName = "A,B", DefaultValueFactory = _ => "episode" };
    private static readonly Option<bool> IncludeFailed = new("--include-failed") { Description = "With episodes that failed; they rank lower." };
    private static readonly Option<int?> MaxTokens = OptionKinds.WholeOrNone("--max-tokens", "At most so many tokens for all hits together, estimated at four characters each. Default: no limit.", 1);
    private static readonly Option<string?> Episode = OptionKinds.Text("--episode", "The episode that it is asked for: its receipt is kept with it, and `afterwit episode show` lists it.", "ID");
    private static readonly Option<bool> Explain = new("--explain") { Description = "Show every part of each score. --json always does." };

    public static Command Create() =>
        new Command("recall", "Find past runs, lessons and ways that help with a task.")
        {
            Task, Limit, Project, Agent, User, Domain, Tags, Since, Until, Types, IncludeFailed, MaxTokens, Episode, Explain,
        }.Runs(RunAsync);

    /// <summary>Reads a list of types as people write it.</summary>
    public static RecallTypes ParseTypes(string text)
    {
        var types = RecallTypes.None;
        foreach (var name in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            types |= Enum.TryParse<RecallTypes>(name, ignoreCase: true, out var type) && type != RecallTypes.None && !char.IsAsciiDigit(name[0])
                ? type
                : throw new ArgumentException($"--types names '{name}': allowed are episode, step, pattern, playbook.");
        }

        return types;
    }

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var query = new RecallQuery
        {
            Text = parsed.GetRequiredValue(Task),
            Types = ParseTypes(parsed.GetRequiredValue(Types)),
            Scope = new(parsed.GetValue(Project), parsed.GetValue(Agent), parsed.GetValue(User)),
            Context = new() { Domain = parsed.GetValue(Domain), Tags = parsed.GetValue(Tags) ?? [] },
            Since = parsed.GetValue(Since),
            Until = parsed.GetValue(Until),
            IncludeFailed = parsed.GetValue(IncludeFailed),
            Limit = parsed.GetValue(Limit),
            MaxTokens = parsed.GetValue(MaxTokens),
            Episode = parsed.GetValue(Episode) is { } id ? EpisodeId.Parse(id) : null,
        };
        var memory = await context.OpenAsync(cancellationToken);
        await using (memory)
        {
            var result = await memory.RecallAsync(query, cancellationToken);
            context.Output.Write(RecallJson.Of(result), MemoryJson.Default.RecallJson, people => Print(people, result, parsed.GetValue(Explain), MemoryParts.DatabaseOf(memory).Name));
        }

        if (memory.LostReceipts > 0)
            context.Output.Notes.Line("The receipt could not be written (is another process writing, or the disk full?): feedback on it will find nothing.");
    }

    private static void Print(IAnsiConsole console, RecallResult result, bool explain, string database)
    {
        if (result.EmptyReason is { } reason)
        {
            console.Line("Nothing recalled. ", reason);
            console.Line(Ink.Dim($"The memory is {database}")); // a mistyped path is seen at once
            return;
        }

        foreach (var (hit, rank) in result.Hits.Select((hit, i) => (hit, i + 1)))
        {
            var status = hit.Status is null ? "" : $" {Names.Of(hit.Status.Value)}";
            console.Line(Ink.Bold($"{rank,2}. {hit.Title}"));
            console.Line("    ", Ink.Good(Words.Number(hit.Score)), status, Ink.Dim($" {hit.Type.ToString().ToLowerInvariant()} {hit.Id}"), hit.Similar.Count == 0 ? "" : $" and {hit.Similar.Count} like it");
            if (hit.BestStep is { } step)
                console.Line($"    step {step.Ordinal}: {step.Summary}");
            foreach (var related in hit.Related)
                console.Line("    ", Ink.Bold(related.Meaning), $": {related.Title}", Ink.Dim($"  {Names.Of(related.Status)} {related.Id}"));
            if (explain)
                console.Line(Ink.Dim("    " + string.Join(" + ", hit.Terms.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Name} {t.Contribution:0.000} ({t.Value:0.000})")))));
        }

        console.Line(Ink.Dim($"{Words.Many(result.Tokens, "token")}, receipt {result.ReceiptId}: tell what helped with `afterwit feedback {result.ReceiptId} --used ID --outcome success`"));
    }
}
