using System.Diagnostics;
using System.Text;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// The codec of payloads on episodes: each codec on the same records, next to Gzip. Every second episode is measured; the dictionary is learned from the others.
/// </summary>
internal static class CompressionSuite
{
    private const int Records = 1_000;

    /// <summary>Long enough for the code of a case to be compiled for good.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(400);

    private static readonly (string Name, int Bytes)[] Sizes = [("1 KB", 1 << 10), ("10 KB", 10 << 10)];

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var corpus = await BenchCorpus.LoadAsync(options.Source, cancellationToken);
        var rows = new List<BenchRow>();
        foreach (var (name, bytes) in Sizes)
        {
            var measured = Spread(Cut(corpus.Originals.Where((_, i) => i % 2 == 0), bytes), Records);
            var samples = Spread(Cut(corpus.Originals.Where((_, i) => i % 2 == 1), bytes), Records);
            if (measured.Count == 0)
                throw new ArgumentException($"--source: the episodes are too short for records of {name}.");
            var cases = new List<(string Name, PayloadCodecKind Codec, byte[]? Dictionary)>
            {
                ("Gzip", PayloadCodecKind.Gzip, null),
                ("Brotli", PayloadCodecKind.Brotli, null),
                ("LZ4", PayloadCodecKind.Lz4, null),
                ("Zstandard", PayloadCodecKind.Zstd, null),
            };
            if (ZstdDictionary.Train(samples) is { } dictionary)
                cases.Add(($"Zstandard, dictionary of {dictionary.Length >> 10} KB", PayloadCodecKind.Zstd, dictionary));
            (BenchRow Encode, BenchRow Decode)? baseline = null;
            foreach (var (codecName, kind, dictionaryOrNull) in cases)
            {
                var (encode, decode) = await MeasureAsync($"{name}, {codecName}", kind, dictionaryOrNull, measured, options.Rounds, baseline);
                baseline ??= (encode, decode);
                rows.AddRange([encode, decode]);
            }
        }

        if (options.Database is { IsServer: true, InPlace: false })
            rows.AddRange(await WireSuite.RunAsync(options, corpus, cancellationToken));
        return rows;
    }

    private static async Task<(BenchRow Encode, BenchRow Decode)> MeasureAsync(
        string name, PayloadCodecKind kind, byte[]? dictionary, List<ReadOnlyMemory<byte>> records, int rounds, (BenchRow Encode, BenchRow Decode)? baseline)
    {
        using var codec = new PayloadCodec(new() { Episodes = kind });
        if (codec.Effective(PayloadKind.Episode).Reason is { } missing)
            throw new DatabaseException($"The suite compression needs every codec. {missing}");
        if (dictionary is not null)
            codec.AddDictionary(1, PayloadKind.Episode, dictionary, current: true);
        var stored = records.Select(record => codec.Encode(PayloadKind.Episode, record.Span)).ToList();
        var (encode, decode) = (new Meter(), new Meter());
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;)
        {
            for (var i = 0; i < records.Count; i++)
                codec.Decode(PayloadKind.Episode, codec.Encode(PayloadKind.Episode, records[i].Span));
        }

        for (var i = 0; i < rounds * records.Count; i++)
        {
            var at = i % records.Count;
            await encode.TimeAsync(() => { codec.Encode(PayloadKind.Episode, records[at].Span); });
            await decode.TimeAsync(() => { codec.Decode(PayloadKind.Episode, stored[at]); });
        }

        var raw = records.Sum(record => (double)record.Length);
        BenchRow Row(Meter meter, string what, BenchRow? against)
        {
            var row = meter.Row("compression", $"{name}, {what}", against);
            return row with { CompressionRatio = raw / stored.Sum(bytes => (double)bytes.Length), MbPerS = raw / records.Count / row.P50Us };
        }

        return (Row(encode, "encode", baseline?.Encode), Row(decode, "decode", baseline?.Decode));
    }

    /// <summary>Episodes one after the other, cut into records of one size.</summary>
    internal static List<ReadOnlyMemory<byte>> Cut(IEnumerable<Episode> episodes, int bytes)
    {
        using var joined = new MemoryStream();
        using (var writer = new BinaryWriter(joined, Encoding.UTF8, leaveOpen: true))
        {
            foreach (var step in episodes.SelectMany(episode => episode.Steps))
            {
                writer.Write((byte)step.Kind);
                foreach (var text in new[] { step.Speaker, step.Text, step.Tool, step.Arguments, step.Observation, step.ErrorClass })
                    writer.Write(text ?? "");
            }
        }

        var all = joined.ToArray();
        return [.. Enumerable.Range(0, all.Length / bytes).Select(i => new ReadOnlyMemory<byte>(all, i * bytes, bytes))];
    }

    /// <summary>So many of them, evenly.</summary>
    private static List<ReadOnlyMemory<byte>> Spread(List<ReadOnlyMemory<byte>> records, int count) =>
        records.Count <= count ? records : [.. Enumerable.Range(0, count).Select(i => records[(int)((long)i * records.Count / count)])];
}
