using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit advise`: what to do next and what to avoid, with evidence.</summary>
internal static class AdviseCommand
{
    private static readonly Option<string?> Task = OptionKinds.Text("--task", $"The task at hand, in any words. {TextInput.Hint}");
    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "The field of work, such as sql. Default: that of the most similar episodes.", "NAME");
    private static readonly Option<string?> Project = OptionKinds.Text("--project", "Only memories of this project.", "NAME");
    private static readonly Option<string[]> Tags = OptionKinds.Texts("--tag", "A mark of the circumstances.", "TAG");
    private static readonly Option<string?> Tools = OptionKinds.Text("--tools", "The tools used so far, in order, with commas between them.", "A,B,C");
    private static readonly Option<string?> Error = OptionKinds.Text("--error", $"What the last tool answered, when that was an error. {TextInput.Hint}");
    private static readonly Option<string?> FailedAction = OptionKinds.Text("--failed-action", $"What the tool that failed was given. {TextInput.Hint}");
    private static readonly Option<string?> Observation = OptionKinds.Text("--observation", $"What the last tool answered, when that was no error. {TextInput.Hint}");
    private static readonly Option<int> Limit = OptionKinds.Whole("--limit", "At most so many things to do, and as many to avoid.", 5, 1, 100);

    public static Command Create() =>
        new Command("advise", "Say what to do next and what to avoid, with the episodes that show it. Needs at least one of --task, --tools and --error.")
        {
            Task, Domain, Project, Tags, Tools, Error, FailedAction, Observation, Limit,
        }.Runs(RunAsync);

    /// <summary>Prints advice for people.</summary>
    public static void Print(IAnsiConsole console, Advice advice)
    {
        if (advice.ErrorClass is { } error)
            console.Line("The error was understood as: ", Ink.Bold(error));
        if (advice.Next.Count == 0 && advice.Avoid.Count == 0)
        {
            console.Line("No advice. ", advice.EmptyReason);
            return;
        }

        Print(console, "Do next", advice.Next);
        Print(console, "Avoid", advice.Avoid);
    }

    private static void Print(IAnsiConsole console, string title, IReadOnlyList<Suggestion> suggestions)
    {
        if (suggestions.Count == 0)
            return;
        console.Title(title);
        foreach (var suggestion in suggestions)
        {
            var action = suggestion.Action == Learner.End ? "END (finish the run)" : suggestion.Action;
            console.Line("  ", Ink.Bold(action), "  ", title == "Avoid" ? Ink.Bad(Words.Number(suggestion.Score)) : Ink.Good(Words.Number(suggestion.Score)), "  ", suggestion.Reason);
            if (suggestion.Evidence.Count > 0)
                console.Line(Ink.Dim($"    shown by {string.Join(", ", suggestion.Evidence.Take(2).Select(e => e.Episode))}{(suggestion.Evidence.Count > 2 ? $" and {suggestion.Evidence.Count - 2} more" : "")}"));
        }
    }

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var input = new TextInput();
        var request = new AdviceRequest
        {
            Task = await input.ReadAsync(parsed.GetValue(Task), "--task", cancellationToken),
            Domain = parsed.GetValue(Domain),
            Scope = new(Project: parsed.GetValue(Project)),
            Tags = parsed.GetValue(Tags) ?? [],
            Tools = parsed.GetValue(Tools)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            Error = await input.ReadAsync(parsed.GetValue(Error), "--error", cancellationToken),
            FailedAction = await input.ReadAsync(parsed.GetValue(FailedAction), "--failed-action", cancellationToken),
            Observation = await input.ReadAsync(parsed.GetValue(Observation), "--observation", cancellationToken),
            Limit = parsed.GetValue(Limit),
        };
        if (string.IsNullOrWhiteSpace(request.Task) && request.Tools.Count == 0 && request.Error is null)
            throw new ArgumentException("advise knows nothing of where the agent stands: give --task, --tools or --error.");
        await using var memory = await context.OpenAsync(cancellationToken);
        var advice = await memory.AdviseAsync(request, cancellationToken);
        context.Output.Write(AdviceJson.Of(advice), MemoryJson.Default.AdviceJson, people => Print(people, advice));
    }
}
