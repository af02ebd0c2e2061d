namespace Afterwit;

/// <summary>Says what a finished episode teaches. A pure function: the same episode always gives the same observations, so that they can be taken back.</summary>
public static class Learner
{
    /// <summary>The action that means that the run ended.</summary>
    public const string End = "END";

    /// <summary>The patterns an episode shows, each once.</summary>
    public static IReadOnlyList<PatternObservation> Observe(Episode episode) => throw new NotSupportedException();
}
