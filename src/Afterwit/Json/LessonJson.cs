using System.Text.Json.Serialization;

namespace Afterwit;

/// <summary>An episode that shows a lesson.</summary>
internal sealed record EvidenceJson(string EpisodeId, bool Success, int Step)
{
    public static EvidenceJson Of(Evidence e) => new(e.Episode.ToString(), e.Success, e.Step);

    public static IReadOnlyList<EvidenceJson> Of(IEnumerable<Evidence> all) => [.. all.Select(Of)];
}

/// <summary>What `advise` prints.</summary>
internal sealed record AdviceJson(IReadOnlyList<SuggestionJson> Next, IReadOnlyList<SuggestionJson> Avoid, string? ErrorClass, string? EmptyReason)
{
    public static AdviceJson Of(Advice a) => new([.. a.Next.Select(SuggestionJson.Of)], [.. a.Avoid.Select(SuggestionJson.Of)], a.ErrorClass, a.EmptyReason);
}

/// <summary>One thing to do or to avoid.</summary>
internal sealed record SuggestionJson(string Action, double Score, string Reason, IReadOnlyList<string> Patterns, IReadOnlyList<EvidenceJson> Evidence)
{
    public static SuggestionJson Of(Suggestion s) => new(s.Action, s.Score, s.Reason, [.. s.Patterns.Select(p => p.ToString())], EvidenceJson.Of(s.Evidence));
}

/// <summary>What `playbook` prints.</summary>
internal sealed record PlaybookResultJson(PlaybookJson? Playbook, string? EmptyReason);

/// <summary>A way to do a kind of task.</summary>
internal sealed record PlaybookJson(
    string Id, string Title, string? Domain, IReadOnlyList<PlaybookStepJson> Steps, int Successes, int Failures, double LowerBound,
    IReadOnlyList<PitfallJson> Pitfalls, IReadOnlyList<string> AvoidWhen, IReadOnlyList<EvidenceJson> Evidence)
{
    public static PlaybookJson Of(Playbook p) => new(
        p.Id, p.Title, p.Domain, [.. p.Steps.Select(s => new PlaybookStepJson(s.Tool, s.Share, s.Example, EvidenceJson.Of(s.Evidence)))], p.Successes, p.Failures, p.LowerBound,
        [.. p.Pitfalls.Select(f => new PitfallJson(f.Text, [.. f.Patterns.Select(id => id.ToString())], EvidenceJson.Of(f.Evidence)))], p.AvoidWhen, EvidenceJson.Of(p.Evidence));
}

/// <summary>A step of a playbook.</summary>
internal sealed record PlaybookStepJson(string Tool, double Share, string? Example, EvidenceJson Evidence);

/// <summary>What goes wrong on the way.</summary>
internal sealed record PitfallJson(string Text, IReadOnlyList<string> Patterns, IReadOnlyList<EvidenceJson> Evidence);

/// <summary>A pattern with its numbers; agents and evidence only from `pattern show`, its uplift from there and from `insights`.</summary>
internal sealed record PatternJson(
    string PatternId, string Kind, string State, string? Domain, string Condition, string Action, string Text, int Support, int Successes, int Failures, int Errors,
    double SuccessRate, double LowerBound, double UpperBound, double? Uplift, double? UpliftLower, double? UpliftUpper, string FirstSeen, string LastSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<AgentCount>? Agents,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<EvidenceJson>? Evidence)
{
    public static PatternJson Of(Pattern p, Uplift? uplift) => new(
        p.Id.ToString(), Names.Of(p.Kind), Names.Of(p.State), p.Domain, p.Condition, p.Action, PatternText.Describe(p), p.Support, p.Successes, p.Failures, p.Errors,
        p.SuccessRate, p.LowerBound, p.UpperBound, uplift?.Difference, uplift?.LowerBound, uplift?.UpperBound, Names.Iso(p.FirstSeen), Names.Iso(p.LastSeen), null, null);

    /// <summary>Without what it takes another read to know.</summary>
    public static PatternJson OfListed(Pattern p) => Of(p, null);

    public static PatternJson OfWhole(Pattern p, Uplifts uplifts) => Of(p, uplifts.Of(p)) with { Agents = p.Agents, Evidence = EvidenceJson.Of(p.Evidence) };
}

/// <summary>What `insights` prints: the lessons of each domain against its base rate.</summary>
internal sealed record InsightsJson(IReadOnlyList<DomainInsightsJson> Domains);

/// <summary>The lessons of one domain.</summary>
internal sealed record DomainInsightsJson(
    string? Domain, int Runs, int Successes, double BaseRate, IReadOnlyList<PatternJson> GoesWell, IReadOnlyList<PatternJson> GoesBadly, IReadOnlyList<PatternJson> AfterErrors,
    MemoryWorthJson? Memory)
{
    public static DomainInsightsJson Of(DomainLessons d) => new(
        d.Domain, d.Base?.Support ?? 0, d.Base?.Successes ?? 0, d.Base?.SuccessRate ?? 0,
        Lessons(d.Well, d.Uplifts), Lessons(d.Badly, d.Uplifts), Lessons(d.AfterErrors, d.Uplifts), MemoryWorthJson.Of(d.Memory));

    private static List<PatternJson> Lessons(List<Pattern> patterns, Uplifts uplifts) => patterns.ConvertAll(p => PatternJson.Of(p, uplifts.Of(p)));
}

/// <summary>The runs of a domain that something was recalled for against its others.</summary>
internal sealed record MemoryWorthJson(int Runs, int Successes, int RunsWithout, int SuccessesWithout, double? Uplift, double? UpliftLower, double? UpliftUpper)
{
    public static MemoryWorthJson? Of(MemoryWorth? m) =>
        m is null ? null : new(m.Runs, m.Successes, m.RunsWithout, m.SuccessesWithout, m.Uplift?.Difference, m.Uplift?.LowerBound, m.Uplift?.UpperBound);
}

/// <summary>What `pattern list` prints.</summary>
internal sealed record PatternListJson(IReadOnlyList<PatternJson> Patterns);

/// <summary>What `pattern forget` prints.</summary>
internal sealed record PatternStateJson(string PatternId, string State);

/// <summary>What `feedback` prints.</summary>
internal sealed record FeedbackJson(string ReceiptId, bool Success, IReadOnlyList<string> Used);
