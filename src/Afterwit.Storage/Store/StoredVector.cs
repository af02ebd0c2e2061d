using System.Buffers.Binary;
using System.Numerics.Tensors;

namespace Afterwit.Storage;

/// <summary>
/// A vector as it is stored: its <see cref="EmbeddingFormat"/>, with the highest bit set when what follows is compressed (one byte); its number of dimensions (two, the high one
/// first, so that SQL can compare them); its numbers. So rows of any format lie side by side.
/// </summary>
internal static class StoredVector
{
    /// <summary>What stands before the numbers.</summary>
    public const int HeaderLength = 3;

    private const byte Compressed = 0x80;

    // Smaller numbers would lose digits in 16 bits, larger ones do not fit.
    private const float LeastHalf = 1e-3f, MostHalf = 65_504f;

    /// <summary>The bytes of a vector in a format, or in Float32 when its numbers do not fit that. Compressed when there is a codec.</summary>
    public static byte[] Write(ReadOnlySpan<float> vector, EmbeddingFormat format, PayloadCodec? codec)
    {
        if (format == EmbeddingFormat.Float16 && Math.Abs(TensorPrimitives.MaxMagnitude(vector)) is not (>= LeastHalf and <= MostHalf))
            format = EmbeddingFormat.Float32;
        var numbers = VectorFormat.Encode(format, vector);
        if (codec is not null)
            numbers = codec.Encode(PayloadKind.Embedding, numbers);
        var stored = new byte[HeaderLength + numbers.Length];
        stored[0] = (byte)((byte)format | (codec is null ? 0 : Compressed));
        BinaryPrimitives.WriteUInt16BigEndian(stored.AsSpan(1), (ushort)vector.Length);
        numbers.CopyTo(stored, HeaderLength);
        return stored;
    }

    /// <summary>The format, and the numbers in it.</summary>
    /// <exception cref="DatabaseException">What is stored is damaged.</exception>
    public static (EmbeddingFormat Format, ReadOnlyMemory<byte> Numbers) Open(byte[] stored, PayloadCodec codec) =>
        stored.Length <= HeaderLength ? throw new DatabaseException($"A stored embedding has {stored.Length} bytes: it is damaged. Restore a backup.")
        : ((EmbeddingFormat)(stored[0] & ~Compressed), stored[0] < Compressed ? stored.AsMemory(HeaderLength) : codec.Decode(PayloadKind.Embedding, stored.AsSpan(HeaderLength)));

    /// <summary>The vector.</summary>
    /// <exception cref="DatabaseException">What is stored is damaged.</exception>
    public static float[] Read(byte[] stored, PayloadCodec codec)
    {
        var (format, numbers) = Open(stored, codec);
        return VectorFormat.Decode(format, numbers.Span);
    }

    /// <summary>The number of dimensions, from the second and third byte.</summary>
    public static int Dimensions(ReadOnlySpan<byte> twoBytes) => BinaryPrimitives.ReadUInt16BigEndian(twoBytes);
}
