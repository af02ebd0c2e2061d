using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit pattern list`: the patterns, the best supported first.</summary>
internal static class PatternListCommand
{
    private static readonly Choice<PatternKind> Kinds = new(
        ("tool-sequence", PatternKind.ToolSequence), ("decision-point", PatternKind.DecisionPoint), ("error-recovery", PatternKind.ErrorRecovery), ("context", PatternKind.Context));

    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "Only this field of work.", "NAME");
    private static readonly Option<string?> Kind = Kinds.Option("--kind", "Only this kind.");
    private static readonly Option<int> MinSupport = OptionKinds.Whole("--min-support", "Seen in at least so many episodes.", Pattern.ActiveSupport, 0, 1_000_000);
    private static readonly Option<bool> Retired = new("--retired") { Description = "With those that were withdrawn by `pattern forget`." };
    private static readonly Option<int> Limit = OptionKinds.Whole("--limit", "At most so many.", 50, 1, 100_000);

    public static Command Create() =>
        new Command("list", "List the patterns, the best supported first.") { Domain, Kind, MinSupport, Retired, Limit }.Runs(RunAsync);

    /// <summary>A table of patterns with their numbers.</summary>
    public static Table Table(string title, IReadOnlyList<Pattern> patterns)
    {
        var table = Output.Table(title, "Runs", "Success", "95 % range");
        foreach (var column in table.Columns.Skip(1))
            column.RightAligned().NoWrap();
        foreach (var pattern in patterns)
        {
            var state = pattern.State == PatternState.Active ? "" : $" {Words.Of(pattern.State)}";
            table.AddRow(
                InkWriter.Cell(PatternText.Describe(pattern), "\n", Ink.Dim($"{pattern.Id} {Words.Of(pattern.Kind)}{state}")), InkWriter.Cell(Words.Count(pattern.Support)),
                InkWriter.Cell(Words.Percent(pattern.SuccessRate)), InkWriter.Cell(Words.Range(pattern)));
        }

        return table;
    }

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var filter = new PatternFilter
        {
            Domain = parsed.GetValue(Domain),
            Kind = parsed.GetValue(Kind) is { } kind ? Kinds.Of(kind) : null,
            MinSupport = parsed.GetValue(MinSupport),
            IncludeRetired = parsed.GetValue(Retired),
            Limit = parsed.GetValue(Limit),
        };
        await using var memory = await context.OpenAsync(cancellationToken);
        var patterns = await memory.Store.ListPatternsAsync(filter, cancellationToken);
        if (context.Output.Json)
            Output.WriteJson(new([.. patterns.Select(PatternJson.Of)]), CliJson.Default.PatternListJson);
        else if (patterns.Count == 0)
            context.Output.People.Line($"No pattern with a support of {filter.MinSupport} or more passes the filter. --min-support 1 shows the candidates too.");
        else
            context.Output.People.Write(Table("Pattern", patterns));
    }
}
