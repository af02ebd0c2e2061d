namespace Afterwit;

/// <summary>The weights of Okapi BM25 (S. Robertson and H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009).</summary>
public static class Bm25
{
    /// <summary>How much a term tells: ln(1 + (N - n + 0.5) / (n + 0.5)), never negative.</summary>
    /// <param name="documents">N, all documents.</param>
    /// <param name="frequency">n, those that hold the term.</param>
    public static double Idf(double documents, double frequency)
    {
        frequency = Math.Min(frequency, documents);
        return Math.Log(1 + ((documents - frequency + 0.5) / (frequency + 0.5)));
    }

    /// <summary>What a term counts for that occurs so often: grows from 1 towards 1 + k1.</summary>
    /// <param name="count">The occurrences.</param>
    /// <param name="k1">How slowly repeats saturate.</param>
    /// <param name="b">How much the length counts: 0 not at all, 1 fully.</param>
    /// <param name="relativeLength">The document's length over the mean.</param>
    public static double Saturation(int count, double k1, double b = 0, double relativeLength = 1) =>
        count == 0 ? 0 : count * (k1 + 1) / (count + (k1 * (1 - b + (b * relativeLength))));
}
