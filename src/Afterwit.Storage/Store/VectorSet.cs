namespace Afterwit.Storage;

/// <summary>A vector as it was read.</summary>
internal readonly record struct VectorRow(long Key, long Episode, int Dimensions, ReadOnlyMemory<byte> Numbers);

/// <summary>A vector that is near. Of equally near ones the newest goes first.</summary>
internal readonly record struct NearVector(long Key, float Cosine) : IComparable<NearVector>
{
    /// <summary>Negative when this one is farther.</summary>
    public int CompareTo(NearVector other) => Cosine != other.Cosine ? Cosine.CompareTo(other.Cosine) : Key.CompareTo(other.Key);
}

/// <summary>The vectors of one model that are in memory, oldest first. It never changes: one that was refreshed is another set, which shares most of its blocks.</summary>
internal sealed record VectorSet
{
    private VectorBlock[] Blocks { get; init; } = [];

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The numbers of each vector; 0 when nothing was ever stored.</summary>
    public int Dimensions { get; init; }

    /// <summary>The key up to which every vector is here, but for those that did not fit.</summary>
    public long Newest { get; init; }

    /// <summary>How many vectors there are.</summary>
    public int Count => Blocks.Sum(b => b.Count);

    /// <summary>What they take.</summary>
    public int Bytes => Blocks.Sum(b => b.Bytes);

    /// <summary>No vectors of a model.</summary>
    public static VectorSet Empty(string model) => new() { Model = model };

    /// <summary>With newer vectors, each in the place of the one that its episode had; the oldest are left out when there is no room.</summary>
    public VectorSet With(IReadOnlyList<VectorRow> rows, int maxBytes)
    {
        var episodes = rows.Select(r => r.Episode).ToHashSet();
        List<VectorBlock> blocks = [.. Blocks.Select(b => b.Without(episodes)).Where(b => b.Count > 0)];
        foreach (var row in rows.Where(r => r.Dimensions == Dimensions).GroupBy(r => (r.Numbers.Length, r.Numbers.Span[0])))
            VectorBlock.Append(blocks, [.. row]);
        var bytes = blocks.Sum(b => b.Bytes);
        for (; bytes > maxBytes; blocks.RemoveAt(0))
            bytes -= blocks[0].Bytes;
        return this with { Blocks = [.. blocks], Newest = rows[^1].Key };
    }

    /// <summary>The nearest vectors, the nearest first.</summary>
    /// <param name="query">As many numbers as <see cref="Dimensions"/>; of another length finds nothing.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="among">The keys of those that are compared. Null means all.</param>
    public List<NearVector> Nearest(ReadOnlySpan<float> query, int count, HashSet<long>? among)
    {
        if (query.Length != Dimensions)
            return [];
        var nearest = new PriorityQueue<NearVector, NearVector>();
        var scale = VectorBlock.InverseNorm(query);
        foreach (var block in Blocks)
            block.Search(query, scale, nearest, count, among);
        return [.. nearest.UnorderedItems.Select(i => i.Element).OrderDescending()];
    }

    /// <summary>The cosines of the query with the vectors of episodes, by their keys.</summary>
    public Dictionary<long, (long Vector, float Cosine)> CosinesOf(ReadOnlySpan<float> query, IReadOnlySet<long> episodes)
    {
        var cosines = new Dictionary<long, (long, float)>(episodes.Count);
        if (query.Length != Dimensions)
            return cosines;
        var scale = VectorBlock.InverseNorm(query);
        foreach (var block in Blocks)
            block.Find(query, scale, episodes, cosines);
        return cosines;
    }
}
