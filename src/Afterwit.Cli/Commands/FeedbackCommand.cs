using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit feedback`: what came of a recall.</summary>
internal static class FeedbackCommand
{
    private static readonly Choice<bool> Outcomes = new(("success", true), ("failure", false));
    private static readonly Argument<string> Receipt = new("RECEIPT") { Description = "The receipt_id that recall gave." };
    private static readonly Option<string[]> Used = new("--used")
    {
        Description = "The ids of the hits that were used. May be repeated, or hold several. None: nothing of it was used.",
        HelpName = "ID",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Outcome = Outcomes.Option("--outcome", "Whether the task was done.", required: true);

    public static Command Create() =>
        new Command("feedback", "Say what came of a recall, so that what helped ranks higher. Giving it again replaces it.") { Receipt, Used, Outcome }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var feedback = new Feedback(ReceiptId.Parse(parsed.GetValue(Receipt)), Outcomes.Of(parsed.GetValue(Outcome)!), parsed.GetValue(Used) ?? []);
        await using var memory = await context.OpenAsync(cancellationToken);
        await memory.FeedbackAsync(feedback, cancellationToken);
        context.Output.Write(
            new(feedback.Receipt.ToString(), feedback.Success, feedback.Used), MemoryJson.Default.FeedbackJson,
            people => people.Line($"Kept: {Words.Many(feedback.Used.Count, "hit")} of {feedback.Receipt} used, and the task was {(feedback.Success ? "done" : "not done")}."));
    }
}
