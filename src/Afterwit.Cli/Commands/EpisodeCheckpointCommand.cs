using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode checkpoint`: keeps a point from which an episode can be taken up again.</summary>
internal static class EpisodeCheckpointCommand
{
    private static readonly Option<string?> Note = new("--note") { Description = $"What is done and what comes next. {TextInput.Hint}", HelpName = "TEXT", Required = true };
    private static readonly Option<string?> State = OptionKinds.Text("--state", $"Whatever the agent needs to go on, kept as given. {TextInput.Hint}");

    public static Command Create()
    {
        var command = new Command("checkpoint", "Keep a point from which an episode can be taken up again, by the same agent or another.") { EpisodeCommand.Id, Note, State };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var context = new CommandContext(parsed);
        var id = EpisodeCommand.IdOf(parsed);
        var input = new TextInput();
        var note = await input.ReadAsync(parsed.GetValue(Note), "--note", cancellationToken);
        var state = await input.ReadAsync(parsed.GetValue(State), "--state", cancellationToken);
        await using var memory = await context.OpenAsync(cancellationToken);
        await memory.CheckpointAsync(id, note, state, cancellationToken);
        var saved = (await memory.Store.GetCheckpointsAsync(id, cancellationToken))[^1];
        if (context.Output.Json)
            Output.WriteJson(new(id.ToString(), Words.Iso(saved.At), saved.Steps, saved.Note), EpisodeJsonContext.Default.CheckpointSavedJson);
        else
            context.Output.People.Line($"Kept after {Words.Many(saved.Steps, "step")}: `afterwit episode resume {id}` takes it up again.");
        return ExitCode.Done;
    }
}
