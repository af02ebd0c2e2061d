namespace Afterwit.Storage;

/// <summary>
/// What the payloads of finished episodes are written with: nothing, LZ4, Zstandard at its lowest and at the set level, as far as they are there and none works harder than the one that was set.
/// A byte of payload costs the time of encoding it, that of decoding it as often as payloads are read, and the room of what it becomes.
/// </summary>
internal sealed class CodecKnob : Knob
{
    /// <summary>
    /// What a stored byte costs in all, in nanoseconds: as long as it takes to travel at 10 MB/s. It is written to the log and to the file, read back, copied by backups and sent to replicas, and the
    /// room stays taken.
    /// </summary>
    public const double BytePrice = 100;

    /// <summary>Payloads that keep more than this part of their bytes are as well stored as they are.</summary>
    private const double Incompressible = 0.95;

    private const int FewestPayloads = 32;
    private const double MostReads = 10;
    private readonly PayloadCodec _codec;
    private readonly IReadOnlyList<(PayloadCodecKind Codec, int Level)> _choices;
    private IReadOnlyList<PayloadCounts> _before = [];

    private CodecKnob(PayloadCodec codec, IReadOnlyList<(PayloadCodecKind, int)> choices)
        : base("codec", [.. Enumerable.Range(0, choices.Count).Select(i => (long)i)], new(choices.Count, choices.Count - 1, [1, 2, 3], floor: place => place == 0 ? BytePrice : 0))
    {
        (_codec, _choices) = (codec, choices);
        Mark();
    }

    /// <summary>The knob of a codec, at what is set. Null when that is to compress nothing.</summary>
    public static CodecKnob? Of(PayloadCodec codec, CompressionOptions options)
    {
        var set = codec.Effective(PayloadKind.Episode).Codec;
        List<(PayloadCodecKind, int)> choices = [(PayloadCodecKind.None, options.ZstdLevel)];
        if (codec.CanWrite(PayloadCodecKind.Lz4))
            choices.Add((PayloadCodecKind.Lz4, options.ZstdLevel));
        if (set == PayloadCodecKind.Zstd && options.ZstdLevel > 1)
            choices.Add((PayloadCodecKind.Zstd, 1));
        if (set is not (PayloadCodecKind.None or PayloadCodecKind.Lz4))
            choices.Add((set, options.ZstdLevel));
        return set == PayloadCodecKind.None ? null : new(codec, choices);
    }

    public override void Mark() => _before = Counts();

    protected override Observation? Measure(double seconds)
    {
        var now = Counts();
        var done = now.Select(c => Since(c, _before.FirstOrDefault(b => b.Codec == c.Codec))).ToList();
        var (payloads, raw, stored) = (done.Sum(c => c.Payloads), (double)done.Sum(c => c.RawBytes), (double)done.Sum(c => c.StoredBytes));
        if (payloads < FewestPayloads || raw == 0)
            return null;
        // What was written with another codec is read too: a decoding of the codec in use takes what it took since the store was opened.
        var inUse = now.FirstOrDefault(c => c.Codec == _choices[Tuner.Place].Codec && c.Decoded > 0);
        var decoding = inUse is null ? 0 : inUse.DecodeTime.TotalNanoseconds / inUse.Decoded;
        var reads = Math.Min(MostReads, (double)done.Sum(c => c.Decoded) / payloads);
        var cost = (done.Sum(c => c.EncodeTime.TotalNanoseconds) + (reads * payloads * decoding) + (BytePrice * stored)) / raw;
        return new(cost, raw / payloads, Tuner.Place > 0 && stored > Incompressible * raw ? Aim.Less : Aim.Cheaper);
    }

    protected override void Set(long value)
    {
        var (codec, level) = _choices[(int)value];
        _codec.Use(PayloadKind.Episode, codec, level);
    }

    protected override string Word(long value) => _choices[(int)value] is (PayloadCodecKind.Zstd, var level) ? FormattableString.Invariant($"Zstd {level}") : _choices[(int)value].Codec.ToString();

    private List<PayloadCounts> Counts() => [.. _codec.Counts().Where(c => c.Kind == PayloadKind.Episode)];

    private static PayloadCounts Since(PayloadCounts now, PayloadCounts? before) => before is null ? now : now with
    {
        Payloads = now.Payloads - before.Payloads,
        RawBytes = now.RawBytes - before.RawBytes,
        StoredBytes = now.StoredBytes - before.StoredBytes,
        EncodeTime = now.EncodeTime - before.EncodeTime,
        Decoded = now.Decoded - before.Decoded,
    };
}
