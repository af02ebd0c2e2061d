using System.Diagnostics;
using System.Diagnostics.Metrics;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>What measuring costs: the same point reads of the same file, below the decorators and through them, in small blocks by turns.</summary>
internal static class MetricsSuite
{
    private const int Reads = 100;

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
        var bare = await SqlMemoryStore.OpenAsync(MemoryParts.DatabaseOf(memory), CommandContext.Time, cancellationToken: cancellationToken); // not closed: the memory closes the database
        using var listener = new MeterListener { InstrumentPublished = static (instrument, listener) => Listen(instrument, listener) };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        var blocks = options.Rounds * 100;
        var quiet = await CompareAsync();
        listener.Start();
        var heard = await CompareAsync();
        return
        [
            Row("point read, not measured (means of 100)", quiet.Bare),
            Row("measured, nobody listens", quiet.Measured, quiet.Bare),
            Row("measured, with a listener on every instrument", heard.Measured, heard.Bare),
        ];

        async Task<(Turn[] Bare, Turn[] Measured)> CompareAsync()
        {
            var (without, with) = (new Turn[blocks], new Turn[blocks]);
            for (var i = -5; i < blocks; i++)
            {
                // The order turns, so that no one always comes first after another. The first are compiled meanwhile, and written over.
                foreach (var isBare in (bool[])[i % 2 == 0, i % 2 != 0])
                    (isBare ? without : with)[Math.Max(0, i)] = await TimeAsync(isBare ? bare : measured);
            }

            return (without, with);
        }

        async Task<Turn> TimeAsync(IMemoryStore store)
        {
            var allocated = GC.GetTotalAllocatedBytes();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Reads; i++)
                await store.GetEpisodeAsync(ids[i % ids.Count], cancellationToken);
            return new(Stopwatch.GetElapsedTime(start).TotalMicroseconds / Reads, GC.GetTotalAllocatedBytes() - allocated);
        }

        // The ratio is the median of the ratios of neighbouring blocks: what slows the machine for a while meets both.
        BenchRow Row(string name, Turn[] own, Turn[]? against = null) => BenchRow.Of("metrics", name, own.Select(b => b.Microseconds), Reads) with
        {
            RoundTrips = 1,
            AllocatedBytes = own.Average(b => (double)b.Bytes) / Reads,
            RatioToBaseline = against is null ? null : own.Zip(against, (ours, theirs) => ours.Microseconds / theirs.Microseconds).Order().ElementAt(blocks / 2),
        };
    }

    private static void Listen(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name.StartsWith(AfterwitTelemetry.MeterName, StringComparison.Ordinal))
            listener.EnableMeasurementEvents(instrument);
    }

    /// <param name="Microseconds">The mean of its reads.</param>
    /// <param name="Bytes">Allocated by all of them.</param>
    private readonly record struct Turn(double Microseconds, long Bytes);
}
