using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Afterwit.Storage;

/// <summary>LZ4 blocks: written by the system's liblz4, read here, so that what one machine wrote every other can read.</summary>
internal static unsafe class Lz4Codec
{
    private const int LongLength = 15;
    private const int ShortestMatch = 4;

    /// <summary>Compresses with liblz4.</summary>
    /// <returns>The length of the block; 0 when it does not fit.</returns>
    public static int Compress(ReadOnlySpan<byte> raw, Span<byte> block)
    {
        fixed (byte* to = block, from = raw)
            return NativeCodecs.LZ4_compress_default(from, to, raw.Length, block.Length);
    }

    /// <summary>
    /// Decompresses a block: sequences of a token (lengths of literals and match, four bits each), the literals, and the distance back to the match.
    /// The last sequence ends after its literals. Source: lz4_Block_format.md of the LZ4 project.
    /// </summary>
    /// <returns>Whether the block is sound and fills the destination exactly.</returns>
    public static bool TryDecompress(ReadOnlySpan<byte> block, Span<byte> destination)
    {
        var (read, written) = (0, 0);
        while (read < block.Length)
        {
            var token = block[read++];
            if (!TryReadLength(block, ref read, token >> 4, destination.Length - written, out var literals) || literals > block.Length - read)
                return false;
            CopyLiterals(block[read..], destination[written..], literals);
            read += literals;
            written += literals;
            if (read == block.Length)
                return written == destination.Length;
            if (block.Length - read < sizeof(ushort))
                return false;
            var distance = BinaryPrimitives.ReadUInt16LittleEndian(block[read..]);
            read += sizeof(ushort);
            if (distance == 0 || distance > written || !TryReadLength(block, ref read, token & 15, destination.Length - written - ShortestMatch, out var match))
                return false;
            match += ShortestMatch;
            Repeat(destination, written, distance, match);
            written += match;
        }

        return false;
    }

    /// <summary>A length of four bits, or of 15 and all following bytes up to the first that is not 255.</summary>
    private static bool TryReadLength(ReadOnlySpan<byte> block, ref int read, int bits, int most, out int length)
    {
        length = bits;
        var more = bits == LongLength;
        while (more && length <= most)
        {
            if (read == block.Length)
                return false;
            var next = block[read++];
            length += next;
            more = next == byte.MaxValue;
        }

        return length <= most;
    }

    /// <summary>Copies literals; few at once with what lies behind them, when both sides have room for it.</summary>
    private static void CopyLiterals(ReadOnlySpan<byte> from, Span<byte> to, int length)
    {
        if (length <= Vector128<byte>.Count && from.Length >= Vector128<byte>.Count && to.Length >= Vector128<byte>.Count)
            Vector128.Create(from).CopyTo(to);
        else
            from[..length].CopyTo(to);
    }

    /// <summary>Copies what lies so far back.</summary>
    private static void Repeat(Span<byte> destination, int written, int distance, int length)
    {
        var from = written - distance;
        if (length <= 2 * Vector128<byte>.Count && distance >= Vector128<byte>.Count && destination.Length - written >= 2 * Vector128<byte>.Count)
        {
            Vector128.Create<byte>(destination[from..]).CopyTo(destination[written..]);
            Vector128.Create<byte>(destination[(from + Vector128<byte>.Count)..]).CopyTo(destination[(written + Vector128<byte>.Count)..]);
            return;
        }

        // A match longer than its distance repeats itself: each copy doubles what the next can take.
        while (length > 0)
        {
            var part = Math.Min(length, written - from);
            destination.Slice(from, part).CopyTo(destination[written..]);
            written += part;
            length -= part;
        }
    }
}
