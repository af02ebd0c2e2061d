namespace Afterwit.Storage;

/// <content>Vectors of episodes.</content>
public sealed partial class SqlMemoryStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<Embedding?>> GetEmbeddingsAsync(IReadOnlyList<EpisodeId> episodes, string model, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<NearEpisode>> FindNearestAsync(NearestQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();
}
