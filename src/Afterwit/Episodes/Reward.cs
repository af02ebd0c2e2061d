namespace Afterwit;

/// <summary>One visible part of a reward.</summary>
/// <param name="Name">What it measures.</param>
/// <param name="Value">0 to 1.</param>
/// <param name="Weight">Its share; the weights of a reward add up to 1.</param>
public sealed record RewardComponent(string Name, double Value, double Weight);

/// <summary>How good a run was, 0 to 1, with the parts it is made of.</summary>
/// <param name="Value">The weighted mean of the components.</param>
/// <param name="Components">The parts, each visible.</param>
public sealed record Reward(double Value, IReadOnlyList<RewardComponent> Components)
{
    private const double OutcomeWeight = 0.7;
    private const double CleanWeight = 0.15;
    private const double DirectWeight = 0.15;

    /// <summary>
    /// Computes the reward of a finished run: 0.7 x outcome (1, the score of a partial one or one half, 0) + 0.15 x clean (the share of tool calls without an error)
    /// + 0.15 x direct (the share of tool calls that do not repeat an earlier one). Without tool calls the last two are 1.
    /// </summary>
    public static Reward Of(Outcome outcome, IReadOnlyList<Step> steps)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        ArgumentNullException.ThrowIfNull(steps);
        int calls = 0, errors = 0, repeats = 0;
        var seen = new HashSet<(string?, string?)>();
        foreach (var step in steps)
        {
            if (!step.IsAction)
                continue;
            calls++;
            errors += step.IsError ? 1 : 0;
            repeats += seen.Add((step.Tool, step.Arguments)) ? 0 : 1;
        }

        var reached = outcome.Status switch
        {
            EpisodeStatus.Succeeded => 1.0,
            EpisodeStatus.Partial => Math.Clamp(outcome.Score ?? 0.5, 0, 1),
            _ => 0.0,
        };
        RewardComponent[] parts =
        [
            new("outcome", reached, OutcomeWeight),
            new("clean", calls == 0 ? 1 : 1 - ((double)errors / calls), CleanWeight),
            new("direct", calls == 0 ? 1 : 1 - ((double)repeats / calls), DirectWeight),
        ];
        return new(parts.Sum(p => p.Value * p.Weight), parts);
    }
}
