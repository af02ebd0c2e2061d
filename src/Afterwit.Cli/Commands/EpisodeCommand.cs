using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode`: the life of an episode, and a look at those that are kept.</summary>
internal static class EpisodeCommand
{
    private const int TitleLength = 160;

    public static readonly Argument<string> Id = new("ID") { Description = "The episode. `afterwit episode list` shows the ids." };

    public static readonly Choice<RelationshipKind> Kinds = Choice.Among<RelationshipKind>();

    private static readonly Argument<string> From = new("A") { Description = "The episode where the relationship starts." };
    private static readonly Argument<string> Kind = Kinds.Argument("KIND", "How A belongs to B; A parent B means that A is a part of B.");
    private static readonly Argument<string> To = new("B") { Description = "The episode where it ends." };
    private static readonly Option<string?> Why = OptionKinds.Text("--note", "Why, in a sentence.");
    private static readonly Option<int> Priority = OptionKinds.Whole("--priority", "What comes first among the relationships of an episode: the highest.", 0, -1000, 1000);
    private static readonly Option<double?> Weight = OptionKinds.Share("--weight", "How strongly the two belong together, above 0; the weight of a way is the product of its parts'. Default: 1.");
    private static readonly Option<string[]> About = OptionKinds.Texts("--meta", "Anything else worth keeping.", "KEY=VALUE");
    private static readonly Option<bool> Remove = new("--remove") { Description = "Take the relationship away instead." };

    private static readonly Option<string?> Note = new("--note") { Description = $"What is done and what comes next. {TextInput.Hint}", HelpName = "TEXT", Required = true };
    private static readonly Option<string?> State = OptionKinds.Text("--state", $"Whatever the agent needs to go on, kept as given. {TextInput.Hint}");

    private static readonly Argument<string[]> Ids = new("ID") { Description = "The episodes. `afterwit episode list` shows the ids.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Do it. Without it the command only says what would be removed." };

    private static readonly Choice<EpisodeStatus> Statuses = Choice.Among<EpisodeStatus>();
    private static readonly Option<string?> Status = Statuses.Option("--status", "Only those that stand there.");
    private static readonly Option<string?> Project = OptionKinds.Text("--project", "Only this project.", "NAME");
    private static readonly Option<string?> Agent = OptionKinds.Text("--agent", "Only this agent.", "NAME");
    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "Only this field of work.", "NAME");
    private static readonly Option<string?> Tag = OptionKinds.Text("--tag", "Only those with this tag.", "TAG");
    private static readonly Option<string?> Metadata = OptionKinds.Text("--meta", "Only those with this metadata.", "KEY=VALUE");
    private static readonly Option<int> Limit = OptionKinds.Whole("--limit", "At most so many.", 20, 1, 100_000);

    public static Command Create() => new("episode", "Record what an agent does: start an episode, log its steps, complete it. And look at, join or forget episodes.")
    {
        EpisodeStartCommand.Create(), EpisodeLogCommand.Create(), EpisodeEndCommand.CreateComplete(), EpisodeEndCommand.CreateFail(), EpisodeEndCommand.CreateAbstain(),
        EpisodeShowCommand.Create(), CreateList(), CreateRelate(), EpisodeGraphCommand.Create(), CreateCheckpoint(), CreateResume(), CreateForget(),
    };

    /// <summary>The episode that the command line names.</summary>
    public static EpisodeId IdOf(ParseResult parsed) => EpisodeId.Parse(parsed.GetValue(Id));

    /// <summary>`afterwit episode relate`: joins two episodes.</summary>
    private static Command CreateRelate() =>
        new Command("relate", "Join two episodes. Doing it again replaces the note and the rest; a kind that orders episodes refuses a circle.") { From, Kind, To, Why, Priority, Weight, About, Remove }.Runs(RelateAsync);

    private static async Task RelateAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var edge = new Relationship(EpisodeId.Parse(parsed.GetValue(From)), Kinds.Of(parsed.GetRequiredValue(Kind)), EpisodeId.Parse(parsed.GetValue(To)), parsed.GetValue(Why))
        {
            Priority = parsed.GetValue(Priority),
            Weight = parsed.GetValue(Weight) ?? 1,
            Metadata = OptionKinds.Pairs("--meta", parsed.GetValue(About)),
        };
        await using var memory = await context.OpenAsync(cancellationToken);
        if (parsed.GetValue(Remove))
            await memory.UnrelateAsync(edge.From, edge.Kind, edge.To, cancellationToken);
        else
            await memory.RelateAsync(edge, cancellationToken);
        context.Output.Write(
            RelationshipJson.Of(edge), MemoryJson.Default.RelationshipJson,
            people => people.Line($"{(parsed.GetValue(Remove) ? "Removed: " : "")}{edge.From} {Names.Of(edge.Kind)} {edge.To}"));
    }

    /// <summary>`afterwit episode checkpoint`: keeps a point from which an episode can be taken up again.</summary>
    private static Command CreateCheckpoint() =>
        new Command("checkpoint", "Keep a point from which an episode can be taken up again, by the same agent or another.") { Id, Note, State }.Runs(CheckpointAsync);

    private static async Task CheckpointAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = IdOf(parsed);
        var input = new TextInput();
        var note = await input.ReadAsync(parsed.GetValue(Note), "--note", cancellationToken);
        var state = await input.ReadAsync(parsed.GetValue(State), "--state", cancellationToken);
        await using var memory = await context.OpenAsync(cancellationToken);
        await memory.CheckpointAsync(id, note, state, cancellationToken);
        var saved = (await memory.Store.GetCheckpointsAsync(id, cancellationToken))[^1];
        context.Output.Write(
            new(id.ToString(), Names.Iso(saved.At), saved.Steps, saved.Note), MemoryJson.Default.CheckpointSavedJson,
            people => people.Line($"Kept after {Words.Many(saved.Steps, "step")}: `afterwit episode resume {id}` takes it up again."));
    }

    /// <summary>`afterwit episode resume`: all that is needed to take up an episode again.</summary>
    private static Command CreateResume() =>
        new Command("resume", "Show all that is needed to take up an episode again: everything that show prints, and advice for the next step.") { Id }.Runs(ResumeAsync);

    private static async Task ResumeAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = IdOf(parsed);
        await using var memory = await context.OpenAsync(cancellationToken);
        var resumed = await memory.ResumeAsync(id, cancellationToken);
        context.Output.Write(ResumedJson.Of(resumed), MemoryJson.Default.ResumedJson, people =>
        {
            EpisodeShowCommand.Print(people, resumed.Episode, resumed.Checkpoints, resumed.Relationships);
            people.Title("Advice for the next step");
            AdviseCommand.Print(people, resumed.Advice);
        });
    }

    /// <summary>`afterwit episode forget`: removes episodes and all that was learned from them.</summary>
    private static Command CreateForget() =>
        new Command("forget", "Remove episodes for good and take back what was learned from them. Needs --yes.") { Ids, Yes }.Runs(ForgetAsync);

    private static async Task ForgetAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        List<EpisodeId> ids = [.. parsed.GetRequiredValue(Ids).Select(EpisodeId.Parse).Distinct()];
        await using var memory = await context.OpenAsync(cancellationToken);
        var episodes = await memory.GetAsync(ids, cancellationToken);
        var removals = new List<EpisodeForgottenJson>();
        foreach (var (id, episode) in ids.Zip(episodes))
        {
            if (episode is null)
                throw new NotFoundException($"There is no episode {id}. `afterwit episode list` shows what there is. Nothing was removed.");
            var checkpoints = await memory.Store.GetCheckpointsAsync(id, cancellationToken);
            var relationships = await memory.Store.GetRelationshipsAsync(id, cancellationToken);
            removals.Add(new(id.ToString(), episode.Steps.Count, checkpoints.Count, relationships.Count));
        }

        var parts = $"{Words.Many(removals.Sum(r => r.Steps), "step")}, {Words.Many(removals.Sum(r => r.Checkpoints), "checkpoint")}, {Words.Many(removals.Sum(r => r.Relationships), "relationship")}";
        var what = episodes is [{ } single] ? $"episode {single.Id} ('{Words.Excerpt(single.Task, 60)}', {Names.Of(single.Status)})" : Words.Many(episodes.Count, "episode");
        if (!parsed.GetValue(Yes))
            throw new ArgumentException($"forget would remove {what} for good: {parts}, and what was learned from it. Nothing was removed; add --yes to do it.");

        await memory.ForgetAsync(ids, cancellationToken);
        void Print(IAnsiConsole people) => people.Line($"Removed {what}: {parts}, and what was learned from it.");
        if (removals is [var removal])
            context.Output.Write(removal, MemoryJson.Default.EpisodeForgottenJson, Print);
        else
            context.Output.Write(new(removals), MemoryJson.Default.EpisodesForgottenJson, Print);
    }

    /// <summary>`afterwit episode list`: the episodes that pass a filter, the newest first.</summary>
    private static Command CreateList() =>
        new Command("list", "List episodes, the newest first.") { Status, Project, Agent, Domain, Tag, Metadata, Limit }.Runs(ListAsync);

    private static async Task ListAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
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
            Output.WriteJson(new([.. episodes.Select(EpisodeListItemJson.Of)]), MemoryJson.Default.EpisodeListJson);
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
            var status = Names.Of(e.Status);
            table.AddRow(
                InkWriter.Cell(Words.Excerpt(e.Task, TitleLength), "\n", Ink.Dim(e.Id.ToString())),
                InkWriter.Cell(e.Status switch { EpisodeStatus.Succeeded => Ink.Good(status), EpisodeStatus.Failed => Ink.Bad(status), _ => status }),
                InkWriter.Cell(Words.Minute(e.StartedAt)), InkWriter.Cell(Words.Count(e.Steps)), InkWriter.Cell(e.Reward is { } reward ? Words.Number(reward) : ""));
        }

        output.People.Write(table);
    }
}
