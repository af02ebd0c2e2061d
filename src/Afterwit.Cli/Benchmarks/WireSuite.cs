using System.Diagnostics;
using System.Globalization;
using Afterwit.Cli.Importing;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// What payloads take on the way to a server and back: the same episodes written as `afterwit import` writes them and read back whole, without compression and with it. The client counts the bytes of all messages.
/// All else in them is the same in both runs, so what the payloads take is their length uncompressed, less what the messages became shorter by.
/// </summary>
internal static class WireSuite
{
    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, BenchCorpus corpus, CancellationToken cancellationToken)
    {
        var plain = await MeasureAsync(options, corpus.Originals, PayloadCodecKind.None, cancellationToken);
        var packed = await MeasureAsync(options, corpus.Originals, PayloadCodecKind.Zstd, cancellationToken);
        return [.. Rows("written", plain.Sent, packed.Sent), .. Rows("read back whole", plain.Received, packed.Received)];

        IEnumerable<BenchRow> Rows(string what, Traffic uncompressed, Traffic compressed) =>
        [
            uncompressed.Row($"{what}, not compressed, all bytes", null),
            compressed.Row($"{what}, compressed, all bytes", uncompressed.Bytes),
            (compressed with { Bytes = plain.Payloads - (uncompressed.Bytes - compressed.Bytes) }).Row(string.Create(CultureInfo.InvariantCulture, $"{what}, compressed, payloads of {plain.Payloads:N0} bytes"), plain.Payloads),
        ];
    }

    private static async Task<(Traffic Sent, Traffic Received, long Payloads)> MeasureAsync(BenchOptions options, IReadOnlyList<Episode> episodes, PayloadCodecKind codec, CancellationToken cancellationToken)
    {
        var storage = options.Database.Options();
        (storage.Compression.Episodes, storage.Cache.Enabled, storage.Tuning.Enabled) = (codec, false, false);
        var address = await options.Database.FreshAsync(cancellationToken);
        await (await AgentMemory.OpenAsync(address, storage, CommandContext.Time, cancellationToken)).DisposeAsync(); // the schema

        long payloads;
        var memory = await AgentMemory.OpenAsync(address, storage, CommandContext.Time, cancellationToken);
        var statistics = MemoryParts.DatabaseOf(memory).Statistics;
        var (start, trips) = (Stopwatch.GetTimestamp(), statistics.RoundTrips);
        await using (memory)
        {
            await memory.ImportAsync(episodes, ImportRun.BatchSize, cancellationToken);
            payloads = (await MemoryParts.StoreOf(memory).GetCompressionAsync(cancellationToken)).RawBytes;
        }

        // A memory that closes waits for the dictionary that is being learned: what that sends counts as well.
        var sent = new Traffic(episodes.Count, statistics.Server!.BytesSent, Stopwatch.GetElapsedTime(start), statistics.RoundTrips - trips);

        await using var reader = await AgentMemory.OpenAsync(address, storage, CommandContext.Time, cancellationToken);
        statistics = MemoryParts.DatabaseOf(reader).Statistics;
        var before = statistics.Server!.BytesReceived;
        (start, trips) = (Stopwatch.GetTimestamp(), statistics.RoundTrips);
        foreach (var batch in episodes.Chunk(ImportRun.BatchSize))
        {
            var read = await reader.GetAsync([.. batch.Select(e => e.Id)], cancellationToken);
            if (read.Zip(batch).FirstOrDefault(pair => pair.First?.Steps.Count != pair.Second.Steps.Count) is { Second: { } lost })
                throw new InvalidDataException($"Episode {lost.Id} was not read back as it was written.");
        }

        return (sent, new(episodes.Count, statistics.Server.BytesReceived - before, Stopwatch.GetElapsedTime(start), statistics.RoundTrips - trips), payloads);
    }

    private sealed record Traffic(int Episodes, long Bytes, TimeSpan Time, long RoundTrips)
    {
        /// <summary>A row whose ratio is its bytes over others.</summary>
        public BenchRow Row(string what, long? baseline) => new(
            "compression", string.Create(CultureInfo.InvariantCulture, $"on the wire, {Episodes:N0} episodes {what} (ratio of bytes; times are means)"), Episodes,
            Time.TotalMicroseconds / Episodes, 0, 0, Episodes / Time.TotalSeconds, (double)RoundTrips / Episodes, 0, (double?)Bytes / baseline, WireBytes: Bytes);
    }
}
