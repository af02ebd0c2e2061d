using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode graph`: the episodes around one, or the shortest way to another; for people, Graphviz or programs.</summary>
internal static class EpisodeGraphCommand
{
    private const int MaxHops = 32;

    private static readonly Option<string?> To = OptionKinds.Text("--to", "Show the shortest way to this episode instead.", "ID");
    private static readonly Option<int?> Hops = OptionKinds.WholeOrNone("--hops", $"At most so many relationships away, up to {MaxHops}. Default: 1, with --to {MaxHops}.", 1);
    private static readonly Choice<EdgeDirection> Directions = new(("out", EdgeDirection.Outgoing), ("in", EdgeDirection.Incoming), ("both", EdgeDirection.Both));
    private static readonly Option<string?> Direction = Directions.Option("--direction", "Which way relationships are followed. Default: both.");
    private static readonly Option<string?> Kinds = OptionKinds.Text("--kinds", "Only these kinds, with commas between them. Default: all.", "A,B");
    private static readonly Option<int> Limit = OptionKinds.Whole("--limit", "At most so many episodes around, the nearest.", 100, 1, 10_000);
    private static readonly Choice<GraphFormat> Formats = Choice.Among<GraphFormat>();
    private static readonly Option<string?> Format = Formats.Option("--format", "How it is printed: text for people, dot for Graphviz, json like --json. Default: text.");

    private enum GraphFormat
    {
        Text,
        Dot,
        Json,
    }

    public static Command Create() =>
        new Command("graph", "Show the episodes around one and how they belong together, or the shortest way to another.") { EpisodeCommand.Id, Hops, Direction, Kinds, Limit, To, Format }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        EpisodeId? to = parsed.GetValue(To) is { } end ? EpisodeId.Parse(end) : null;
        var query = new GraphQuery
        {
            From = EpisodeCommand.IdOf(parsed),
            Direction = parsed.GetValue(Direction) is { } direction ? Directions.Of(direction) : EdgeDirection.Both,
            Kinds = EpisodeCommand.Kinds.ListOf("--kinds", parsed.GetValue(Kinds)),
            MaxHops = parsed.GetValue(Hops) ?? (to is null ? 1 : MaxHops),
            Limit = parsed.GetValue(Limit),
        };
        var format = context.Output.Json ? GraphFormat.Json : parsed.GetValue(Format) is { } name ? Formats.Of(name) : GraphFormat.Text;
        await using var memory = await context.OpenAsync(cancellationToken);
        var graph = to is { } there ? await memory.PathAsync(query, there, cancellationToken) : await memory.GraphAsync(query, cancellationToken);
        if (format == GraphFormat.Text && graph.Nodes.Count == 0)
            context.Output.People.Line($"No way of at most {Words.Many(query.MaxHops, "relationship")} leads from {query.From} to {to}.");
        else if (format == GraphFormat.Text)
            Print(context.Output.People, graph);
        else
            Console.Out.Write(format == GraphFormat.Dot ? graph.ToDot() : graph.ToJson() + "\n");
    }

    private static void Print(IAnsiConsole console, EpisodeGraph graph)
    {
        var numbers = graph.Nodes.Select((node, place) => (node.Id, Number: place + 1)).ToDictionary(n => n.Id, n => n.Number);
        foreach (var node in graph.Nodes)
            console.Line(Ink.Bold($"{numbers[node.Id],3}. {node.Title}"), Ink.Dim($"  {Names.Of(node.Status)} {node.Id}, {Words.Many(node.Hops, "hop")}"));
        foreach (var edge in graph.Edges)
        {
            List<string> more = [];
            if (edge.Priority != 0)
                more.Add($"priority {edge.Priority}");
            if (edge.Weight != 1)
                more.Add($"weight {Words.Number(edge.Weight)}");
            more.AddRange(edge.Metadata.Select(pair => $"{pair.Key} {pair.Value}"));
            console.Line($"     {numbers[edge.From]} ", Ink.Bold(Names.Of(edge.Kind)), $" {numbers[edge.To]}  ", edge.Note, Ink.Dim(more.Count == 0 ? "" : $"  {string.Join(", ", more)}"));
        }
    }
}
