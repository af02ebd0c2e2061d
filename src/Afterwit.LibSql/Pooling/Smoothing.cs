namespace Afterwit.LibSql;

/// <summary>Exponential smoothing over ticks of any length.</summary>
internal static class Smoothing
{
    /// <summary>What a new value weighs in a mean of about the last <paramref name="span"/>: the implicit Euler step of the filter, 1 for a long silence.</summary>
    public static double Weight(TimeSpan elapsed, TimeSpan span) => elapsed / (elapsed + span);
}
