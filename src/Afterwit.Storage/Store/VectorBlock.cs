namespace Afterwit.Storage;

/// <summary>Vectors of one format, one behind the other, with what a search needs of each. It never changes.</summary>
internal sealed class VectorBlock
{
    /// <summary>What a block takes when it is full: little enough to be copied when a vector comes or goes.</summary>
    private const int FullBytes = 1 << 20;

    /// <summary>The keys of a vector and of its episode, and its length: what a row takes besides its numbers.</summary>
    private const int RowBytes = 8 + 8 + 4;

    private readonly EmbeddingFormat _format;
    private readonly int _length;
    private readonly long[] _keys;
    private readonly long[] _episodes;
    private readonly float[] _inverseNorms;
    private readonly byte[] _numbers;

    private VectorBlock(EmbeddingFormat format, IReadOnlyList<VectorRow> rows)
    {
        (_format, _length) = (format, rows[0].Numbers.Length);
        _keys = [.. rows.Select(r => r.Key)];
        _episodes = [.. rows.Select(r => r.Episode)];
        _numbers = new byte[_length * rows.Count];
        _inverseNorms = new float[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].Numbers.Span.CopyTo(_numbers.AsSpan(i * _length));
            _inverseNorms[i] = InverseNorm(format, rows[i].Numbers.Span);
        }
    }

    /// <summary>How many vectors.</summary>
    public int Count => _keys.Length;

    /// <summary>What they take.</summary>
    public int Bytes => Count * (_length + RowBytes);

    /// <summary>Adds rows of one format: behind those of the last block of it that has room, then in new ones.</summary>
    public static void Append(List<VectorBlock> blocks, EmbeddingFormat format, IEnumerable<VectorRow> rows)
    {
        var pending = rows.ToList();
        var last = blocks.FindLastIndex(b => b._format == format && b.Bytes < FullBytes);
        if (last >= 0)
        {
            pending.InsertRange(0, blocks[last].Rows());
            blocks.RemoveAt(last);
        }

        var perBlock = Math.Max(1, FullBytes / (pending[0].Numbers.Length + RowBytes));
        blocks.AddRange(pending.Chunk(perBlock).Select(chunk => new VectorBlock(format, chunk)));
    }

    /// <summary>Without the vectors of some episodes; null when none is left.</summary>
    public VectorBlock? Without(HashSet<long> episodes)
    {
        if (!Array.Exists(_episodes, episodes.Contains))
            return this;
        var left = Rows().Where(row => !episodes.Contains(row.Episode)).ToList();
        return left.Count == 0 ? null : new(_format, left);
    }

    /// <summary>Offers each vector to the nearest so many.</summary>
    public void Search(EncodedQuery query, NearestVectors nearest, HashSet<long>? among)
    {
        var (numbers, scale) = query.In(_format);
        for (var i = 0; i < _keys.Length; i++)
        {
            if (among is null || among.Contains(_keys[i]))
                nearest.Offer(new(_keys[i], Cosine(i, numbers, scale)));
        }
    }

    /// <summary>Adds the cosines of the vectors of some episodes.</summary>
    public void Find(EncodedQuery query, IReadOnlySet<long> episodes, Dictionary<long, NearVector> found)
    {
        var (numbers, scale) = query.In(_format);
        for (var i = 0; i < _keys.Length; i++)
        {
            if (episodes.Contains(_episodes[i]))
                found[_episodes[i]] = new(_keys[i], Cosine(i, numbers, scale));
        }
    }

    /// <summary>One over the length of an encoded vector; 0 for one of zeros, so that its cosine is 0.</summary>
    public static float InverseNorm(EmbeddingFormat format, ReadOnlySpan<byte> numbers) => VectorFormat.Dot(format, numbers, numbers) is > 0 and var square ? 1 / MathF.Sqrt(square) : 0;

    private float Cosine(int i, ReadOnlySpan<byte> query, float scale) =>
        Math.Clamp(VectorFormat.Dot(_format, query, _numbers.AsSpan(i * _length, _length)) * scale * _inverseNorms[i], -1, 1);

    private IEnumerable<VectorRow> Rows()
    {
        for (var i = 0; i < _keys.Length; i++)
            yield return new(_keys[i], _episodes[i], _format, _numbers.AsMemory(i * _length, _length));
    }
}
