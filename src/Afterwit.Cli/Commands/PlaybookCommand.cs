using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit playbook`: how a task like this is done.</summary>
internal static class PlaybookCommand
{
    private const string NoPlaybook = "No run of a similar task has succeeded yet. `afterwit recall` with --include-failed shows what was tried.";

    private static readonly Argument<string> Task = new("TASK") { Description = "The task at hand, in any words." };
    private static readonly Option<string?> Project = OptionKinds.Text("--project", "Only memories of this project.", "NAME");
    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "The field of work: its episodes count more.", "NAME");
    private static readonly Option<string[]> Tags = OptionKinds.Texts("--tag", "A mark of the circumstances: episodes that share it count more.", "TAG");

    public static Command Create() =>
        new Command("playbook", "Say how a task like this is done: its steps, pitfalls, and when not to do it so.") { Task, Project, Domain, Tags }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        await using var memory = await context.OpenAsync(cancellationToken);
        var playbook = await memory.PlaybookAsync(
            new()
            {
                Text = parsed.GetRequiredValue(Task),
                Scope = new(Project: parsed.GetValue(Project)),
                Context = new() { Domain = parsed.GetValue(Domain), Tags = parsed.GetValue(Tags) ?? [] },
            },
            cancellationToken);
        if (context.Output.Json)
            Output.WriteJson(new(playbook is null ? null : PlaybookJson.Of(playbook), playbook is null ? NoPlaybook : null), MemoryJson.Default.PlaybookResultJson);
        else if (playbook is null)
            context.Output.People.Line("No playbook. ", NoPlaybook);
        else
            Print(context.Output.People, playbook);
    }

    private static void Print(IAnsiConsole console, Playbook playbook)
    {
        console.Line(Ink.Bold(playbook.Title));
        console.Line(Ink.Dim(
            $"{playbook.Id}{(playbook.Domain is { } domain ? $", {domain}" : "")}: {playbook.Successes} of {Words.Many(playbook.Successes + playbook.Failures, "similar run")} succeeded, at least {Words.Percent(playbook.LowerBound)} with 95 % confidence"));
        console.Title("Steps");
        foreach (var (step, number) in playbook.Steps.Select((step, i) => (step, i + 1)))
        {
            console.Line($"  {number,2}. ", Ink.Bold(step.Tool), Ink.Dim($"  {Words.Percent(step.Share)} of the runs"));
            if (step.Example is { Length: > 0 } example)
                console.Line(Ink.Dim("      such as "), Words.Excerpt(example, 200));
        }

        if (playbook.Pitfalls.Count > 0)
        {
            console.Title("Pitfalls");
            foreach (var pitfall in playbook.Pitfalls)
                console.Line("  - ", pitfall.Text);
        }

        if (playbook.AvoidWhen.Count > 0)
        {
            console.Title("Not when");
            foreach (var when in playbook.AvoidWhen)
                console.Line("  - ", when);
        }

        console.Line("");
        console.Line(Ink.Dim($"From {string.Join(", ", playbook.Evidence.Take(3).Select(e => e.Episode))}{(playbook.Evidence.Count > 3 ? $" and {playbook.Evidence.Count - 3} more" : "")}"));
    }
}
