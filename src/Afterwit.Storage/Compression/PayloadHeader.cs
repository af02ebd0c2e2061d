namespace Afterwit.Storage;

/// <summary>
/// The first bytes of a stored payload. One byte: the codec in the low four bits, 0x80 when a dictionary's number follows, the others 0. Then, unless the codec is
/// none: the dictionary's number and the raw length, each as a varint (seven bits a byte, the lowest first, 0x80 when more follow).
/// </summary>
/// <param name="Codec">How the rest is compressed.</param>
/// <param name="Dictionary">The dictionary it was compressed with; 0 without one.</param>
/// <param name="RawLength">The bytes of the payload.</param>
internal readonly record struct PayloadHeader(PayloadCodecKind Codec, int Dictionary, int RawLength)
{
    /// <summary>The longest header.</summary>
    public const int MaxLength = 1 + (2 * MaxVarint);

    private const int MaxVarint = 5;
    private const byte CodecBits = 0x0F;
    private const byte DictionaryBit = 0x80;

    /// <summary>Writes it.</summary>
    /// <returns>Its length.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)((byte)Codec | (Dictionary == 0 ? 0 : DictionaryBit));
        var length = 1;
        if (Dictionary != 0)
            length += WriteVarint(destination[length..], Dictionary);
        return Codec == PayloadCodecKind.None ? length : length + WriteVarint(destination[length..], RawLength);
    }

    /// <summary>Reads it from the start of what is stored.</summary>
    /// <param name="stored">What is stored.</param>
    /// <param name="body">What follows the header.</param>
    /// <exception cref="DatabaseException">It is no header, or one of a later release.</exception>
    public static PayloadHeader Read(ReadOnlySpan<byte> stored, out ReadOnlySpan<byte> body)
    {
        if (stored.IsEmpty)
            throw Damaged(stored, "it is empty");
        var first = stored[0];
        var codec = (PayloadCodecKind)(first & CodecBits);
        if (codec > PayloadCodecKind.Brotli || (first & ~(CodecBits | DictionaryBit)) != 0)
            throw new DatabaseException($"A stored payload begins with 0x{first:X2}, which this release does not know: it was written by a later release (update Afterwit) or is damaged (restore a backup).");
        body = stored[1..];
        if (codec == PayloadCodecKind.None)
            return first == 0 ? new(codec, 0, body.Length) : throw Damaged(stored, "it names a dictionary but no codec");

        var dictionary = 0;
        if ((first & DictionaryBit) != 0 && (codec != PayloadCodecKind.Zstd || !TryReadVarint(ref body, out dictionary) || dictionary == 0))
            throw Damaged(stored, "its dictionary has no valid number");
        if (!TryReadVarint(ref body, out var rawLength) || rawLength is 0 or > PayloadCodec.MaxRawLength)
            throw Damaged(stored, $"its length must be 1 to {PayloadCodec.MaxRawLength}");
        return body.IsEmpty ? throw Damaged(stored, "it ends after its header") : new(codec, dictionary, rawLength);
    }

    /// <summary>The error for what cannot be read.</summary>
    public static DatabaseException Damaged(ReadOnlySpan<byte> stored, string what) =>
        new($"A stored payload of {stored.Length} bytes is damaged: {what}. Restore a backup.");

    private static int WriteVarint(Span<byte> destination, int value)
    {
        var length = 0;
        for (var rest = (uint)value; ; rest >>= 7)
        {
            destination[length++] = (byte)(rest < 0x80 ? rest : rest | 0x80);
            if (rest < 0x80)
                return length;
        }
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> from, out int value)
    {
        long sum = 0;
        for (var i = 0; i < Math.Min(MaxVarint, from.Length); i++)
        {
            sum |= (long)(from[i] & 0x7F) << (7 * i);
            if (from[i] >= 0x80)
                continue;
            from = from[(i + 1)..];
            value = (int)Math.Min(sum, int.MaxValue);
            return sum <= int.MaxValue;
        }

        value = 0;
        return false;
    }
}
