using Microsoft.Win32.SafeHandles;

namespace Afterwit.Storage;

/// <summary>Working memory for one compression at a time. Frames carry neither length, checksum nor dictionary number: the header of the payload does.</summary>
internal sealed class ZstdCompressContext : SafeHandleZeroOrMinusOneIsInvalid
{
    public ZstdCompressContext() : base(ownsHandle: true)
    {
        SetHandle(NativeCodecs.ZSTD_createCCtx());
        if (IsInvalid)
            throw new DatabaseException("libzstd has no memory for a compression context.", isTransient: true);
        NativeCodecs.ZSTD_CCtx_setParameter(this, NativeCodecs.ZstdParameter.ContentSizeFlag, 0);
        NativeCodecs.ZSTD_CCtx_setParameter(this, NativeCodecs.ZstdParameter.ChecksumFlag, 0);
        NativeCodecs.ZSTD_CCtx_setParameter(this, NativeCodecs.ZstdParameter.DictIdFlag, 0);
    }

    protected override bool ReleaseHandle() => NativeCodecs.ZSTD_freeCCtx(handle) == 0;
}

/// <summary>Working memory for one decompression at a time.</summary>
internal sealed class ZstdDecompressContext : SafeHandleZeroOrMinusOneIsInvalid
{
    public ZstdDecompressContext() : base(ownsHandle: true)
    {
        SetHandle(NativeCodecs.ZSTD_createDCtx());
        if (IsInvalid)
            throw new DatabaseException("libzstd has no memory for a decompression context.", isTransient: true);
    }

    protected override bool ReleaseHandle() => NativeCodecs.ZSTD_freeDCtx(handle) == 0;
}

/// <summary>A dictionary made ready for compression at one level.</summary>
internal sealed unsafe class ZstdCompressDictionary : SafeHandleZeroOrMinusOneIsInvalid
{
    public ZstdCompressDictionary(byte[] content, int level) : base(ownsHandle: true)
    {
        fixed (byte* bytes = content)
            SetHandle(NativeCodecs.ZSTD_createCDict(bytes, (nuint)content.Length, level));
    }

    protected override bool ReleaseHandle() => NativeCodecs.ZSTD_freeCDict(handle) == 0;
}

/// <summary>A dictionary made ready for decompression.</summary>
internal sealed unsafe class ZstdDecompressDictionary : SafeHandleZeroOrMinusOneIsInvalid
{
    public ZstdDecompressDictionary(byte[] content) : base(ownsHandle: true)
    {
        fixed (byte* bytes = content)
            SetHandle(NativeCodecs.ZSTD_createDDict(bytes, (nuint)content.Length));
    }

    protected override bool ReleaseHandle() => NativeCodecs.ZSTD_freeDDict(handle) == 0;
}
