using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode relate`: joins two episodes.</summary>
internal static class EpisodeRelateCommand
{
    private static readonly Choice<RelationshipKind> Kinds = new(
        ("parent", RelationshipKind.Parent), ("depends-on", RelationshipKind.DependsOn), ("follows", RelationshipKind.Follows), ("related", RelationshipKind.Related),
        ("blocks", RelationshipKind.Blocks), ("duplicate", RelationshipKind.Duplicate), ("references", RelationshipKind.References));

    private static readonly Argument<string> From = new("A") { Description = "The episode where the relationship starts." };
    private static readonly Argument<string> Kind = Kinds.Argument("KIND", "How A belongs to B; A parent B means that A is a part of B.");
    private static readonly Argument<string> To = new("B") { Description = "The episode where it ends." };
    private static readonly Option<string?> Note = OptionKinds.Text("--note", "Why, in a sentence.");

    private static readonly Option<bool> Remove = new("--remove") { Description = "Take the relationship away instead." };

    public static Command Create() =>
        new Command("relate", "Join two episodes. Doing it again replaces the note; a kind that orders episodes refuses a circle.") { From, Kind, To, Note, Remove }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var edge = new Relationship(EpisodeId.Parse(parsed.GetValue(From)), Kinds.Of(parsed.GetRequiredValue(Kind)), EpisodeId.Parse(parsed.GetValue(To)), parsed.GetValue(Note));
        await using var memory = await context.OpenAsync(cancellationToken);
        if (parsed.GetValue(Remove))
            await memory.UnrelateAsync(edge.From, edge.Kind, edge.To, cancellationToken);
        else
            await memory.RelateAsync(edge, cancellationToken);
        context.Output.Write(
            RelationshipJson.Of(edge), CliJson.Default.RelationshipJson,
            people => people.Line($"{(parsed.GetValue(Remove) ? "Removed: " : "")}{edge.From} {Words.Of(edge.Kind)} {edge.To}"));
    }
}
