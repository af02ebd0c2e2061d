using System.Globalization;
using System.Numerics.Tensors;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// The formats of embeddings, next to exact Float32: how many of the ten nearest each finds, what a vector takes, and how long a search does. The vectors are of real text: the
/// weights of its terms (tf-idf), projected on random directions (W. Johnson and J. Lindenstrauss, 1984), the same in every run.
/// </summary>
internal static class EmbeddingSuite
{
    private const int Dimensions = 384;
    private const int Nearest = 10;
    private const int Queries = 100;
    private const int StoredAtMost = 10_000;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var corpus = await BenchCorpus.LoadAsync(options.Source, cancellationToken);
        var size = options.Sizes.Max();
        var texts = new Projection(corpus.Originals.Select(e => e.Task));
        var vectors = corpus.Take(size).Select(e => texts.Of(e.Task)).ToList();
        var queries = corpus.Queries(Queries).Select(texts.Of).ToList();

        var rows = new List<BenchRow>();
        var exact = new List<HashSet<long>>();
        foreach (var format in Enum.GetValues<EmbeddingFormat>())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var set = VectorSet.Empty("bench", Dimensions).With([.. vectors.Select((v, i) => new VectorRow(i + 1, i, format, VectorFormat.Encode(format, v)))], vectors.Count, int.MaxValue);
            var meter = new Meter();
            var shared = 0;
            for (var i = -5; i < options.Rounds * Queries; i++)
            {
                var query = queries[Math.Abs(i) % Queries];
                List<NearVector> near = [];
                void Search() => near = set.Nearest(new(query), Nearest, among: null);
                if (i < 0)
                {
                    Search();
                    continue;
                }

                await meter.TimeAsync(Search);
                if (i >= Queries)
                    continue;
                if (format == EmbeddingFormat.Float32)
                    exact.Add([.. near.Select(n => n.Key)]);
                shared += near.Count(n => exact[i].Contains(n.Key));
            }

            rows.Add(meter.Row("embeddings", string.Create(CultureInfo.InvariantCulture, $"{format}, {vectors.Count} x {Dimensions} in memory"), rows.Count > 0 ? rows[0] : null) with
            {
                RecallAt10 = (double)shared / exact.Sum(e => e.Count),
                BytesPerVector = StoredVector.Write(vectors[0], format, null).Length,
            });
        }

        rows.Add(await SearchAsync(options, corpus, vectors, queries, rows[0], cancellationToken));
        return rows;
    }

    /// <summary>The search of the store, heads of the episodes included.</summary>
    private static async Task<BenchRow> SearchAsync(BenchOptions options, BenchCorpus corpus, List<float[]> vectors, List<float[]> queries, BenchRow baseline, CancellationToken cancellationToken)
    {
        await using var temporary = new TemporaryMemory(options.Storage);
        var memory = await temporary.OpenAsync(cancellationToken);
        foreach (var part in corpus.Take(Math.Min(StoredAtMost, vectors.Count)).Select((e, i) => (Episode: e with { Steps = [] }, Vector: vectors[i])).Chunk(500))
        {
            await memory.ImportAsync(part.Select(p => p.Episode), cancellationToken: cancellationToken);
            await memory.Store.WriteBatchAsync(new() { Embeddings = [.. part.Select(p => new Embedding(p.Episode.Id, "bench", p.Vector))] }, BatchOptions.Default, cancellationToken);
        }

        var meter = new Meter(temporary.Statistics);
        for (var i = -1; i < options.Rounds * Queries; i++)
        {
            var query = queries[Math.Abs(i) % Queries];
            Task Search() => memory.Store.FindNearestAsync(new() { Embedding = new("bench", query), IncludeFailed = true }, cancellationToken);
            await (i < 0 ? Search() : meter.TimeAsync(Search));
        }

        return meter.Row("embeddings", string.Create(CultureInfo.InvariantCulture, $"Int8, {Math.Min(StoredAtMost, vectors.Count)} of them in a file, with the heads of the episodes"), baseline);
    }

    private sealed class Projection
    {
        private readonly Dictionary<string, int> _documents = new(StringComparer.Ordinal);
        private readonly Dictionary<string, float[]> _directions = new(StringComparer.Ordinal);
        private readonly int _count;

        public Projection(IEnumerable<string> texts)
        {
            foreach (var text in texts)
            {
                _count++;
                foreach (var term in TextAnalyzer.Terms(text).Distinct(StringComparer.Ordinal))
                    _documents[term] = _documents.GetValueOrDefault(term) + 1;
            }
        }

        /// <summary>The vector of a text, of length 1.</summary>
        public float[] Of(string text)
        {
            var vector = new float[Dimensions];
            foreach (var term in TextAnalyzer.Terms(text).CountBy(t => t, StringComparer.Ordinal))
            {
                var weight = (float)((1 + Math.Log(term.Value)) * Bm25.Idf(_count, _documents.GetValueOrDefault(term.Key)));
                TensorPrimitives.MultiplyAdd(Direction(term.Key), weight, vector, vector);
            }

            var length = TensorPrimitives.Norm<float>(vector);
            if (length > 0)
                TensorPrimitives.Divide(vector, length, vector);
            else
                vector[0] = 1;
            return vector;
        }

        private float[] Direction(string term)
        {
            if (_directions.TryGetValue(term, out var known))
                return known;
            // A hash that is the same in every process.
            var seed = term.Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619));
            var random = new Random((int)seed);
            return _directions[term] = [.. Enumerable.Range(0, Dimensions).Select(_ => (float)((2 * random.NextDouble()) - 1))];
        }
    }
}
