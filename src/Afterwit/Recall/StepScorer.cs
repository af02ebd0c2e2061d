using System.Numerics;

namespace Afterwit;

/// <summary>
/// Scores steps by the terms they hold. In a dialogue the answer seldom repeats the words of the question: so a step also gets, for each term it lacks,
/// a share of what a step near it has. For each term the larger of the two counts, never the sum: a neighbour lends only what is missing.
/// </summary>
public static class StepScorer
{
    /// <summary>How far a term reaches.</summary>
    private const int Reach = 3;

    // What a step 1, 2 or 3 places away lends. What was said before counts more than what follows: an answer comes after its question.
    private static readonly double[] FromEarlier = [0.8, 0.64, 0.512];
    private static readonly double[] FromLater = [0.6, 0.36, 0.216];

    /// <summary>The weight of the terms that a step holds itself.</summary>
    public static double Own(ulong terms, ReadOnlySpan<double> weights)
    {
        double score = 0;
        for (; terms != 0; terms &= terms - 1)
            score += weights[BitOperations.TrailingZeroCount(terms)];
        return score;
    }

    /// <summary>Scores every step that holds a term or lies near one that does.</summary>
    /// <param name="matches">The steps of one episode that hold terms, in order.</param>
    /// <param name="terms">How many terms the query has.</param>
    /// <param name="lastOrdinal">The last step of the episode.</param>
    /// <param name="scored">Called with the ordinal and the factor of each term, valid during the call.</param>
    public static void Spread(IReadOnlyList<StepMatch> matches, int terms, int lastOrdinal, Action<int, double[]> scored)
    {
        ArgumentNullException.ThrowIfNull(matches);
        ArgumentNullException.ThrowIfNull(scored);
        var factors = new double[terms];
        var first = 0;
        var next = 0;
        foreach (var match in matches)
        {
            for (var ordinal = Math.Max(next, match.Ordinal - Reach); ordinal <= Math.Min(lastOrdinal, match.Ordinal + Reach); ordinal++)
            {
                while (matches[first].Ordinal < ordinal - Reach)
                    first++;
                Array.Clear(factors);
                for (var i = first; i < matches.Count && matches[i].Ordinal <= ordinal + Reach; i++)
                    Lend(matches[i], ordinal, factors);
                scored(ordinal, factors);
                next = ordinal + 1;
            }
        }
    }

    private static void Lend(StepMatch from, int to, double[] factors)
    {
        var distance = to - from.Ordinal;
        var factor = distance == 0 ? 1 : distance > 0 ? FromEarlier[distance - 1] : FromLater[-distance - 1];
        for (var bits = from.Terms; bits != 0; bits &= bits - 1)
        {
            ref var best = ref factors[BitOperations.TrailingZeroCount(bits)];
            best = Math.Max(best, factor);
        }
    }
}
