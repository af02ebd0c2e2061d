namespace Afterwit;

/// <summary>
/// How much more often runs of one sort succeed than those of another, with bounds at 95 % confidence: the hybrid score interval for the difference of two
/// proportions (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10). It says what goes together, not what causes what.
/// </summary>
/// <param name="Difference">The rate of success of the one sort less that of the other, -1 to 1. 0 when either has no run.</param>
/// <param name="LowerBound">What the difference is not expected to fall below, -1 to 1.</param>
/// <param name="UpperBound">What the difference is not expected to pass, -1 to 1.</param>
public readonly record struct Uplift(double Difference, double LowerBound, double UpperBound)
{
    /// <summary>True when the bounds leave no doubt about the sign.</summary>
    public bool IsSure => LowerBound > 0 || UpperBound < 0;

    /// <summary>Compares two sorts of runs.</summary>
    /// <param name="successes">Successes among the runs of the one sort.</param>
    /// <param name="runs">How many they are. None: the difference may be anything.</param>
    /// <param name="otherSuccesses">Successes among those they are compared with.</param>
    /// <param name="otherRuns">How many those are.</param>
    public static Uplift Of(double successes, double runs, double otherSuccesses, double otherRuns)
    {
        if (runs <= 0 || otherRuns <= 0)
            return new(0, -1, 1);
        var (rate, other) = (successes / runs, otherSuccesses / otherRuns);
        var below = Length(rate - Wilson.Lower(successes, runs), Wilson.Upper(otherSuccesses, otherRuns) - other);
        var above = Length(Wilson.Upper(successes, runs) - rate, other - Wilson.Lower(otherSuccesses, otherRuns));
        return new(rate - other, Math.Max(-1, rate - other - below), Math.Min(1, rate - other + above)); // rounding may pass the end
    }

    private static double Length(double a, double b) => Math.Sqrt((a * a) + (b * b));
}
