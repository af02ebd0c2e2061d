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

    public static Command Create()
    {
        var command = new Command("feedback", "Say what came of a recall, so that what helped ranks higher. Giving it again replaces it.") { Receipt, Used, Outcome };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var context = new CommandContext(parsed);
        var feedback = new Feedback(ReceiptId.Parse(parsed.GetValue(Receipt)), Outcomes.Of(parsed.GetValue(Outcome)!), parsed.GetValue(Used) ?? []);
        await using var memory = await context.OpenAsync(cancellationToken);
        await memory.FeedbackAsync(feedback, cancellationToken);
        if (context.Output.Json)
            Output.WriteJson(new(feedback.Receipt.ToString(), feedback.Success, feedback.Used), LessonJsonContext.Default.FeedbackJson);
        else
            context.Output.People.Line($"Kept: {Words.Many(feedback.Used.Count, "hit")} of {feedback.Receipt} used, and the task was {(feedback.Success ? "done" : "not done")}.");
        return ExitCode.Done;
    }
}
