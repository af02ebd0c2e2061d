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
    public Task<IReadOnlyList<Relationship>> GetRelationshipsAsync(EpisodeId episode, CancellationToken cancellationToken) =>
        ListAsync<Relationship>(add => RelationshipCommands.Of(episode, add), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IReadOnlyList<Relationship>>> GetRelationshipsAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        return await Task.WhenAll(episodes.Select(id => GetRelationshipsAsync(id, cancellationToken))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RelatedEpisode>> GetRelatedAsync(GraphQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<Relationship>> FindPathAsync(GraphQuery query, EpisodeId to, CancellationToken cancellationToken) => throw new NotSupportedException();
}
