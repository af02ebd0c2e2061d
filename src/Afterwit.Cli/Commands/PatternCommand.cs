using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit pattern`: the learned patterns, one by one.</summary>
internal static class PatternCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "The pattern: p and 16 hexadecimal digits. `afterwit pattern list` shows the ids." };

    private static readonly Choice<PatternKind> Kinds = Choice.Among<PatternKind>();
    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "Only this field of work.", "NAME");
    private static readonly Option<string?> Kind = Kinds.Option("--kind", "Only this kind.");
    private static readonly Option<int> MinSupport = OptionKinds.Whole("--min-support", "Seen in at least so many episodes.", Pattern.ActiveSupport, 0, 1_000_000);
    private static readonly Option<bool> Retired = new("--retired") { Description = "With those that were withdrawn by `pattern forget`." };
    private static readonly Option<int> Limit = OptionKinds.Whole("--limit", "At most so many.", 50, 1, 100_000);
    private static readonly Option<bool> Restore = new("--restore") { Description = "Put a withdrawn pattern back." };

    public static Command Create() => new("pattern", "Look at the learned patterns, and withdraw one that misleads.")
    {
        CreateList(), CreateShow(), CreateForget(),
    };

    /// <summary>`afterwit pattern list`: the patterns, the best supported first.</summary>
    private static Command CreateList() =>
        new Command("list", "List the patterns, the best supported first.") { Domain, Kind, MinSupport, Retired, Limit }.Runs(ListAsync);

    /// <summary>A table of patterns with their numbers, and with their uplift where it is known.</summary>
    public static Table Table(string title, IReadOnlyList<Pattern> patterns, Uplifts? uplifts = null)
    {
        var table = Output.Table([title, "Runs", "Success", "95 % range", .. uplifts is null ? [] : (string[])["Uplift"]]);
        foreach (var column in table.Columns.Skip(1))
            column.RightAligned().NoWrap();
        foreach (var pattern in patterns)
        {
            var state = pattern.State == PatternState.Active ? "" : $" {Names.Of(pattern.State)}";
            table.AddRow(
            [
                InkWriter.Cell(PatternText.Describe(pattern), "\n", Ink.Dim($"{pattern.Id} {Names.Of(pattern.Kind)}{state}")), InkWriter.Cell(Words.Count(pattern.Support)),
                InkWriter.Cell(Words.Percent(pattern.SuccessRate)), InkWriter.Cell(Words.Range(pattern)),
                .. uplifts is null ? [] : (Paragraph[])[InkWriter.Cell(Tone(uplifts.Of(pattern), ",\n"))],
            ]);
        }

        return table;
    }

    private static async Task ListAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
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
            Output.WriteJson(new([.. patterns.Select(PatternJson.OfListed)]), MemoryJson.Default.PatternListJson);
        else if (patterns.Count == 0)
            context.Output.People.Line($"No pattern with a support of {filter.MinSupport} or more passes the filter. --min-support 1 shows the candidates too.");
        else
            context.Output.People.Write(Table("Pattern", patterns));
    }

    /// <summary>`afterwit pattern show`: one pattern with its agents and evidence.</summary>
    private static Command CreateShow() =>
        new Command("show", "Show one pattern with its counts for each agent and the episodes that show it.") { Id }.Runs(ShowAsync);

    private static async Task ShowAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = PatternId.Parse(parsed.GetValue(Id));
        await using var memory = await context.OpenAsync(cancellationToken);
        var pattern = await memory.Store.GetPatternAsync(id, cancellationToken) ?? throw NotFound(id);
        var uplifts = await Uplifts.ReadAsync(memory.Store, [pattern.Domain], cancellationToken);
        context.Output.Write(PatternJson.OfWhole(pattern, uplifts), MemoryJson.Default.PatternJson, people => Print(people, pattern, uplifts.Of(pattern)));
    }

    private static void Print(IAnsiConsole console, Pattern pattern, Uplift? uplift)
    {
        console.Line(Ink.Bold(PatternText.Describe(pattern)));
        console.Line(Ink.Dim($"{pattern.Id} {Names.Of(pattern.Kind)}, {Names.Of(pattern.State)}, seen from {Words.Minute(pattern.FirstSeen)} to {Words.Minute(pattern.LastSeen)} UTC"));
        console.Line($"{Words.Many(pattern.Support, "run")}, {Words.Percent(pattern.SuccessRate)} succeeded, with 95 % confidence {Words.Range(pattern)}; the action itself failed in {Words.Count(pattern.Errors)}.");
        if (uplift is { } points)
            console.Line($"Against the {(pattern.Kind == PatternKind.ErrorRecovery ? "runs of its domain that went on otherwise after an error" : "other runs of its domain")}: ", Tone(points, ", "), " with 95 % confidence.");
        if (pattern.Agents.Count > 0)
        {
            console.Title("Agents");
            foreach (var agent in pattern.Agents)
                console.Line("  ", agent.Agent, $"  {agent.Successes} of {agent.Successes + agent.Failures} succeeded");
        }

        if (pattern.Evidence.Count > 0)
        {
            console.Title("Evidence");
            foreach (var evidence in pattern.Evidence)
                console.Line("  ", evidence.Success ? Ink.Good("succeeded") : Ink.Bad("failed   "), $"  {evidence.Episode}, step {evidence.Step}");
        }
    }

    /// <summary>An uplift in words, in colour when its sign is sure.</summary>
    public static Ink Tone(Uplift? uplift, string between) => uplift switch
    {
        null => "-",
        { IsSure: false } unsure => Words.Points(unsure, between),
        { Difference: > 0 } better => Ink.Good(Words.Points(better, between)),
        { } worse => Ink.Bad(Words.Points(worse, between)),
    };

    /// <summary>`afterwit pattern forget`: withdraws a pattern, or puts it back.</summary>
    private static Command CreateForget() =>
        new Command("forget", "Withdraw a pattern: it is still counted, and never used. --restore puts it back.") { Id, Restore }.Runs(ForgetAsync);

    private static NotFoundException NotFound(PatternId id) => new($"There is no pattern {id}. `afterwit pattern list` shows what there is.");

    private static async Task ForgetAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = PatternId.Parse(parsed.GetValue(Id));
        await using var memory = await context.OpenAsync(cancellationToken);
        if (!await memory.Store.RetirePatternAsync(id, !parsed.GetValue(Restore), cancellationToken))
            throw NotFound(id);
        var pattern = await memory.Store.GetPatternAsync(id, cancellationToken) ?? throw NotFound(id);
        context.Output.Write(
            new(id.ToString(), Names.Of(pattern.State)), MemoryJson.Default.PatternStateJson,
            people => people.Line($"{id} is {Names.Of(pattern.State)} now: ", PatternText.Describe(pattern)));
    }
}
