namespace Afterwit.Storage.Tests.Compression;

public sealed class VectorFormatTests
{
    public static TheoryData<EmbeddingFormat> Formats => [.. Enum.GetValues<EmbeddingFormat>()];

    private static readonly int[] Dimensions = [1, 2, 3, 7, 15, 16, 31, 32, 33, 63, 64, 65, 255, 256, 257, 384, 511, 768, 1_024, 1_536, 3_072, 4_095, 4_096];

    [Theory]
    [InlineData(EmbeddingFormat.Float32, 4, 0, 0)]
    [InlineData(EmbeddingFormat.Float16, 2, 0, 0.0005)]
    [InlineData(EmbeddingFormat.Int8, 1, 4, 0.004)]
    public void A_vector_comes_back_as_exactly_as_its_format_is(EmbeddingFormat format, int width, int header, double error)
    {
        foreach (var dimension in Dimensions)
        {
            var vector = Vector(dimension, dimension);
            var largest = vector.Max(Math.Abs);
            var bytes = VectorFormat.Encode(format, vector);
            Assert.Equal(header + (width * dimension), bytes.Length);
            var back = VectorFormat.Decode(format, bytes);
            Assert.Equal(dimension, back.Length);
            Assert.All(vector.Zip(back), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, error * largest));
        }
    }

    [Fact]
    public void The_bytes_are_little_endian()
    {
        Assert.Equal("0000803F000000C0", Convert.ToHexString(VectorFormat.Encode(EmbeddingFormat.Float32, [1, -2])));
        Assert.Equal("003C00C0", Convert.ToHexString(VectorFormat.Encode(EmbeddingFormat.Float16, [1, -2])));
        Assert.Equal("0000803F7F81402000"[..18], Convert.ToHexString(VectorFormat.Encode(EmbeddingFormat.Int8, [127, -127, 64, 32, 0])));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Similarity_of_the_bytes_is_that_of_the_vectors_they_stand_for(EmbeddingFormat format)
    {
        foreach (var dimension in Dimensions)
        {
            var (a, b) = (VectorFormat.Encode(format, Vector(dimension, 1)), VectorFormat.Encode(format, Vector(dimension, 2)));
            var (x, y) = (VectorFormat.Decode(format, a), VectorFormat.Decode(format, b));
            double Product(float[] left, float[] right) => left.Zip(right, (l, r) => (double)l * r).Sum();
            var lengths = Math.Sqrt(Product(x, x)) * Math.Sqrt(Product(y, y));
            Assert.Equal(Product(x, y), VectorFormat.Dot(format, a, b), lengths * 1e-5);
            Assert.Equal(Product(x, y) / lengths, VectorFormat.Cosine(format, a, b), 1e-5);
            Assert.Equal(1, VectorFormat.Cosine(format, a, a), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_largest_components_do_not_overflow(EmbeddingFormat format)
    {
        var (most, least) = (format == EmbeddingFormat.Float16 ? 65_504f : VectorFormat.MaxComponent, new float[VectorFormat.MaxDimension]);
        var largest = Enumerable.Repeat(most, VectorFormat.MaxDimension).ToArray();
        Array.Fill(least, -most);
        Assert.Equal(-1, VectorFormat.Cosine(format, VectorFormat.Encode(format, largest), VectorFormat.Encode(format, least)), 1e-4);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_zero_vector_is_like_nothing(EmbeddingFormat format)
    {
        var zero = VectorFormat.Encode(format, new float[100]);
        Assert.Equal(new float[100], VectorFormat.Decode(format, zero));
        Assert.Equal(0, VectorFormat.Cosine(format, zero, VectorFormat.Encode(format, Vector(100, 1))));
        Assert.Equal(0, VectorFormat.Cosine(format, zero, zero));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_is_no_embedding_is_refused(EmbeddingFormat format)
    {
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e16f, -1e16f })
        {
            var vector = Vector(70, 3);
            vector[66] = bad;
            Assert.StartsWith("Component 66 of an embedding is ", Assert.Throws<ArgumentException>(() => VectorFormat.Encode(format, vector)).Message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => VectorFormat.Encode(format, []));
        Assert.Throws<ArgumentException>(() => VectorFormat.Encode(format, new float[VectorFormat.MaxDimension + 1]));
        Assert.Throws<ArgumentException>(() => VectorFormat.Encode(EmbeddingFormat.Float16, [70_000]));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Any_bytes_give_a_vector_or_an_error(EmbeddingFormat format)
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var (bytes, other) = (new byte[random.Next(60)], new byte[random.Next(60)]);
            random.NextBytes(bytes);
            random.NextBytes(other);
            foreach (Action act in new Action[] { () => VectorFormat.Decode(format, bytes), () => VectorFormat.Cosine(format, bytes, other), () => VectorFormat.Cosine(format, bytes, bytes) })
            {
                var error = Record.Exception(act);
                Assert.True(error is null or DatabaseException, error?.ToString());
            }
        }
    }

    /// <summary>What rounding costs: the ten nearest of 2,000 by int8 are nearly the ten nearest by float32.</summary>
    [Theory]
    [InlineData(EmbeddingFormat.Float16, 0.99)]
    [InlineData(EmbeddingFormat.Int8, 0.9)]
    public void The_nearest_stay_the_nearest(EmbeddingFormat format, double least)
    {
        var vectors = Enumerable.Range(0, 2_000).Select(i => Vector(256, i)).ToArray();
        int[] Nearest(EmbeddingFormat by, int query)
        {
            var to = VectorFormat.Encode(by, vectors[query]);
            return [.. vectors.Select((v, i) => (i, VectorFormat.Cosine(by, to, VectorFormat.Encode(by, v)))).OrderByDescending(p => p.Item2).Take(10).Select(p => p.i)];
        }

        var kept = Enumerable.Range(0, 20).Average(query => Nearest(EmbeddingFormat.Float32, query).Intersect(Nearest(format, query)).Count() / 10.0);
        Assert.True(kept >= least, $"{format} keeps {kept:P1} of the ten nearest");
    }

    private static float[] Vector(int dimension, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, dimension).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }
}
