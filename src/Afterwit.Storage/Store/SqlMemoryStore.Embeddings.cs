namespace Afterwit.Storage;

/// <content>Vectors of episodes.</content>
public sealed partial class SqlMemoryStore
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<Embedding?>> GetEmbeddingsAsync(IReadOnlyList<EpisodeId> episodes, string model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        ArgumentNullException.ThrowIfNull(model);
        var found = new Dictionary<EpisodeId, Embedding>(episodes.Count);
        await Database.ReadAsync(
            [EmbeddingQueries.Of(episodes, model, (id, stored) => found[id] = new(id, model, StoredVector.Read(stored, _codec)))], cancellationToken).ConfigureAwait(false);
        return [.. episodes.Select(id => found.GetValueOrDefault(id))];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NearEpisode>> FindNearestAsync(NearestQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Validate();
        var near = await _nearest.FindAsync(query.Embedding, new(query.Scope, query.Domain, query.IncludeFailed), query.Limit, cancellationToken).ConfigureAwait(false);
        return [.. near.Select(n => new NearEpisode(n.Head, n.Cosine))];
    }

    /// <summary>What stores embeddings in a unit of work, in the format of the settings.</summary>
    internal IEnumerable<Command> PutEmbeddings(IReadOnlyList<Embedding> embeddings) =>
        EmbeddingCommands.Put(embeddings, _embeddingFormat, _codec.Effective(PayloadKind.Embedding).Codec == PayloadCodecKind.None ? null : _codec);

    /// <summary>Why embeddings cannot be stored: for each null when it can. One round trip.</summary>
    /// <param name="embeddings">What is to be stored.</param>
    /// <param name="alongside">Episodes that the same unit of work stores first.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    internal async Task<IReadOnlyList<string?>> FindEmbeddingProblemsAsync(IReadOnlyList<Embedding> embeddings, IReadOnlySet<EpisodeId> alongside, CancellationToken cancellationToken)
    {
        var present = new HashSet<EpisodeId>(alongside);
        var dimensions = new Dictionary<string, int>(StringComparer.Ordinal);
        await Database.ReadAsync(
            [
                EpisodeQueries.Versions(embeddings.Select(e => e.Episode), (id, _) => present.Add(id)),
                EmbeddingQueries.DimensionsOf(embeddings.Select(e => e.Model), (model, count) => dimensions[model] = count),
            ],
            cancellationToken).ConfigureAwait(false);
        return [.. embeddings.Select(ProblemOf)];

        string? ProblemOf(Embedding embedding)
        {
            try
            {
                embedding.Validate();
            }
            catch (ArgumentException e)
            {
                return e.Message;
            }

            if (!present.Contains(embedding.Episode))
                return NoSuchEpisode(embedding.Episode).Message;
            var stored = dimensions.TryAdd(embedding.Model, embedding.Vector.Length) ? embedding.Vector.Length : dimensions[embedding.Model];
            return stored == embedding.Vector.Length ? null : NearestFinder.OtherDimensions($"The embedding of episode {embedding.Episode}", embedding.Vector.Length, embedding.Model, stored);
        }
    }
}
