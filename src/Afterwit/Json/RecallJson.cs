namespace Afterwit;

/// <summary>What `recall` prints.</summary>
internal sealed record RecallJson(string? ReceiptId, IReadOnlyList<RecallHitJson> Hits, int Tokens, string? EmptyReason)
{
    public static RecallJson Of(RecallResult result) => new(result.ReceiptId?.ToString(), [.. result.Hits.Select(RecallHitJson.Of)], result.Tokens, result.EmptyReason);
}

/// <summary>One hit of `recall`.</summary>
internal sealed record RecallHitJson(
    string Id, string Type, string Title, double Score, IReadOnlyDictionary<string, double> Terms, BestStep? BestStep, IReadOnlyList<string> Similar, string? Status, string? Source,
    IReadOnlyList<RelatedHitJson> Related)
{
    public static RecallHitJson Of(RecallHit hit) => new(
        hit.Id, hit.Type.ToString().ToLowerInvariant(), hit.Title, hit.Score, hit.Terms.ToDictionary(t => t.Name, t => t.Contribution), hit.BestStep, hit.Similar,
        hit.Status is { } status ? Names.Of(status) : null, hit.Source,
        [.. hit.Related.Select(RelatedHitJson.Of)]);
}

/// <summary>What a hit of `recall` is tied to.</summary>
internal sealed record RelatedHitJson(string Id, string Kind, string Direction, string Meaning, string Title, string Status)
{
    public static RelatedHitJson Of(RelatedHit r) => new(
        r.Id.ToString(), Names.Of(r.Kind), r.Direction == EdgeDirection.Outgoing ? "out" : "in", r.Meaning, r.Title, Names.Of(r.Status));
}
