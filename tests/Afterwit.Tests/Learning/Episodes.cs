namespace Afterwit.Tests.Learning;

internal static class Episodes
{
    private static int _next;

    /// <summary>A run of tools: <c>SELECT!no such table: x</c> is a call with that error.</summary>
    public static Episode Run(bool success, string tools, string? domain = "sql", string[]? tags = null, string task = "count the players", bool endsWithMessage = false)
    {
        var steps = tools.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => t.Split('!') is [var tool, var error]
            ? Step.ToolCall(tool, $"{tool} bad", error.Replace('_', ' '), isError: true)
            : Step.ToolCall(t, $"{t} good", "[(1,)]")).ToList();
        if (endsWithMessage)
            steps.Add(Step.Message("assistant", "done"));
        return new()
        {
            Id = EpisodeId.FromSource($"test/{_next++}"),
            Task = task,
            StartedAt = DateTimeOffset.UnixEpoch,
            Outcome = success ? Outcome.Success() : Outcome.Failure(),
            Context = new() { Domain = domain, Tags = tags ?? [] },
            Steps = [.. steps.Select((s, i) => s with { Ordinal = i })],
        };
    }

    /// <summary>The patterns that many episodes add up to, as a store counts them.</summary>
    public static List<Pattern> Count(params IEnumerable<Episode> episodes) =>
        [.. episodes.SelectMany(Learner.Observe).GroupBy(o => (o.Kind, o.Domain, o.Condition, o.Action)).Select(g => new Pattern
        {
            Kind = g.Key.Kind, Domain = g.Key.Domain, Condition = g.Key.Condition, Action = g.Key.Action,
            Successes = g.Count(o => o.Success), Failures = g.Count(o => !o.Success), Errors = g.Count(o => o.ActionFailed),
        })];

    public static IEnumerable<Episode> Times(int count, bool success, string tools, string[]? tags = null, bool endsWithMessage = false) =>
        Enumerable.Range(0, count).Select(_ => Run(success, tools, tags: tags, endsWithMessage: endsWithMessage));

    /// <summary>The request's patterns only, as a store would return them.</summary>
    public static Advice Advise(AdviceRequest request, List<Pattern> patterns, params Neighbour[] neighbours)
    {
        var conditions = Advisor.Conditions(request, "sql").ToHashSet();
        return Advisor.Advise(request, "sql", patterns.FindAll(p => conditions.Contains(PatternId.OfCondition(p.Kind, p.Domain, p.Condition))), neighbours);
    }

    public static ToolTrace Trace(Episode episode) => new(
        episode.Id, episode.Outcome!.Verdict, [.. episode.Steps.Where(s => s.IsAction).Select(s => new TraceStep(s.Tool!, s.IsError, ErrorDetector.IsBlank(s.Observation), s.Ordinal))],
        episode.Steps[^1].Kind == StepKind.Message);
}
