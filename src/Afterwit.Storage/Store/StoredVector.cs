using System.Buffers.Binary;

namespace Afterwit.Storage;

/// <summary>
/// A vector as it is stored: whether it is compressed (one byte), its number of dimensions (two, the high one first, so that SQL can compare them), then its numbers in an
/// <see cref="EmbeddingFormat"/>, which says itself which one it is.
/// </summary>
internal static class StoredVector
{
    /// <summary>What stands before the numbers.</summary>
    public const int HeaderLength = 3;

    private const float LeastHalf = 1e-3f, MostHalf = 65_504f, LeastScaled = 1e-30f;

    public static byte[] Write(ReadOnlySpan<float> vector, EmbeddingFormat format, PayloadCodec? codec)
    {
        // What a short format cannot hold stays exact: any rows may lie side by side.
        var largest = 0f;
        foreach (var number in vector)
            largest = Math.Max(largest, Math.Abs(number));
        var holds = format switch
        {
            EmbeddingFormat.Float16 => largest is >= LeastHalf and <= MostHalf,
            EmbeddingFormat.Int8 => largest >= LeastScaled,
            _ => true,
        };
        var numbers = VectorFormat.Encode(vector, holds ? format : EmbeddingFormat.Float32);
        var body = codec is null ? numbers : codec.Encode(PayloadKind.Embedding, numbers);
        var stored = new byte[HeaderLength + body.Length];
        stored[0] = codec is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteUInt16BigEndian(stored.AsSpan(1), (ushort)vector.Length);
        body.CopyTo(stored, HeaderLength);
        return stored;
    }

    /// <summary>The number of dimensions, from the second and third byte.</summary>
    public static int Dimensions(ReadOnlySpan<byte> twoBytes) => BinaryPrimitives.ReadUInt16BigEndian(twoBytes);

    /// <summary>The numbers in their format.</summary>
    /// <exception cref="DatabaseException">What is stored is damaged.</exception>
    public static ReadOnlyMemory<byte> Numbers(byte[] stored, PayloadCodec codec) =>
        stored.Length <= HeaderLength ? throw new DatabaseException($"A stored embedding has {stored.Length} bytes: it is damaged.")
        : stored[0] == 0 ? stored.AsMemory(HeaderLength)
        : codec.Decode(PayloadKind.Embedding, stored.AsSpan(HeaderLength));
}
