namespace Afterwit.Storage;

/// <content>Edges between episodes.</content>
public sealed partial class SqlMemoryStore
{
    /// <inheritdoc/>
    public async Task RelateAsync(Relationship relationship, DateTimeOffset at, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(relationship);
        try
        {
            await Database.WriteAsync([RelationshipCommands.Add(relationship, at)], cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            var present = await VersionsAsync([relationship.From, relationship.To], cancellationToken).ConfigureAwait(false);
            foreach (var id in (EpisodeId[])[relationship.From, relationship.To])
            {
                if (!present.ContainsKey(id))
                    throw NoSuchEpisode(id);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> UnrelateAsync(EpisodeId from, RelationshipKind kind, EpisodeId to, CancellationToken cancellationToken) =>
        (await WriteBatchAsync(new() { Unrelated = [new(from, kind, to)] }, BatchOptions.Default, cancellationToken).ConfigureAwait(false)).Unrelated[0].Outcome == BatchOutcome.Removed;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Relationship>> GetRelationshipsAsync(EpisodeId episode, CancellationToken cancellationToken) =>
        (await GetRelationshipsAsync([episode], cancellationToken).ConfigureAwait(false))[0];

    /// <inheritdoc/>
    public Task<IReadOnlyList<IReadOnlyList<Relationship>>> GetRelationshipsAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken) =>
        ListEachAsync<Relationship>(episodes, add => RelationshipQueries.Of(episodes, add), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<IReadOnlyList<RelatedEpisode>>> GetRelatedAsync(IReadOnlyList<EpisodeId> episodes, int each, CancellationToken cancellationToken) =>
        ListEachAsync<RelatedEpisode>(episodes, add => RelationshipQueries.Neighbours(episodes, each, add), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RelatedEpisode>> GetRelatedAsync(GraphQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ListAsync<RelatedEpisode>(add => GraphQueries.Related(query, add), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Relationship>> FindPathAsync(GraphQuery query, EpisodeId to, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ListAsync<Relationship>(add => GraphQueries.Path(query, to, add), cancellationToken);
    }

    /// <summary>What one query finds for each of some episodes, in the order asked.</summary>
    private async Task<IReadOnlyList<IReadOnlyList<T>>> ListEachAsync<T>(IReadOnlyList<EpisodeId> episodes, Func<Action<EpisodeId, T>, Query> query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        if (episodes.Count == 0)
            return [];
        var found = episodes.Distinct().ToDictionary(id => id, _ => new List<T>());
        await Database.ReadAsync([query((id, item) => found[id].Add(item))], cancellationToken).ConfigureAwait(false);
        return [.. episodes.Select(id => found[id])];
    }
}
