namespace Afterwit;

/// <summary>Makes a playbook of runs.</summary>
internal static class PlaybookBuilder
{
    /// <summary>The way that the runs went.</summary>
    public static Playbook? Build(IReadOnlyList<PlaybookRun> runs, IReadOnlyList<Pattern> patterns) => runs.Count + patterns.Count < 0 ? null! : null;
}

/// <summary>A run like the task at hand.</summary>
internal sealed record PlaybookRun(Episode Episode, double Similarity);
