namespace Afterwit.Storage;

/// <summary>About how many bytes a value takes: two for each character, and what objects take besides.</summary>
internal static class CachedSize
{
    private const int Object = 64;

    public static int Of(QueryKey key) => Text(key.Text);

    public static int Of(object? value) => (int)Math.Min(int.MaxValue, Estimate(value));

    private static long Estimate(object? value) => value switch
    {
        null => Object,
        string text => Text(text),
        Episode e => (5 * Object) + Text(e.Task) + Of(e.Scope) + Of(e.Context) + Text(e.Outcome?.Summary) + e.Metadata.Sum(p => Object + (long)Text(p.Key) + Text(p.Value)) + Sum(e.Steps) + Estimate(e.Reflection) + (e.Reward is null ? 0 : 4 * Object),
        Step s => (3 * Object) + (long)Text(s.Speaker) + Text(s.Text) + Text(s.Tool) + Text(s.Arguments) + Text(s.Observation) + Text(s.ErrorClass),
        EpisodeSummary s => (2 * Object) + Text(s.Task) + Text(s.SourceId) + Of(s.Scope) + Of(s.Context),
        Pattern p => (3 * Object) + (long)Text(p.Condition) + Text(p.Action) + Text(p.Domain) + (p.Agents.Count * 2 * Object) + (p.Evidence.Count * Object),
        Relationship r => (2 * Object) + Text(r.Note) + r.Metadata.Sum(pair => Object + (long)Text(pair.Key) + Text(pair.Value)),
        RelatedEpisode r => Object + Estimate(r.Head) + Estimate(r.Via),
        NearEpisode n => Object + Estimate(n.Head),
        Embedding e => (2 * Object) + ((long)e.Vector.Length * sizeof(float)),
        CandidateSet c => (2 * Object) + (c.Terms.Count * (long)Object) + c.Candidates.Sum(x => Object + Estimate(x.Head) + (16L * x.Steps.Count)),
        ToolTrace t => (2 * Object) + (t.Steps.Count * 24L) + t.Steps.Sum(s => (long)Text(s.Tool)),
        RecallResult r => (2 * Object) + r.Hits.Sum(h => (3 * Object) + (long)Text(h.Title) + Text(h.BestStep?.Summary) + (h.Terms.Count * (long)Object) + (h.Similar.Count * 2L * Object) + h.Related.Sum(x => (2 * Object) + (long)Text(x.Meaning) + Text(x.Title))),
        Advice a => (2 * Object) + a.Next.Concat(a.Avoid).Sum(s => (2 * Object) + (long)Text(s.Reason) + ((s.Patterns.Count + s.Evidence.Count) * Object)),
        Playbook p => (4 * Object) + p.Steps.Sum(s => (2 * Object) + (long)Text(s.Example)) + p.Pitfalls.Sum(x => (2 * Object) + (long)Text(x.Text)) + (p.Evidence.Count * (long)Object),
        Reflection r => Object + r.Worked.Concat(r.Failed).Concat(r.Lessons).Sum(n => (2 * Object) + Text(n.Text) + (4L * n.Steps.Count)),
        ILookup<PatternId, Evidence> evidence => evidence.Sum(g => (2L * Object) + (g.Count() * Object)),
        System.Collections.IEnumerable many => Sum(many),
        _ => 8 * Object,
    };

    private static long Sum(System.Collections.IEnumerable values) => Object + values.Cast<object?>().Sum(v => 8 + Estimate(v));

    private static long Of(Scope scope) => ReferenceEquals(scope, Scope.Any) ? 0 : Object + (long)Text(scope.Project) + Text(scope.Agent) + Text(scope.User) + Text(scope.Run);

    private static long Of(EpisodeContext context) =>
        Object + (long)Text(context.Domain) + Text(context.Language) + Text(context.Framework) + Text(context.Complexity) + context.Tags.Sum(t => 8L + Text(t));

    private static int Text(string? text) => text is null ? 0 : 24 + (2 * text.Length);
}
