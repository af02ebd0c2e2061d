using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode forget`: removes an episode and all that was learned from it.</summary>
internal static class EpisodeForgetCommand
{
    private static readonly Option<bool> Yes = new("--yes") { Description = "Do it. Without it the command only says what would be removed." };

    public static Command Create() =>
        new Command("forget", "Remove an episode for good and take back what was learned from it. Needs --yes.") { EpisodeCommand.Id, Yes }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = EpisodeCommand.IdOf(parsed);
        await using var memory = await context.OpenAsync(cancellationToken);
        var episode = await memory.GetAsync(id, cancellationToken);
        var checkpoints = await memory.Store.GetCheckpointsAsync(id, cancellationToken);
        var relationships = await memory.Store.GetRelationshipsAsync(id, cancellationToken);
        var parts = $"{Words.Many(episode.Steps.Count, "step")}, {Words.Many(checkpoints.Count, "checkpoint")}, {Words.Many(relationships.Count, "relationship")}";
        if (!parsed.GetValue(Yes))
        {
            throw new ArgumentException(
                $"forget would remove episode {id} ('{Words.Excerpt(episode.Task, 60)}', {Words.Of(episode.Status)}) for good: {parts}, and what was learned from it. Nothing was removed; add --yes to do it.");
        }

        await memory.ForgetAsync(id, cancellationToken);
        context.Output.Write(
            new(id.ToString(), episode.Steps.Count, checkpoints.Count, relationships.Count), CliJson.Default.EpisodeForgottenJson,
            people => people.Line($"Removed episode {id}: {parts}, and what was learned from it."));
    }
}
