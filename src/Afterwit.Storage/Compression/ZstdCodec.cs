using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace Afterwit.Storage;

/// <summary>Zstandard with contexts that are used again: as many as ever worked at the same time.</summary>
internal sealed unsafe class ZstdCodec : IDisposable
{
    /// <summary>The first bytes of every frame: not stored, since the header of the payload says what follows.</summary>
    public const int MagicLength = 4;

    private const uint Magic = 0xFD2FB528;

    private readonly ConcurrentQueue<ZstdCompressContext> _compressing = new();
    private readonly ConcurrentQueue<ZstdDecompressContext> _decompressing = new();

    /// <summary>Compresses into a frame that begins with the magic number.</summary>
    /// <returns>The length of the frame; 0 when it does not fit.</returns>
    public int Compress(ReadOnlySpan<byte> raw, Span<byte> frame, int level, ZstdDictionary? dictionary)
    {
        var context = _compressing.TryDequeue(out var idle) ? idle : new();
        var prepared = dictionary?.ForWriting(level);
        var held = false;
        try
        {
            // The context keeps a bare pointer to the dictionary while it compresses.
            prepared?.DangerousAddRef(ref held);
            NativeCodecs.ZSTD_CCtx_reset(context, NativeCodecs.ZstdResetSession);
            NativeCodecs.ZSTD_CCtx_setParameter(context, NativeCodecs.ZstdParameter.CompressionLevel, level);
            NativeCodecs.ZSTD_CCtx_refCDict(context, prepared?.DangerousGetHandle() ?? 0);
            fixed (byte* to = frame, from = raw)
            {
                var length = NativeCodecs.ZSTD_compress2(context, to, (nuint)frame.Length, from, (nuint)raw.Length);
                return NativeCodecs.ZSTD_isError(length) == 0 ? (int)length : 0;
            }
        }
        finally
        {
            if (held)
                prepared!.DangerousRelease();
            _compressing.Enqueue(context);
        }
    }

    /// <summary>Decompresses a frame without its magic number.</summary>
    /// <returns>Null when it fills the destination exactly; else what is wrong with it.</returns>
    public string? Decompress(ReadOnlySpan<byte> body, Span<byte> destination, ZstdDictionary? dictionary)
    {
        var frame = ArrayPool<byte>.Shared.Rent(MagicLength + body.Length);
        var context = _decompressing.TryDequeue(out var idle) ? idle : new();
        var prepared = dictionary?.ForReading;
        var held = false;
        try
        {
            prepared?.DangerousAddRef(ref held);
            BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
            body.CopyTo(frame.AsSpan(MagicLength));
            var size = (nuint)(MagicLength + body.Length);
            fixed (byte* to = destination, from = frame)
            {
                // More frames behind the first may be of old formats, whose decoders are less proven.
                if (NativeCodecs.ZSTD_findFrameCompressedSize(from, size) != size)
                    return "its frame has another length";
                var length = NativeCodecs.ZSTD_decompress_usingDDict(context, to, (nuint)destination.Length, from, size, prepared?.DangerousGetHandle() ?? 0);
                return NativeCodecs.ZstdError(length) ?? (length == (nuint)destination.Length ? null : "it is shorter than its header says");
            }
        }
        finally
        {
            if (held)
                prepared!.DangerousRelease();
            _decompressing.Enqueue(context);
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    public void Dispose()
    {
        while (_compressing.TryDequeue(out var context))
            context.Dispose();
        while (_decompressing.TryDequeue(out var context))
            context.Dispose();
    }
}
