using System.Runtime.InteropServices;

namespace Afterwit.Storage;

/// <summary>The functions of liblz4 and libzstd in use. Call them only when <see cref="CodecLibraries.System"/> has the library.</summary>
internal static unsafe partial class NativeCodecs
{
    private const string Lz4 = "lz4";
    private const string Zstd = "zstd";

    /// <summary>Parameters of <see cref="ZSTD_CCtx_setParameter"/>; the numbers are those of zstd.h.</summary>
    public enum ZstdParameter
    {
        CompressionLevel = 100,
        ContentSizeFlag = 200,
        ChecksumFlag = 201,
        DictIdFlag = 202,
    }

    static NativeCodecs() => NativeLibrary.SetDllImportResolver(typeof(NativeCodecs).Assembly, (library, _, _) => library switch
    {
        Lz4 => CodecLibraries.System.Lz4,
        Zstd => CodecLibraries.System.Zstd,
        _ => 0,
    });

    /// <summary>Throws away what a failed compression left in a context.</summary>
    public const int ZstdResetSession = 1;

    /// <summary>The text of an error, or null when the number is a size.</summary>
    public static string? ZstdError(nuint result) => ZSTD_isError(result) == 0 ? null : Marshal.PtrToStringUTF8(ZSTD_getErrorName(result));

    [LibraryImport(Lz4)]
    public static partial int LZ4_compress_default(byte* source, byte* destination, int sourceSize, int destinationCapacity);

    [LibraryImport(Zstd)]
    public static partial uint ZSTD_isError(nuint result);

    [LibraryImport(Zstd)]
    private static partial nint ZSTD_getErrorName(nuint result);

    [LibraryImport(Zstd)]
    public static partial nint ZSTD_createCCtx();

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_CCtx_setParameter(ZstdCompressContext context, ZstdParameter parameter, int value);

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_CCtx_reset(ZstdCompressContext context, int directive);

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_CCtx_refCDict(ZstdCompressContext context, nint dictionary);

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_compress2(ZstdCompressContext context, byte* destination, nuint destinationCapacity, byte* source, nuint sourceSize);

    [LibraryImport(Zstd)]
    public static partial nint ZSTD_createDCtx();

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_findFrameCompressedSize(byte* source, nuint sourceSize);

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_decompress_usingDDict(ZstdDecompressContext context, byte* destination, nuint destinationCapacity, byte* source, nuint sourceSize, nint dictionary);

    [LibraryImport(Zstd)]
    public static partial nint ZSTD_createCDict(byte* dictionary, nuint size, int level);

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_freeCDict(nint dictionary);

    [LibraryImport(Zstd)]
    public static partial nint ZSTD_createDDict(byte* dictionary, nuint size);

    [LibraryImport(Zstd)]
    public static partial nuint ZSTD_freeDDict(nint dictionary);

    [LibraryImport(Zstd)]
    public static partial nuint ZDICT_trainFromBuffer(byte* dictionary, nuint capacity, byte* samples, nuint* sampleSizes, uint sampleCount);
}
