namespace Afterwit.Storage;

/// <summary>The key of a step: its episode's key in the high bits, its ordinal in the low 20.</summary>
internal static class StepKey
{
    /// <summary>The most steps of an episode.</summary>
    public const int MaxSteps = 1 << 20;

    public static long Episode(long key) => key >> 20;

    public static int Ordinal(long key) => (int)(key & (MaxSteps - 1));
}
