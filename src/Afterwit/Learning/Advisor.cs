namespace Afterwit;
public static class Advisor {
    public static IReadOnlyList<long> Conditions(AdviceRequest r, string? domain) => [];
    public static Advice Advise(AdviceRequest request, string? domain, IReadOnlyList<Pattern> patterns, IReadOnlyList<Neighbour> neighbours) => new([], [], null, "x");
}
public sealed record Neighbour(ToolTrace Trace, double Similarity, bool SharesTag);
public sealed record PlaybookRun(Episode Episode, double Similarity);
public static class PlaybookBuilder { public static Playbook? Build(IReadOnlyList<PlaybookRun> runs, IReadOnlyList<Pattern> patterns) => null; }
