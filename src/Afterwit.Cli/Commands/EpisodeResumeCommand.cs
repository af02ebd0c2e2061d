using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode resume`: all that is needed to take up an episode again.</summary>
internal static class EpisodeResumeCommand
{
    public static Command Create()
    {
        var command = new Command("resume", "Show all that is needed to take up an episode again: everything that show prints, and advice for the next step.") { EpisodeCommand.Id };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var context = new CommandContext(parsed);
        var id = EpisodeCommand.IdOf(parsed);
        await using var memory = await context.OpenAsync(cancellationToken);
        var resumed = await memory.ResumeAsync(id, cancellationToken);
        if (context.Output.Json)
        {
            Output.WriteJson(ResumedJson.Of(resumed), EpisodeJsonContext.Default.ResumedJson);
            return ExitCode.Done;
        }

        var console = context.Output.People;
        EpisodeShowCommand.Print(console, resumed.Episode, resumed.Checkpoints, resumed.Relationships);
        console.Title("Advice for the next step");
        AdviseCommand.Print(console, resumed.Advice);
        return ExitCode.Done;
    }
}
