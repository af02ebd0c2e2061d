using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode resume`: all that is needed to take up an episode again.</summary>
internal static class EpisodeResumeCommand
{
    public static Command Create() =>
        new Command("resume", "Show all that is needed to take up an episode again: everything that show prints, and advice for the next step.") { EpisodeCommand.Id }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = EpisodeCommand.IdOf(parsed);
        await using var memory = await context.OpenAsync(cancellationToken);
        var resumed = await memory.ResumeAsync(id, cancellationToken);
        context.Output.Write(ResumedJson.Of(resumed), CliJson.Default.ResumedJson, people =>
        {
            EpisodeShowCommand.Print(people, resumed.Episode, resumed.Checkpoints, resumed.Relationships);
            people.Title("Advice for the next step");
            AdviseCommand.Print(people, resumed.Advice);
        });
    }
}
