using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;

namespace Afterwit.Storage;

/// <summary>
/// Turns payloads into what is stored and back. What is stored begins with a <see cref="PayloadHeader"/>, so that it is read whatever the settings are. Safe for many threads.
/// </summary>
internal sealed class PayloadCodec : IDisposable
{
    /// <summary>The most bytes that a compressed payload may stand for; larger ones are stored as they are.</summary>
    public const int MaxRawLength = 64 << 20;

    private static readonly PayloadKind[] Kinds = Enum.GetValues<PayloadKind>();
    private static readonly PayloadCodecKind[] Codecs = Enum.GetValues<PayloadCodecKind>();

    private readonly CodecLibraries _libraries;
    private readonly int _threshold;
    private readonly bool _useDictionaries;
    private readonly ZstdCodec _zstd = new();
    private readonly ConcurrentDictionary<int, ZstdDictionary> _dictionaries = new();
    private readonly Writing[] _writing;

    /// <summary>A codec with checked settings.</summary>
    /// <param name="options">What payloads are written with, until <see cref="Use"/> says otherwise.</param>
    /// <param name="libraries">The libraries to work with; by default those of the system.</param>
    public PayloadCodec(CompressionOptions options, CodecLibraries? libraries = null)
    {
        options.Validate();
        _libraries = libraries ?? CodecLibraries.System;
        _threshold = options.Threshold;
        _useDictionaries = options.Dictionaries;
        _writing = [.. Kinds.Select(_ => new Writing())];
        foreach (var kind in Kinds)
            Use(kind, options.For(kind), options.ZstdLevel);
    }

    /// <summary>What is stored for a payload: compressed when it reaches the threshold and gets smaller, else as it is behind one byte.</summary>
    public byte[] Encode(PayloadKind kind, ReadOnlySpan<byte> payload)
    {
        var start = Stopwatch.GetTimestamp();
        var writing = _writing[(int)kind];
        var (codec, level) = (writing.Choice.Effective.Codec, writing.Choice.Level);
        var dictionary = codec == PayloadCodecKind.Zstd ? writing.Dictionary : null;
        var stored = codec != PayloadCodecKind.None && payload.Length >= _threshold && payload.Length is > 0 and <= MaxRawLength ? Compress(payload, codec, level, dictionary) : null;
        if (stored is null)
        {
            (codec, dictionary) = (PayloadCodecKind.None, null);
            stored = GC.AllocateUninitializedArray<byte>(1 + payload.Length);
            stored[0] = (byte)PayloadCodecKind.None;
            payload.CopyTo(stored.AsSpan(1));
        }

        dictionary?.Count(payload.Length, stored.Length);
        writing.Meters[(int)codec].Encoded(payload.Length, stored.Length, start);
        return stored;
    }

    /// <summary>The payload of what is stored.</summary>
    /// <exception cref="DatabaseException">It is damaged, or needs a library or a dictionary that is not there; the message says which. What is stored stays as it is.</exception>
    public byte[] Decode(PayloadKind kind, ReadOnlySpan<byte> stored)
    {
        var start = Stopwatch.GetTimestamp();
        var header = PayloadHeader.Read(stored, out var body);
        ZstdDictionary? dictionary = null;
        if (header.Codec == PayloadCodecKind.Zstd && _libraries.Zstd == 0)
            throw new DatabaseException($"A stored payload is compressed with Zstandard; {CodecLibraries.Missing(PayloadCodecKind.Zstd)}. The payload is intact.");
        if (header.Dictionary != 0 && !_dictionaries.TryGetValue(header.Dictionary, out dictionary))
            throw new DatabaseException($"A stored payload is compressed with dictionary {header.Dictionary}, which this database does not have: restore a backup that has it. The payload is intact.");

        var payload = GC.AllocateUninitializedArray<byte>(header.RawLength);
        var wrong = header.Codec switch
        {
            PayloadCodecKind.None => body.TryCopyTo(payload) ? null : "",
            PayloadCodecKind.Lz4 => Lz4Codec.TryDecompress(body, payload) ? null : "it is no LZ4 block of the length in its header",
            PayloadCodecKind.Zstd => _zstd.Decompress(body, payload, dictionary),
            PayloadCodecKind.Gzip => InBoxCodecs.TryGunzip(body, payload) ? null : "it is no Gzip stream of the length in its header",
            _ => InBoxCodecs.TryUnbrotli(body, payload) ? null : "it is no Brotli stream of the length in its header",
        };
        if (wrong is not null)
            throw PayloadHeader.Damaged(stored, wrong);
        _writing[(int)kind].Meters[(int)header.Codec].Decoded(start);
        return payload;
    }

    /// <summary>The dictionary to add before this can be decoded, since another process trained it after this one began; null when none is missing.</summary>
    /// <exception cref="DatabaseException">What is stored is damaged.</exception>
    public int? MissingDictionary(ReadOnlySpan<byte> stored) =>
        PayloadHeader.Read(stored, out _).Dictionary is var id and not 0 && !_dictionaries.ContainsKey(id) ? id : null;

