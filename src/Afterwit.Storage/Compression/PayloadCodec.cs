namespace Afterwit.Storage;

/// <summary>Turns payloads into what is stored and back. Safe for many threads.</summary>
internal sealed class PayloadCodec(CompressionOptions options) : IDisposable
{
    /// <summary>The most bytes that a compressed payload may stand for; larger ones are stored as they are.</summary>
    public const int MaxRawLength = 64 << 20;

    /// <summary>What is stored for a payload: see docs/storage.md, Compression.</summary>
    public byte[] Encode(PayloadKind kind, ReadOnlySpan<byte> payload) => throw new NotSupportedException("Only the signatures are here yet.");

    /// <summary>The payload of what is stored.</summary>
    /// <exception cref="DatabaseException">It is damaged, or needs a library or a dictionary that is not there.</exception>
    public byte[] Decode(PayloadKind kind, ReadOnlySpan<byte> stored) => throw new NotSupportedException("Only the signatures are here yet.");

    /// <summary>The dictionary that has to be added (another process may have trained it) before this can be decoded; null when nothing is missing.</summary>
    public int? MissingDictionary(ReadOnlySpan<byte> stored) => throw new NotSupportedException("Only the signatures are here yet.");

    /// <summary>Adds a dictionary that was trained by <see cref="ZstdDictionary"/>. Adding it again changes only whether it is the current one.</summary>
    /// <param name="id">Its number in the store, from 1.</param>
    /// <param name="kind">What it was trained on.</param>
    /// <param name="content">The dictionary.</param>
    /// <param name="current">Whether new payloads of the kind are written with it.</param>
    public void AddDictionary(int id, PayloadKind kind, byte[] content, bool current) => throw new NotSupportedException("Only the signatures are here yet.");

    /// <summary>From now on writes payloads of a kind with this codec.</summary>
    public void Use(PayloadKind kind, PayloadCodecKind codec, int zstdLevel) => throw new NotSupportedException("Only the signatures are here yet.");

    /// <summary>What payloads of a kind are written with.</summary>
    public EffectiveCodec Effective(PayloadKind kind) => new(options.For(kind), null);

    /// <summary>What was done so far, for each kind and codec that was met.</summary>
    public IReadOnlyList<PayloadCounts> Counts() => throw new NotSupportedException("Only the signatures are here yet.");

    /// <summary>What was written with each dictionary.</summary>
    public IReadOnlyList<DictionaryCounts> DictionaryCounts() => throw new NotSupportedException("Only the signatures are here yet.");

    public void Dispose()
    {
    }
}

/// <summary>Trains dictionaries.</summary>
internal static class ZstdDictionary
{
    /// <summary>Learns a dictionary from payloads. Null when there are too few of them, or libzstd is missing.</summary>
    public static byte[]? Train(IReadOnlyList<ReadOnlyMemory<byte>> samples, int maxBytes = 112 * 1024) => throw new NotSupportedException("Only the signatures are here yet.");
}

/// <summary>Decides when a dictionary is trained.</summary>
internal static class DictionaryPolicy
{
}
