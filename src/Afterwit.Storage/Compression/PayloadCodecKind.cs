namespace Afterwit.Storage;

/// <summary>How a stored payload is compressed. The numbers are stored: never renumber.</summary>
public enum PayloadCodecKind : byte
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>LZ4, a block: the least time. Written with the system's liblz4, read without it too.</summary>
    Lz4 = 1,

    /// <summary>Zstandard, with or without a trained dictionary: the most saved for its time. Needs the system's libzstd.</summary>
    Zstd = 2,

    /// <summary>Gzip: everywhere.</summary>
    Gzip = 3,

    /// <summary>Brotli: everywhere; smaller than Gzip for short text.</summary>
    Brotli = 4,
}
