namespace Afterwit;

/// <summary>What was recalled for an episode, the newest last.</summary>
internal sealed record EpisodeRecallsJson(string EpisodeId, IReadOnlyList<KeptRecallJson> Recalls);

/// <summary>A recall that was asked for an episode. <c>success</c> is what feedback said of it, null as long as there is none.</summary>
internal sealed record KeptRecallJson(string ReceiptId, string At, string Query, int Tokens, bool? Success, IReadOnlyList<KeptHitJson> Hits)
{
    /// <summary>At most so many recalls of an episode are given unless more are asked for.</summary>
    public const int Most = 50;

    /// <summary>The newest recalls of an episode, the newest last.</summary>
    public static async Task<IReadOnlyList<KeptRecallJson>> ReadAsync(IMemoryStore store, EpisodeId episode, int limit, CancellationToken cancellationToken)
    {
        var receipts = await store.GetReceiptsAsync(episode, limit, cancellationToken).ConfigureAwait(false);
        List<PatternId> shown = [.. receipts.SelectMany(r => r.Items).Where(i => i.Type == RecallTypes.Pattern).Select(i => PatternId.Parse(i.Id)).Distinct()];
        var lessons = shown.Count == 0 ? [] : await store.FindPatternsAsync(shown, cancellationToken).ConfigureAwait(false);
        var titles = lessons.ToDictionary(p => p.Id.ToString(), PatternText.Describe, StringComparer.Ordinal);
        return [.. receipts.Select(r => new KeptRecallJson(r.Id.ToString(), Names.Iso(r.At), r.Query, r.Tokens, r.Feedback?.Success, [.. r.Items.Select(i => KeptHitJson.Of(i, titles, r.Feedback))]))];
    }
}

/// <summary>What a recall returned. <c>title</c> is null when it is no longer there, and for playbooks.</summary>
internal sealed record KeptHitJson(string Id, string Type, string? Title, double Score, IReadOnlyDictionary<string, double> Terms, bool Used)
{
    public static KeptHitJson Of(ReceiptItem item, Dictionary<string, string> lessons, Feedback? feedback) => new(
        item.Id, Names.Of(item.Type), item.Title ?? lessons.GetValueOrDefault(item.Id), item.Score, item.Terms.ToDictionary(t => t.Name, t => t.Contribution, StringComparer.Ordinal),
        feedback?.Used.Contains(item.Id, StringComparer.Ordinal) == true);
}
