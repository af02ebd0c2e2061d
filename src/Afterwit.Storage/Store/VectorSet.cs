namespace Afterwit.Storage;

/// <summary>A vector as it was read: its key, the key of its episode, and its numbers.</summary>
internal readonly record struct VectorRow(long Key, long Episode, EmbeddingFormat Format, ReadOnlyMemory<byte> Numbers);

/// <summary>The vectors of one model that are in memory, oldest first. It never changes: one that was refreshed is another set, which shares most of its blocks.</summary>
internal sealed class VectorSet
{
    private readonly VectorBlock[] _blocks;

    private VectorSet(string model, int dimensions, long newest, VectorBlock[] blocks)
    {
        (Model, Dimensions, Newest, _blocks) = (model, dimensions, newest, blocks);
        Count = blocks.Sum(b => b.Count);
        Bytes = blocks.Sum(b => b.Bytes);
    }

    /// <summary>The model.</summary>
    public string Model { get; }

    /// <summary>The numbers of each vector; 0 when there was never one.</summary>
    public int Dimensions { get; }

    /// <summary>The key up to which every vector is here, but for those that did not fit.</summary>
    public long Newest { get; }

    /// <summary>How many vectors there are.</summary>
    public int Count { get; }

    /// <summary>What they take.</summary>
    public int Bytes { get; }

    /// <summary>No vectors of a model, the next of which are behind a key.</summary>
    public static VectorSet Empty(string model, int dimensions = 0, long newest = 0) => new(model, dimensions, newest, []);

    /// <summary>With newer vectors, each in the place of the one that its episode had; the oldest are left out when there is no room.</summary>
    /// <param name="rows">In the order of their keys.</param>
    /// <param name="newest">The key up to which there are no others.</param>
    /// <param name="maxBytes">The room.</param>
    public VectorSet With(IReadOnlyList<VectorRow> rows, long newest, int maxBytes)
    {
        var episodes = rows.Select(r => r.Episode).ToHashSet();
        List<VectorBlock> blocks = [.. _blocks.Select(b => b.Without(episodes)).OfType<VectorBlock>()];
        foreach (var format in rows.GroupBy(r => r.Format))
            VectorBlock.Append(blocks, format.Key, format);
        var bytes = blocks.Sum(b => b.Bytes);
        for (; bytes > maxBytes; blocks.RemoveAt(0))
            bytes -= blocks[0].Bytes;
        return new(Model, Dimensions, newest, [.. blocks]);
    }

    /// <summary>The nearest vectors, the nearest first.</summary>
    /// <param name="query">One of another number of dimensions finds nothing.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="among">The keys of those that are compared. Null means all.</param>
    public List<NearVector> Nearest(EncodedQuery query, int count, HashSet<long>? among)
    {
        var nearest = new NearestVectors(count);
        if (query.Dimensions == Dimensions)
        {
            foreach (var block in _blocks)
                block.Search(query, nearest, among);
        }

        return nearest.ToList();
    }

    /// <summary>The vectors of episodes and their cosines, by the keys of the episodes. One without a vector is left out.</summary>
    public Dictionary<long, NearVector> Find(EncodedQuery query, IReadOnlySet<long> episodes)
    {
        var found = new Dictionary<long, NearVector>(episodes.Count);
        if (query.Dimensions == Dimensions)
        {
            foreach (var block in _blocks)
                block.Find(query, episodes, found);
        }

        return found;
    }
}
