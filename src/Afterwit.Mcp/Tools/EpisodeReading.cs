namespace Afterwit.Mcp.Tools;

/// <summary>Reads episodes with all that belongs to them.</summary>
internal static class EpisodeReading
{
    /// <summary>The episodes in the order asked. Null in the place of one that is not there. With what was recalled for it where there is one only.</summary>
    public static async Task<IReadOnlyList<EpisodeJson?>> ReadAsync(IMemoryStore store, IReadOnlyList<EpisodeId> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return [];
        var reading = store.GetEpisodesAsync(ids, cancellationToken);
        var relating = store.GetRelationshipsAsync(ids, cancellationToken);
        var checkpoints = Task.WhenAll(ids.Select(id => store.GetCheckpointsAsync(id, cancellationToken)));
        var recalls = ids.Count == 1 ? KeptRecallJson.ReadAsync(store, ids[0], KeptRecallJson.Most, cancellationToken) : Task.FromResult<IReadOnlyList<KeptRecallJson>>([]);
        await Task.WhenAll(reading, relating, checkpoints, recalls).ConfigureAwait(false);
        var edges = await relating.ConfigureAwait(false);
        var saved = await checkpoints.ConfigureAwait(false);
        var recalled = await recalls.ConfigureAwait(false) is { Count: > 0 } some ? some : null;
        return [.. (await reading.ConfigureAwait(false)).Select((episode, i) => episode is null ? null : EpisodeJson.Of(episode, saved[i], edges[i], recalled))];
    }
}
