namespace Afterwit;

/// <summary>
/// Ranks what to do next: the counts under five states, from general to specific, interpolated as by Witten and Bell ("The zero-frequency problem",
/// IEEE Transactions on Information Theory 37, 1991), and the votes of similar runs on top.
/// </summary>
internal sealed class NextToolRanking
{
    private const double FailureWeight = 0.1;
    private const double PriorVotes = 3;
    private const double LeastMessageEnds = 0.1;

    private NextToolRanking(List<(string Action, double Score)> ranked, NeighbourVote votes) => (Ranked, Votes) = (ranked, votes);

    /// <summary>Every action known in the domain, best first. The scores add up to 1.</summary>
    public List<(string Action, double Score)> Ranked { get; }

    /// <summary>What similar runs did.</summary>
    public NeighbourVote Votes { get; }

    /// <summary>Ranks all actions.</summary>
    public static NextToolRanking Of(PatternTable table, AgentState state, IReadOnlyList<Neighbour> neighbours)
    {
        var endIsOffered = EndIsOffered(table);
        bool IsOffered(string action) => endIsOffered || action != Learner.End;
        var actions = table.Under(PatternKind.DecisionPoint, Conditions.Always).Select(p => p.Action).Where(IsOffered).ToList();
        if (actions.Count == 0)
        {
            actions = [.. neighbours.SelectMany(n => n.Trace.Steps).Select(s => ToolNames.Action(s.Tool)).Where(a => !table.IsWithdrawn(a)).Distinct(StringComparer.Ordinal)];
        }

        var share = actions.ToDictionary(a => a, _ => 1.0 / actions.Count, StringComparer.Ordinal);
        foreach (var condition in state.Decision)
        {
            var known = table.Under(PatternKind.DecisionPoint, condition).FindAll(p => share.ContainsKey(p.Action));
            var total = known.Sum(Weight);
            if (total <= 0)
                continue;
            foreach (var action in actions)
                share[action] *= known.Count / (total + known.Count);
            foreach (var pattern in known)
                share[pattern.Action] += Weight(pattern) / (total + known.Count);
        }

        var votes = new NeighbourVote(state, neighbours, share.ContainsKey);
        var ranked = actions.ConvertAll(a => (Action: a, Score: (votes.For(a) + (PriorVotes * share[a])) / (votes.Total + PriorVotes)));
        ranked.Sort((a, b) => b.Score.CompareTo(a.Score) is var byScore and not 0 ? byScore : string.CompareOrdinal(a.Action, b.Action));
        return new(ranked, votes);
    }

    /// <summary>Ending is a decision only where runs end by saying so; where the last tool ends them, END follows no state of its own.</summary>
    public static bool EndIsOffered(PatternTable table)
    {
        double message = table.Find(PatternKind.Context, Conditions.Ends, Conditions.EndsWithMessage)?.Support ?? 0;
        double tool = table.Find(PatternKind.Context, Conditions.Ends, Conditions.EndsWithTool)?.Support ?? 0;
        return message > 0 && message >= LeastMessageEnds * (message + tool);
    }

    private static double Weight(Pattern pattern) => pattern.Successes + (FailureWeight * pattern.Failures);
}
