namespace Afterwit;

/// <summary>The score interval for a proportion at 95 % confidence (E. B. Wilson, Journal of the American Statistical Association 22, 1927).</summary>
public static class Wilson
{
    private const double Z = 1.959963984540054;

    /// <summary>The lower bound; 0 without trials.</summary>
    public static double Lower(double successes, double trials) => Bound(successes, trials, -1);

    /// <summary>The upper bound; 1 without trials.</summary>
    public static double Upper(double successes, double trials) => Bound(successes, trials, +1);

    private static double Bound(double successes, double trials, int side)
    {
        if (trials <= 0)
            return side < 0 ? 0 : 1;
        var p = successes / trials;
        var centre = p + (Z * Z / (2 * trials));
        var spread = Z * Math.Sqrt(((p * (1 - p)) + (Z * Z / (4 * trials))) / trials);
        return Math.Clamp((centre + (side * spread)) / (1 + (Z * Z / trials)), 0, 1);
    }
}
