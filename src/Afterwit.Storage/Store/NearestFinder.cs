namespace Afterwit.Storage;

/// <summary>The newest vector of a model: its key, its length as it is stored, and its number of dimensions.</summary>
internal readonly record struct NewestVector(long Key, int StoredLength, int Dimensions);

/// <summary>An episode that is near, and how near.</summary>
internal sealed record NearCandidate(long Key, double Cosine, EpisodeSummary Head, int Helped, int Hurt);

/// <summary>
/// Finds the nearest vectors of a model, exactly: all of them are compared in this process, where they stay. Each search asks the database in one round trip whether newer ones
/// came, and for the heads of the nearest, so that what another process stored or removed is seen by the next search.
/// </summary>
internal sealed class NearestFinder(IDatabase database, PayloadCodec codec)
{
    /// <summary>So many of the nearest go to the database, which leaves out those that the filter does not let pass.</summary>
    private const int Reach = 1_000;

    private readonly ResidentVectors _resident = new(database, codec);

    /// <summary>The nearest episodes that pass a filter, the nearest first.</summary>
    /// <exception cref="ArgumentException">The stored vectors have another number of dimensions.</exception>
    public async Task<List<NearCandidate>> FindAsync(QueryEmbedding query, NearFilter filter, int count, CancellationToken cancellationToken)
    {
        var vectors = await _resident.GetAsync(query.Model, cancellationToken).ConfigureAwait(false);
        var (near, isNewest) = await AdmitAsync(query, vectors, among: null, filter, count, cancellationToken).ConfigureAwait(false);
        if (!isNewest)
        {
            vectors = await _resident.RefreshAsync(query.Model, vectors, cancellationToken).ConfigureAwait(false);
            (near, _) = await AdmitAsync(query, vectors, among: null, filter, count, cancellationToken).ConfigureAwait(false);
        }

        if (vectors.Count > 0 && vectors.Dimensions != query.Vector.Length)
            throw new ArgumentException(OtherDimensions("The query's embedding", query.Vector.Length, query.Model, vectors.Dimensions));
        if (near.Count >= count || vectors.Count <= ReachOf(count))
            return near;

        // Few of the nearest pass the filter, or many of them were removed: only those that pass are compared.
        var passing = new HashSet<long>();
        var stored = 0L;
        await database.ReadAsync([EmbeddingQueries.Passing(query.Model, filter, key => passing.Add(key)), EmbeddingQueries.Count(query.Model, n => stored = n)], cancellationToken).ConfigureAwait(false);
        if (stored < vectors.Count)
            _resident.Drop(query.Model);
        return (await AdmitAsync(query, vectors, passing, filter, count, cancellationToken).ConfigureAwait(false)).Near;
    }

    /// <summary>The cosines of the query with the vectors of episodes, by the episodes' keys, as far as they have one: as new as the last search, except that none is of a removed vector.</summary>
    /// <param name="query">Its dimensions are those of the stored vectors.</param>
    /// <param name="episodes">The keys of the episodes.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public async Task<Dictionary<long, double>> CosinesAsync(QueryEmbedding query, IReadOnlySet<long> episodes, CancellationToken cancellationToken)
    {
        var vectors = await _resident.GetAsync(query.Model, cancellationToken).ConfigureAwait(false);
        return vectors.CosinesOf(query.Vector.Span, episodes);
    }

    /// <summary>The error of a vector that has no more in common with the stored ones than the name of the model.</summary>
    public static string OtherDimensions(string what, int dimensions, string model, int stored) =>
        $"{what} has {dimensions} dimensions; the stored ones of the model '{model}' have {stored}. Use another name for another model, or remove the stored ones first.";

    private static int ReachOf(int count) => Math.Max(Reach, 2 * count);

    private async Task<(List<NearCandidate> Near, bool IsNewest)> AdmitAsync(QueryEmbedding query, VectorSet vectors, HashSet<long>? among, NearFilter filter, int count, CancellationToken cancellationToken)
    {
        var nearest = vectors.Nearest(query.Vector.Span, ReachOf(count), among);
        var cosines = nearest.ToDictionary(n => n.Key, n => n.Cosine);
        var near = new List<NearCandidate>(count);
        var newest = default(NewestVector);
        await database.ReadAsync(
            [
                EmbeddingQueries.Newest(query.Model, n => newest = n),
                EmbeddingQueries.Admitted(nearest.Select(n => n.Key), filter, count, (vector, key, head, helped, hurt) => near.Add(new(key, cosines[vector], head, helped, hurt))),
            ],
            cancellationToken).ConfigureAwait(false);
        return (near, newest.Key <= vectors.Newest);
    }
}
