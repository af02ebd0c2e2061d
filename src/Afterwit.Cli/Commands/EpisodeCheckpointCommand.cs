using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode checkpoint`: keeps a point from which an episode can be taken up again.</summary>
internal static class EpisodeCheckpointCommand
{
    private static readonly Option<string?> Note = new("--note") { Description = $"What is done and what comes next. {TextInput.Hint}", HelpName = "TEXT", Required = true };
    private static readonly Option<string?> State = OptionKinds.Text("--state", $"Whatever the agent needs to go on, kept as given. {TextInput.Hint}");

    public static Command Create() =>
        new Command("checkpoint", "Keep a point from which an episode can be taken up again, by the same agent or another.") { EpisodeCommand.Id, Note, State }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = EpisodeCommand.IdOf(parsed);
        var input = new TextInput();
        var note = await input.ReadAsync(parsed.GetValue(Note), "--note", cancellationToken);
        var state = await input.ReadAsync(parsed.GetValue(State), "--state", cancellationToken);
        await using var memory = await context.OpenAsync(cancellationToken);
        await memory.CheckpointAsync(id, note, state, cancellationToken);
        var saved = (await memory.Store.GetCheckpointsAsync(id, cancellationToken))[^1];
        context.Output.Write(
            new(id.ToString(), Words.Iso(saved.At), saved.Steps, saved.Note), CliJson.Default.CheckpointSavedJson,
            people => people.Line($"Kept after {Words.Many(saved.Steps, "step")}: `afterwit episode resume {id}` takes it up again."));
    }
}
