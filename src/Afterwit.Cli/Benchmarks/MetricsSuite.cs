using System.Diagnostics;
using System.Diagnostics.Metrics;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>What measuring costs: the same point reads of the same file, below the decorators and through them, in small blocks by turns.</summary>
internal static class MetricsSuite
{
    private const int Block = 100;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        await using var temporary = new TemporaryMemory(options.Storage);
        var memory = await temporary.OpenAsync(cancellationToken);
        var ids = new List<EpisodeId>();
        for (var i = 0; i < 200; i++)
        {
            var id = await memory.StartAsync($"task {i} of the metrics benchmark", cancellationToken: cancellationToken);
            await memory.LogAsync(id, [.. Enumerable.Range(0, 10).Select(k => Step.ToolCall("tool", $"arguments {k}", new string('x', 400)))], cancellationToken);
            ids.Add(id);
        }

        // One database for both: the same connections and statements, with the decorators and without.
        var measured = IStoreDecorator.Find<MeasuringMemoryStore>(memory.Store)!;
        var bare = await SqlMemoryStore.OpenAsync(CommandContext.DatabaseOf(memory), CommandContext.Time, cancellationToken: cancellationToken); // not closed: the memory closes the database
        var (baseline, quiet, heard) = (new List<double>(), new List<double>(), new List<double>());
        var (bytesBare, bytesQuiet, bytesHeard) = (0L, 0L, 0L);
        using var listener = new MeterListener { InstrumentPublished = static (instrument, listener) => Listen(instrument, listener) };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        var blocks = options.Rounds * 100;
        for (var i = -5; i < blocks; i++)
        {
            // The order turns, so that no one always comes first after another.
            var first = await TimeAsync(i % 2 == 0 ? bare : measured);
            var second = await TimeAsync(i % 2 == 0 ? measured : bare);
            if (i < 0)
                continue; // compiled first
            var (without, with) = i % 2 == 0 ? (first, second) : (second, first);
            baseline.Add(without.Microseconds);
            quiet.Add(with.Microseconds);
            bytesBare += without.Bytes;
            bytesQuiet += with.Bytes;
        }

        listener.Start();
        var again = new List<double>();
        for (var i = -5; i < blocks; i++)
        {
            var first = await TimeAsync(i % 2 == 0 ? bare : measured);
            var second = await TimeAsync(i % 2 == 0 ? measured : bare);
            if (i < 0)
                continue;
            var (without, with) = i % 2 == 0 ? (first, second) : (second, first);
            again.Add(without.Microseconds);
            heard.Add(with.Microseconds);
            bytesHeard += with.Bytes;
        }

        return
        [
            Row("point read, not measured (means of 100)", baseline, null, bytesBare),
            Row("measured, nobody listens", quiet, baseline, bytesQuiet),
            Row("measured, with a listener on every instrument", heard, again, bytesHeard),
        ];

        async Task<(double Microseconds, long Bytes)> TimeAsync(IMemoryStore store)
        {
            var allocated = GC.GetTotalAllocatedBytes();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Block; i++)
                await store.GetEpisodeAsync(ids[i % ids.Count], cancellationToken);
            return (Stopwatch.GetElapsedTime(start).TotalMicroseconds / Block, GC.GetTotalAllocatedBytes() - allocated);
        }

        // The ratio is the median of the ratios of neighbouring blocks: what slows the machine for a while meets both.
        BenchRow Row(string name, List<double> blocks, List<double>? against, long bytes)
        {
            var sorted = blocks.Order().ToList();
            double At(double share) => sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];
            var ops = blocks.Count * Block;
            return new("metrics", name, ops, At(0.5), At(0.95), At(0.99), 1e6 / blocks.Average(), 1, (double)bytes / ops, against is null ? null : blocks.Zip(against, (ours, theirs) => ours / theirs).Order().ElementAt(blocks.Count / 2));
        }
    }

    private static void Listen(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name.StartsWith(AfterwitTelemetry.MeterName, StringComparison.Ordinal))
            listener.EnableMeasurementEvents(instrument);
    }
}
