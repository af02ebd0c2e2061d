namespace Afterwit;

/// <summary>Says what to do next and what to avoid, from counted patterns and similar runs. Pure: the same input always gives the same advice.</summary>
public static class Advisor
{
    private const int MostPatterns = 5;
    private const int MostEvidence = 3;

    /// <summary>The numbers of all conditions whose patterns <see cref="Advise"/> can use; see <see cref="PatternId.OfCondition"/>.</summary>
    /// <param name="request">Where the agent stands.</param>
    /// <param name="domain">The field of work; null for episodes without one.</param>
    public static IReadOnlyList<long> Conditions(AdviceRequest request, string? domain)
    {
        ArgumentNullException.ThrowIfNull(request);
        var state = new AgentState(request);
        long Of(PatternKind kind, string condition) => PatternId.OfCondition(kind, domain, condition);
        return
        [
            Of(PatternKind.Context, Afterwit.Conditions.Always), Of(PatternKind.Context, Afterwit.Conditions.Ends),
            Of(PatternKind.Context, Afterwit.Conditions.FailuresAfter(state.LastState)),
            .. state.Tags.Select(t => Of(PatternKind.Context, t)),
            .. state.Decision.Select(c => Of(PatternKind.DecisionPoint, c)),
            .. state.Recovery.Select(c => Of(PatternKind.ErrorRecovery, c)),
        ];
    }

    /// <summary>
    /// Ranks what to do next, and lists what is known to be a mistake in this state. After an error the ways to recover are ranked; without an error, or where no recovery
    /// was ever seen, the next tools. docs/learning.md gives the formulas. Withdrawn patterns are never used.
    /// </summary>
    /// <param name="request">Where the agent stands.</param>
    /// <param name="domain">The field of work; patterns of others are ignored.</param>
    /// <param name="patterns">The patterns under <see cref="Conditions"/>, candidates included.</param>
    /// <param name="neighbours">Runs of similar tasks, failed ones included; the 30 most similar count.</param>
    /// <returns>At most <see cref="AdviceRequest.Limit"/> suggestions of each side. The evidence comes from the neighbours; that of the patterns is the caller's to add.</returns>
    public static Advice Advise(AdviceRequest request, string? domain, IReadOnlyList<Pattern> patterns, IReadOnlyList<Neighbour> neighbours)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(patterns);
        ArgumentNullException.ThrowIfNull(neighbours);
        var state = new AgentState(request);
        var table = new PatternTable(patterns, domain);
        var limit = Math.Max(0, request.Limit);
        var ranking = NextToolRanking.Of(table, state, neighbours);
        var next = Recover(table, state, ranking, limit);
        if (next.Count == 0)
            next = Continue(table, state, ranking, limit);
        var avoid = Warnings.Of(table, state);
        var warned = avoid.Select(w => w.Action).ToHashSet(StringComparer.Ordinal);
        next = next.ConvertAll(s => warned.Contains(s.Action) ? s with { Reason = s.Reason + "; usual, but see the warning against it" } : s);
        var empty = next.Count > 0 || avoid.Count > 0 || limit == 0 ? null
            : $"nothing was learned {(domain is null ? "without a domain" : $"in the domain '{TextRules.Excerpt(domain, 60)}'")} yet: complete or import episodes of it first";
        return new(next, [.. avoid.Take(limit)], state.ErrorClass, empty);
    }

    private static List<Suggestion> Recover(PatternTable table, AgentState state, NextToolRanking ranking, int limit) =>
        state.ErrorClass is null ? [] : [.. RecoveryRanking.Of(table, state, ranking.Ranked).Take(limit)
            .Select(r => new Suggestion(r.Action, r.Score, Reason(table, PatternKind.ErrorRecovery, state.Recovery, r.Action, null), Patterns(table, PatternKind.ErrorRecovery, state.Recovery, r.Action), []))];

    private static List<Suggestion> Continue(PatternTable table, AgentState state, NextToolRanking ranking, int limit)
    {
        return [.. ranking.Ranked.Take(limit).Select(r => new Suggestion(
            r.Action, r.Score, Reason(table, PatternKind.DecisionPoint, state.Decision, r.Action, ranking.Votes),
            Patterns(table, PatternKind.DecisionPoint, state.Decision, r.Action), [.. ranking.Votes.Evidence(r.Action).Take(MostEvidence)]))];
    }

    private static string Reason(PatternTable table, PatternKind kind, List<string> conditions, string action, NeighbourVote? votes)
    {
        List<string> parts = [];
        if (table.MostSpecific(kind, conditions, action) is { } pattern)
            parts.Add(Phrases.Outcome(pattern));
        if (votes?.Evidence(action).Count() is > 0 and var voters)
            parts.Add($"{voters} of {Phrases.Runs(votes.Voters)} of similar tasks did so here");
        return parts.Count > 0 ? string.Join("; ", parts) : "seen in similar runs";
    }

    /// <summary>The patterns of an action under all conditions that apply, the most specific first.</summary>
    private static List<PatternId> Patterns(PatternTable table, PatternKind kind, List<string> conditions, string action) =>
        [.. Enumerable.Reverse(conditions).Select(c => table.Find(kind, c, action)).OfType<Pattern>().Take(MostPatterns).Select(p => p.Id)];
}