    /// <summary>Adds a dictionary of the store. Adding it again changes nothing, but that it may become the current one: who only has to read with it does not know whether it is.</summary>
    /// <param name="id">Its number in the store, from 1. Never used for another content.</param>
    /// <param name="kind">What it was trained on.</param>
    /// <param name="content">What <see cref="ZstdDictionary.Train"/> gave.</param>
    /// <param name="current">Whether new payloads of the kind are written with it.</param>
    public void AddDictionary(int id, PayloadKind kind, byte[] content, bool current)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(id, 1);
        var dictionary = _dictionaries.GetOrAdd(id, _ => new(id, kind, content));
        var writing = _writing[(int)dictionary.Kind];
        if (current && _useDictionaries)
            writing.Dictionary = dictionary;
    }

    /// <summary>From now on writes payloads of a kind with this codec, or the next best one when its library is missing.</summary>
    /// <param name="kind">The payloads.</param>
    /// <param name="codec">The codec.</param>
    /// <param name="zstdLevel">The level of Zstandard, 1 to 19.</param>
    public void Use(PayloadKind kind, PayloadCodecKind codec, int zstdLevel)
    {
        ReadOnlySpan<PayloadCodecKind> byPreference = [codec, codec == PayloadCodecKind.Zstd ? PayloadCodecKind.Lz4 : PayloadCodecKind.Zstd, PayloadCodecKind.Gzip];
        var written = PayloadCodecKind.None;
        foreach (var candidate in byPreference)
        {
            if (!_libraries.CanWrite(candidate))
                continue;
            written = candidate;
            break;
        }

        var reason = written == codec ? null : $"{kind} payloads are written with {written} in place of {codec}: {CodecLibraries.Missing(codec)}.";
        _writing[(int)kind].Choice = new(new(written, reason), zstdLevel);
    }

    /// <summary>Whether payloads can be written with a codec: its library is there.</summary>
    public bool CanWrite(PayloadCodecKind codec) => _libraries.CanWrite(codec);

    /// <summary>What payloads of a kind are written with, and why when it is not what was set.</summary>
    public EffectiveCodec Effective(PayloadKind kind) => _writing[(int)kind].Choice.Effective;

    /// <summary>What was done so far, for each kind and codec that was met.</summary>
    public IReadOnlyList<PayloadCounts> Counts() =>
        [.. from kind in Kinds from codec in Codecs let counts = _writing[(int)kind].Meters[(int)codec].Counts(kind, codec) where counts.Payloads + counts.Decoded > 0 select counts];

    /// <summary>What was written with each dictionary so far.</summary>
    public IReadOnlyList<DictionaryCounts> DictionaryCounts() =>
        [.. from dictionary in _dictionaries.Values orderby dictionary.Id select dictionary.Counts(_writing[(int)dictionary.Kind].Dictionary == dictionary)];

    public void Dispose()
    {
        _zstd.Dispose();
        foreach (var dictionary in _dictionaries.Values)
            dictionary.Dispose();
    }

    /// <summary>Header and compressed bytes; null when they are no fewer than the payload.</summary>
    private byte[]? Compress(ReadOnlySpan<byte> payload, PayloadCodecKind codec, int level, ZstdDictionary? dictionary)
    {
        Span<byte> header = stackalloc byte[PayloadHeader.MaxLength];
        header = header[..new PayloadHeader(codec, dictionary?.Id ?? 0, payload.Length).Write(header)];
        if (header.Length >= payload.Length)
            return null;

        // The header is written last, over the magic number that Zstandard begins with.
        var scratch = ArrayPool<byte>.Shared.Rent(ZstdCodec.MagicLength + payload.Length);
        try
        {
            var bodyStart = ZstdCodec.MagicLength + header.Length;
            var body = scratch.AsSpan(bodyStart, payload.Length - header.Length);
            var length = codec switch
            {
                PayloadCodecKind.Lz4 => Lz4Codec.Compress(payload, body),
                PayloadCodecKind.Zstd => _zstd.Compress(payload, scratch.AsSpan(header.Length, payload.Length - header.Length + ZstdCodec.MagicLength), level, dictionary) - ZstdCodec.MagicLength,
                PayloadCodecKind.Gzip => InBoxCodecs.Gzip(payload, body),
                _ => InBoxCodecs.Brotli(payload, body),
            };
            if (length <= 0)
                return null;
            header.CopyTo(scratch.AsSpan(ZstdCodec.MagicLength));
            return scratch.AsSpan(ZstdCodec.MagicLength, header.Length + length).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>How payloads of one kind are written, and what was done with them.</summary>
    private sealed class Writing
    {
        private volatile Choice _choice = new(new(PayloadCodecKind.None, null), 0);
        private volatile ZstdDictionary? _dictionary;

        public Choice Choice { get => _choice; set => _choice = value; }

        public ZstdDictionary? Dictionary { get => _dictionary; set => _dictionary = value; }

        public PayloadMeter[] Meters { get; } = [.. Codecs.Select(_ => new PayloadMeter())];
    }

    private sealed record Choice(EffectiveCodec Effective, int Level);
}
