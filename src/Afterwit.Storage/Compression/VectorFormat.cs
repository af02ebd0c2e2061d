using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Afterwit.Storage;

/// <summary>
/// Embeddings as bytes, little endian, and their similarity straight from the bytes. Float32 and Float16: the components. Int8: the scale as a float32, then the
/// components in units of it, -127 to 127, where 127 is the largest of the vector.
/// </summary>
internal static class VectorFormat
{
    /// <summary>The most components.</summary>
    public const int MaxDimension = 4096;

    /// <summary>The largest component: beyond it the sums behind a similarity could overflow.</summary>
    public const float MaxComponent = 1e15f;

    private const int Steps = 127;
    private const int Chunk = 256;

    /// <summary>The bytes of a vector.</summary>
    /// <exception cref="ArgumentException">It has no component or too many, or one that is not finite or too large for the format; the message says which.</exception>
    public static byte[] Encode(EmbeddingFormat format, ReadOnlySpan<float> vector)
    {
        if (vector.Length is < 1 or > MaxDimension)
            throw new ArgumentException($"An embedding has {vector.Length} components; allowed: 1 to {MaxDimension}.", nameof(vector));
        var largest = format == EmbeddingFormat.Float16 ? (float)Half.MaxValue : MaxComponent;
        for (var i = 0; i < vector.Length; i++)
        {
            if (!(Math.Abs(vector[i]) <= largest))
                throw new ArgumentException($"Component {i} of an embedding is {vector[i]}; allowed in {format}: finite numbers from {-largest} to {largest}.", nameof(vector));
        }

        switch (format)
        {
            case EmbeddingFormat.Float32:
                return MemoryMarshal.AsBytes(vector).ToArray();
            case EmbeddingFormat.Float16:
                var halves = new byte[vector.Length * 2];
                TensorPrimitives.ConvertToHalf(vector, MemoryMarshal.Cast<byte, Half>(halves.AsSpan()));
                return halves;
            default:
                var bytes = new byte[sizeof(float) + vector.Length];
                var scale = Math.Abs(TensorPrimitives.MaxMagnitude(vector)) / Steps;
                MemoryMarshal.Write(bytes, scale);
                for (var i = 0; i < vector.Length && scale > 0; i++)
                    bytes[sizeof(float) + i] = (byte)(sbyte)Math.Clamp(MathF.Round(vector[i] / scale), -Steps, Steps);
                return bytes;
        }
    }

    /// <summary>The vector of these bytes.</summary>
    /// <exception cref="DatabaseException">They are not a vector of this format.</exception>
    public static float[] Decode(EmbeddingFormat format, ReadOnlySpan<byte> bytes)
    {
        var vector = new float[Dimension(format, bytes)];
        switch (format)
        {
            case EmbeddingFormat.Float32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(vector);
                break;
            case EmbeddingFormat.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), vector);
                break;
            default:
                var scale = MemoryMarshal.Read<float>(bytes);
                for (var i = 0; i < vector.Length; i++)
                    vector[i] = (sbyte)bytes[sizeof(float) + i] * scale;
                break;
        }

        return TensorPrimitives.IsFiniteAll<float>(vector) ? vector : throw Damaged(format, bytes, "a component is not finite");
    }

    /// <summary>The inner product of two vectors of one format: their cosine, when both were normalised before they were encoded.</summary>
    /// <exception cref="DatabaseException">The bytes are not two vectors of this format and of one dimension.</exception>
    public static float Dot(EmbeddingFormat format, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (Dimension(format, a) != Dimension(format, b))
            throw new DatabaseException($"Two embeddings in {format} have {Dimension(format, a)} and {Dimension(format, b)} components: they are of different models.");
        return format switch
        {
            EmbeddingFormat.Float32 => TensorPrimitives.Dot(MemoryMarshal.Cast<byte, float>(a), MemoryMarshal.Cast<byte, float>(b)),
            EmbeddingFormat.Float16 => Dot(MemoryMarshal.Cast<byte, Half>(a), MemoryMarshal.Cast<byte, Half>(b)),
            _ => MemoryMarshal.Read<float>(a) * MemoryMarshal.Read<float>(b) * Dot(MemoryMarshal.Cast<byte, sbyte>(a[sizeof(float)..]), MemoryMarshal.Cast<byte, sbyte>(b[sizeof(float)..])),
        };
    }

    /// <summary>The cosine of the angle between two vectors of one format, -1 to 1 but for rounding; 0 when one of them is zero.</summary>
    /// <exception cref="DatabaseException">The bytes are not two vectors of this format and of one dimension.</exception>
    public static float Cosine(EmbeddingFormat format, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var dot = Dot(format, a, b);
        var lengths = MathF.Sqrt(Dot(format, a, a)) * MathF.Sqrt(Dot(format, b, b));
        return lengths > 0 ? dot / lengths : 0;
    }

    private static int Dimension(EmbeddingFormat format, ReadOnlySpan<byte> bytes)
    {
        var (header, width) = format switch
        {
            EmbeddingFormat.Float32 => (0, sizeof(float)),
            EmbeddingFormat.Float16 => (0, 2),
            EmbeddingFormat.Int8 => (sizeof(float), 1),
            _ => throw new DatabaseException($"An embedding is stored in format {format}, which this release does not know: update Afterwit."),
        };
        var (dimension, rest) = Math.DivRem(bytes.Length - header, width);
        return rest == 0 && dimension is >= 1 and <= MaxDimension ? dimension : throw Damaged(format, bytes, $"it has to have 1 to {MaxDimension} components");
    }

    private static float Dot(ReadOnlySpan<Half> a, ReadOnlySpan<Half> b)
    {
        Span<float> wideA = stackalloc float[Chunk];
        Span<float> wideB = stackalloc float[Chunk];
        var sum = 0f;
        for (var i = 0; i < a.Length; i += Chunk)
        {
            var length = Math.Min(Chunk, a.Length - i);
            TensorPrimitives.ConvertToSingle(a.Slice(i, length), wideA);
            TensorPrimitives.ConvertToSingle(b.Slice(i, length), wideB);
            sum += TensorPrimitives.Dot<float>(wideA[..length], wideB[..length]);
        }

        return sum;
    }

    private static int Dot(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b)
    {
        var sums = Vector<int>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<sbyte>.Count; i += Vector<sbyte>.Count)
        {
            Vector.Widen(new Vector<sbyte>(a[i..]), out var lowA, out var highA);
            Vector.Widen(new Vector<sbyte>(b[i..]), out var lowB, out var highB);
            // A product of two bytes fits into 16 bits, a sum of two products may not.
            Vector.Widen(lowA * lowB, out var first, out var second);
            Vector.Widen(highA * highB, out var third, out var fourth);
            sums += first + second + third + fourth;
        }

        var sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static DatabaseException Damaged(EmbeddingFormat format, ReadOnlySpan<byte> bytes, string what) =>
        new($"An embedding of {bytes.Length} bytes in {format} is damaged: {what}. Restore a backup.");
}
