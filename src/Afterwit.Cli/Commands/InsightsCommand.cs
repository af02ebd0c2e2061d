using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit insights`: the lessons of each domain with their numbers, against the domain's base rate.</summary>
internal static class InsightsCommand
{
    private const int Considered = 5000;
    private const string AnyAction = "*";

    private static readonly Option<string?> Domain = OptionKinds.Text("--domain", "Only this field of work. Default: all, each on its own.", "NAME");
    private static readonly Option<int> Limit = OptionKinds.Whole("--limit", "At most so many lessons in each section.", 5, 1, 1000);

    public static Command Create() =>
        new Command("insights", "Show what was learned: what goes well, what goes badly, and what helps after an error, with the numbers.") { Domain, Limit }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var patterns = new List<Pattern>();
        await using (var memory = await context.OpenAsync(cancellationToken))
        {
            foreach (var kind in Enum.GetValues<PatternKind>())
                patterns.AddRange(await memory.Store.ListPatternsAsync(new() { Kind = kind, Domain = parsed.GetValue(Domain), Limit = Considered }, cancellationToken));
        }

        var domains = patterns.GroupBy(p => p.Domain, StringComparer.Ordinal)
            .Select(d => DomainLessons.Of(d.Key, d.FirstOrDefault(IsBaseRate), [.. d.Where(p => !IsBaseRate(p))], parsed.GetValue(Limit)))
            .OrderByDescending(d => d.Base?.Support ?? 0)
            .ToList();
        if (context.Output.Json)
            Output.WriteJson(new([.. domains.Select(d => d.ToJson())]), MemoryJson.Default.InsightsJson);
        else if (domains.Count == 0)
            context.Output.People.Line($"Nothing has been learned yet{(parsed.GetValue(Domain) is { } only ? $" in the domain '{only}'" : "")}: a lesson needs {Pattern.ActiveSupport} finished episodes that show it.");
        else
            domains.ForEach(d => Print(context.Output.People, d));
    }

    private static bool IsBaseRate(Pattern p) => p is { Kind: PatternKind.Context, Condition: "", Action: AnyAction };

    private static void Print(IAnsiConsole console, DomainLessons lessons)
    {
        console.Title(lessons.Domain ?? "Episodes without a domain");
        if (lessons.Base is { } rate)
            console.Line($"{Words.Many(rate.Support, "finished run")}, {Words.Percent(rate.SuccessRate)} succeeded: what is below stands against that.");
        if (lessons.IsEmpty)
            console.Line("No lesson yet.");
        PrintTable(console, "Goes well", lessons.Well);
        PrintTable(console, "Goes badly", lessons.Badly);
        PrintTable(console, "After an error", lessons.AfterErrors);
    }

    private static void PrintTable(IAnsiConsole console, string title, List<Pattern> patterns)
    {
        if (patterns.Count > 0)
            console.Write(PatternCommand.Table(title, patterns));
    }

    /// <summary>The lessons of one domain, picked and ordered.</summary>
    private sealed record DomainLessons(string? Domain, Pattern? Base, List<Pattern> Well, List<Pattern> Badly, List<Pattern> AfterErrors)
    {
        public bool IsEmpty => Well.Count + Badly.Count + AfterErrors.Count == 0;

        public static DomainLessons Of(string? domain, Pattern? baseRate, IReadOnlyList<Pattern> patterns, int limit)
        {
            var rate = baseRate?.SuccessRate ?? 0.5;
            var lessons = patterns.Where(p => p.Kind != PatternKind.ErrorRecovery && IsLesson(p)).ToList();
            return new(
                domain, baseRate,
                Pick(lessons.Where(p => p.SuccessRate > rate || (p.SuccessRate == 1 && rate == 1)).OrderByDescending(p => p.LowerBound), limit),
                Pick(lessons.Where(p => p.SuccessRate < rate || (p.SuccessRate == 0 && rate == 0)).OrderBy(p => p.UpperBound), limit),
                Pick(patterns.Where(p => p.Kind == PatternKind.ErrorRecovery && p.Condition.Length > 0).OrderByDescending(p => p.LowerBound), limit));
        }

        public DomainInsightsJson ToJson() => new(
            Domain, Base?.Support ?? 0, Base?.Successes ?? 0, Base?.SuccessRate ?? 0, [.. Well.Select(PatternJson.Of)], [.. Badly.Select(PatternJson.Of)], [.. AfterErrors.Select(PatternJson.Of)]);

        // Counts that only serve the advisor say nothing to a person: which calls fail after which, and how runs end.
        private static bool IsLesson(Pattern p) => p.Kind != PatternKind.Context || p.Condition.Length == 0 || p.Condition.StartsWith("tag:", StringComparison.Ordinal);

        // The same runs show a lesson under several conditions and as a part of longer sequences: only the best placed of them is told.
        private static List<Pattern> Pick(IOrderedEnumerable<Pattern> ranked, int limit)
        {
            var picked = new List<Pattern>();
            foreach (var pattern in ranked.ThenByDescending(p => p.Support).ThenByDescending(p => p.Condition.Contains("error: ", StringComparison.Ordinal)).ThenBy(p => p.Condition.Length))
            {
                if (picked.Count == limit)
                    break;
                if (!picked.Exists(p => SaysTheSame(p, pattern)))
                    picked.Add(pattern);
            }

            return picked;
        }

        private static bool SaysTheSame(Pattern a, Pattern b) => a.Kind == PatternKind.ToolSequence && b.Kind == PatternKind.ToolSequence
            ? Holds(a.Action, b.Action)
            : a.Action == b.Action && (Holds(a.Condition, b.Condition) || (a.Successes, a.Failures) == (b.Successes, b.Failures));

        private static bool Holds(string a, string b) =>
            a.Length > 0 && b.Length > 0 && (a.EndsWith(b, StringComparison.Ordinal) || b.EndsWith(a, StringComparison.Ordinal) || a.StartsWith(b, StringComparison.Ordinal) || b.StartsWith(a, StringComparison.Ordinal));
    }
}
