using System.CommandLine;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode`: the life of an episode, and a look at those that are kept.</summary>
internal static class EpisodeCommand
{
    public static readonly Argument<string> Id = new("ID") { Description = "The episode. `afterwit episode list` shows the ids." };

    public static Command Create() => new("episode", "Record what an agent does: start an episode, log its steps, complete it. And look at, join or forget episodes.")
    {
        EpisodeStartCommand.Create(), EpisodeLogCommand.Create(), EpisodeEndCommand.CreateComplete(), EpisodeEndCommand.CreateFail(), EpisodeEndCommand.CreateAbstain(),
        EpisodeShowCommand.Create(), EpisodeListCommand.Create(), EpisodeRelateCommand.Create(), EpisodeCheckpointCommand.Create(), EpisodeResumeCommand.Create(), EpisodeForgetCommand.Create(),
    };

    /// <summary>The episode that the command line names.</summary>
    public static EpisodeId IdOf(ParseResult parsed) => EpisodeId.Parse(parsed.GetValue(Id));
}
