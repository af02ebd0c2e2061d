namespace Afterwit;

/// <summary>Ranks what to do after an error: how often the runs that succeeded went on so, times a little of how often going on so led to success.</summary>
internal static class RecoveryRanking
{
    // Above 0.35 rare actions with lucky runs take over; below 0.1 what everybody does wins although it fails.
    private const double RateExponent = 0.2;
    private const double RatePrior = 30;
    private const double NoveltyWeight = 2;

    // With so many errors seen in the domain, what was done after them counts as much as what would be done anyway.
    private const double PriorErrors = 5;

    /// <summary>Every action known in the domain, best first. Empty when none followed an error yet.</summary>
    /// <param name="table">The counts.</param>
    /// <param name="state">Where the agent stands.</param>
    /// <param name="prior">What would be done next if it were not for the error: what counts where few errors were seen.</param>
    public static List<(string Action, double Score)> Of(PatternTable table, AgentState state, IReadOnlyList<(string Action, double Score)> prior)
    {
        var all = table.Under(PatternKind.ErrorRecovery, Conditions.Always);
        if (all.Count == 0)
            return [];
        var recovered = RecoveryRate(table);
        var nobody = recovered <= 0;
        var share = all.ToDictionary(p => p.Action, _ => 1.0 / all.Count, StringComparer.Ordinal);
        var rate = share.Keys.ToDictionary(a => a, _ => recovered, StringComparer.Ordinal);
        foreach (var condition in state.Recovery)
        {
            var known = table.Under(PatternKind.ErrorRecovery, condition).FindAll(p => share.ContainsKey(p.Action));
            if (known.Count == 0)
                continue;
            double total = known.Sum(p => nobody ? p.Support : p.Successes);
            var novelty = NoveltyWeight * known.Count;
            var counts = known.ToDictionary(p => p.Action, StringComparer.Ordinal);
            foreach (var action in share.Keys)
            {
                var pattern = counts.GetValueOrDefault(action);
                double count = (nobody ? pattern?.Support : pattern?.Successes) ?? 0;
                share[action] = (count + (novelty * share[action])) / (total + novelty);
                rate[action] = ((pattern?.Successes ?? 0) + (RatePrior * rate[action])) / ((pattern?.Support ?? 0) + RatePrior);
            }
        }

        double seen = all.Sum(p => p.Support);
        var trust = seen / (seen + PriorErrors);
        var scores = share.ToDictionary(s => s.Key, s => trust * (nobody ? s.Value : s.Value * Math.Pow(rate[s.Key], RateExponent)), StringComparer.Ordinal);
        foreach (var (action, score) in prior)
            scores[action] = scores.GetValueOrDefault(action) + ((1 - trust) * score);
        var ranked = scores.Select(s => (Action: s.Key, Score: s.Value)).ToList();
        ranked.Sort((a, b) => b.Score.CompareTo(a.Score) is var byScore and not 0 ? byScore : string.CompareOrdinal(a.Action, b.Action));
        return ranked;
    }

    /// <summary>The share of successful runs after any error in the domain.</summary>
    public static double RecoveryRate(PatternTable table)
    {
        var all = table.Under(PatternKind.ErrorRecovery, Conditions.Always);
        double support = all.Sum(p => p.Support);
        return support == 0 ? 0 : all.Sum(p => p.Successes) / support;
    }
}
