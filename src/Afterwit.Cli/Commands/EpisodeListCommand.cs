using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode list`: the episodes that pass a filter, the newest first.</summary>
internal static class EpisodeListCommand
{
    private const int TitleLength = 160;

    private static readonly Choice<EpisodeStatus> Statuses = Choice.Among<EpisodeStatus>();
    private static readonly Option<string?> Status = Statuses.Option("--status", "Only those that stand there.");
    private static readonly Option<string?> Project = OptionKinds.Text("--project", "Only this project.", "NAME");
    private static readonly Option<string?> Agent = OptionKinds.Text("--agent", "Only this agent.", "NAME");
    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "Only this field of work.", "NAME");
    private static readonly Option<string?> Tag = OptionKinds.Text("--tag", "Only those with this tag.", "TAG");
    private static readonly Option<string?> Metadata = OptionKinds.Text("--meta", "Only those with this metadata.", "KEY=VALUE");
    private static readonly Option<int> Limit = OptionKinds.Whole("--limit", "At most so many.", 20, 1, 100_000);

    public static Command Create() =>
        new Command("list", "List episodes, the newest first.") { Status, Project, Agent, Domain, Tag, Metadata, Limit }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var filter = new EpisodeFilter
        {
            Status = parsed.GetValue(Status) is { } status ? Statuses.Of(status) : null,
            Scope = new(Project: parsed.GetValue(Project), Agent: parsed.GetValue(Agent)),
            Domain = parsed.GetValue(Domain),
            Tag = parsed.GetValue(Tag),
            Metadata = parsed.GetValue(Metadata) is { } pair ? OptionKinds.Pair("--meta", pair) : null,
            Limit = parsed.GetValue(Limit),
        };
        await using var memory = await context.OpenAsync(cancellationToken);
        var episodes = await memory.Store.ListEpisodesAsync(filter, cancellationToken);
        if (context.Output.Json)
            Output.WriteJson(new([.. episodes.Select(EpisodeListItemJson.Of)]), CliJson.Default.EpisodeListJson);
        else if (episodes.Count == 0)
            context.Output.People.Line("No episode passes the filter.");
        else
            Print(context.Output, episodes);
    }

    private static void Print(Output output, IReadOnlyList<EpisodeSummary> episodes)
    {
        var table = Output.Table("Episode", "Status", "Started (UTC)", "Steps", "Reward");
        foreach (var column in table.Columns.Skip(1))
            column.NoWrap();
        foreach (var e in episodes)
        {
            var status = Words.Of(e.Status);
            table.AddRow(
                InkWriter.Cell(Words.Excerpt(e.Task, TitleLength), "\n", Ink.Dim(e.Id.ToString())),
                InkWriter.Cell(e.Status switch { EpisodeStatus.Succeeded => Ink.Good(status), EpisodeStatus.Failed => Ink.Bad(status), _ => status }),
                InkWriter.Cell(Words.Minute(e.StartedAt)), InkWriter.Cell(Words.Count(e.Steps)), InkWriter.Cell(e.Reward is { } reward ? Words.Number(reward) : ""));
        }

        output.People.Write(table);
    }
}
