namespace Afterwit.Storage;

/// <summary>The newest vector of a model: its key, its length as it is stored, and its number of dimensions.</summary>
internal readonly record struct NewestVector(long Key, int StoredLength, int Dimensions);

/// <summary>An episode that is near, and how near.</summary>
internal sealed record NearCandidate(long Key, double Cosine, EpisodeSummary Head, int Helped, int Hurt);

/// <summary>
/// Finds the nearest vectors of a model, exactly: all of them are compared in this process, where they stay. Each search asks the database in one round trip whether newer ones
/// came, and for the heads of the nearest, so that what another process stored or removed is seen by the next search.
/// </summary>
internal sealed class NearestFinder(IDatabase database, PayloadCodec codec) : IDisposable
{
    /// <summary>So many of the nearest go to the database, which leaves out those that the filter does not let pass.</summary>
    private const int Reach = 1_000;

    private readonly ResidentVectors _resident = new(database, codec);

    /// <summary>The nearest episodes that pass a filter, the nearest first.</summary>
    /// <exception cref="ArgumentException">The stored vectors have another number of dimensions.</exception>
    public async Task<List<NearCandidate>> FindAsync(QueryEmbedding query, NearFilter filter, int count, CancellationToken cancellationToken)
    {
        var encoded = new EncodedQuery(query.Vector.Span);
        var vectors = await _resident.GetAsync(query.Model, cancellationToken).ConfigureAwait(false);
        var (near, isNewest) = await AdmitAsync(encoded, vectors, among: null, filter, count, cancellationToken).ConfigureAwait(false);
        if (!isNewest)
        {
            vectors = await _resident.RefreshAsync(query.Model, cancellationToken).ConfigureAwait(false);
            (near, _) = await AdmitAsync(encoded, vectors, among: null, filter, count, cancellationToken).ConfigureAwait(false);
        }

        if (vectors.Count > 0 && vectors.Dimensions != encoded.Dimensions)
            throw new ArgumentException(OtherDimensions("The query's embedding", encoded.Dimensions, query.Model, vectors.Dimensions));
        if (near.Count >= count || vectors.Count <= ReachOf(count))
            return near;

        // Few of the nearest pass the filter, or many of them were removed: only those that pass are compared.
        var passing = new HashSet<long>();
        await database.ReadAsync([EmbeddingQueries.Passing(query.Model, filter, key => passing.Add(key))], cancellationToken).ConfigureAwait(false);
        return (await AdmitAsync(encoded, vectors, passing, filter, count, cancellationToken).ConfigureAwait(false)).Near;
    }

    /// <summary>The vectors of episodes and their cosines with the query, by the keys of the episodes: as they were at the last search.</summary>
    public async Task<Dictionary<long, NearVector>> CosinesAsync(QueryEmbedding query, IEnumerable<long> episodes, CancellationToken cancellationToken) =>
        (await _resident.GetAsync(query.Model, cancellationToken).ConfigureAwait(false)).Find(new(query.Vector.Span), episodes.ToHashSet());

    /// <summary>The error of a vector that has no more in common with the stored ones than the name of the model.</summary>
    public static string OtherDimensions(string what, int dimensions, string model, int stored) =>
        $"{what} has {dimensions} dimensions; the others of the model '{model}' have {stored}. Give another model another name, or remove the stored ones first.";

    public void Dispose() => _resident.Dispose();

    private static int ReachOf(int count) => Math.Max(Reach, 2 * count);

    private async Task<(List<NearCandidate> Near, bool IsNewest)> AdmitAsync(EncodedQuery query, VectorSet vectors, HashSet<long>? among, NearFilter filter, int count, CancellationToken cancellationToken)
    {
        var nearest = vectors.Nearest(query, ReachOf(count), among);
        var cosines = nearest.ToDictionary(n => n.Key, n => n.Cosine);
        var near = new List<NearCandidate>(count);
        var newest = default(NewestVector);
        await database.ReadAsync(
            [
                EmbeddingQueries.Newest(vectors.Model, n => newest = n),
                EmbeddingQueries.Admitted(nearest.Select(n => n.Key), filter, count, (vector, key, head, helped, hurt) => near.Add(new(key, cosines[vector], head, helped, hurt))),
            ],
            cancellationToken).ConfigureAwait(false);
        return (near, newest.Key <= vectors.Newest);
    }
}
