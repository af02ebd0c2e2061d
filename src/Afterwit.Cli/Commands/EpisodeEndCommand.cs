using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode complete`, `fail` and `abstain`: end an episode and print what can be said of it in hindsight.</summary>
internal static class EpisodeEndCommand
{
    private static readonly Choice<EpisodeStatus> Outcomes = new(
        ("success", EpisodeStatus.Succeeded), ("partial", EpisodeStatus.Partial), ("failure", EpisodeStatus.Failed), ("abstained", EpisodeStatus.Abstained));

    private static readonly Option<string?> Outcome = Outcomes.Option("--outcome", "How it ended.", required: true);
    private static readonly Option<string?> Summary = OptionKinds.Text("--summary", $"What came of it, in a sentence. {TextInput.Hint}");
    private static readonly Option<string?> Reason = OptionKinds.Text("--reason", $"Why, in a sentence. {TextInput.Hint}");
    private static readonly Option<double?> Score = OptionKinds.Share("--score", "A grade from outside, such as a test's result: 0 nothing right, 1 all right.");

    public static Command CreateComplete() =>
        new Command("complete", "End an episode and learn from it. Prints its reward and what can be said of it in hindsight.") { EpisodeCommand.Id, Outcome, Summary, Score }
            .Runs((parsed, context, cancellationToken) => RunAsync(parsed, context, Outcomes.Of(parsed.GetValue(Outcome)!), Summary, cancellationToken));

    public static Command CreateFail() =>
        new Command("fail", "End an episode as failed, and learn from it. Short for complete --outcome failure.") { EpisodeCommand.Id, Reason, Score }
            .Runs((parsed, context, cancellationToken) => RunAsync(parsed, context, EpisodeStatus.Failed, Reason, cancellationToken));

    public static Command CreateAbstain() =>
        new Command("abstain", "End an episode that the agent declined or handed back: it is kept, and nothing is learned from it.") { EpisodeCommand.Id, Reason }
            .Runs((parsed, context, cancellationToken) => RunAsync(parsed, context, EpisodeStatus.Abstained, Reason, cancellationToken));

    /// <summary>Prints reward and reflection for people.</summary>
    public static void PrintHindsight(IAnsiConsole console, Episode episode)
    {
        if (episode.Reward is { } reward)
        {
            console.Line(
                "Reward ", Ink.Bold(Words.Number(reward.Value)), Ink.Dim(" = " + string.Join(" + ", reward.Components.Select(c => $"{Words.Number(c.Weight)} x {c.Name} {Words.Number(c.Value)}"))));
        }

        if (episode.Reflection is not { } reflection)
            return;
        Print(console, "Worked", reflection.Worked);
        Print(console, "Failed", reflection.Failed);
        Print(console, "Lessons", reflection.Lessons);
    }

    private static void Print(IAnsiConsole console, string title, IReadOnlyList<ReflectionNote> notes)
    {
        if (notes.Count == 0)
            return;
        console.Line(Ink.Bold(title));
        foreach (var note in notes)
            console.Line("  - ", note.Text, Ink.Dim($" (step{(note.Steps.Count == 1 ? "" : "s")} {string.Join(", ", note.Steps)})"));
    }

    private static async Task RunAsync(ParseResult parsed, CommandContext context, EpisodeStatus status, Option<string?> text, CancellationToken cancellationToken)
    {
        var id = EpisodeCommand.IdOf(parsed);
        var said = await new TextInput().ReadAsync(parsed.GetValue(text), text.Name, cancellationToken);
        var score = status == EpisodeStatus.Abstained ? null : parsed.GetValue(Score);
        await using var memory = await context.OpenAsync(cancellationToken);
        var ended = await memory.CompleteAsync(id, new(status, said, score), cancellationToken);
        context.Output.Write(EpisodeEndedJson.Of(ended), MemoryJson.Default.EpisodeEndedJson, people =>
        {
            people.Line($"Episode {id} {Names.Of(ended.Status)} after {Words.Many(ended.Steps.Count, "step")}.");
            PrintHindsight(people, ended);
        });
    }
}
