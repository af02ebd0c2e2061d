using System.Diagnostics;
using System.Globalization;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>The memory of a process that works on many episodes with the cache as it is by default: another process writes them, and this one says how large it became.</summary>
internal static class MemorySuite
{
    private const int Batch = 500;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var corpus = await BenchCorpus.LoadAsync(options.Source, cancellationToken);
        var (size, address) = (options.Sizes.Max(), await options.Database.FreshAsync(cancellationToken));
        await using (var memory = await options.Database.OpenUncachedAsync(address, cancellationToken))
        {
            foreach (var batch in corpus.Take(size).Chunk(Batch))
                await memory.ImportAsync(batch, Batch, cancellationToken);
        }

        using var reader = FaultSuites.StartSelf("bench", "reader", "--db", address, "--count", (options.Rounds * 40_000).ToString(CultureInfo.InvariantCulture));
        var line = await reader.StandardOutput.ReadLineAsync(cancellationToken);
        await reader.WaitForExitAsync(cancellationToken);
        return line?.Split(' ') is [var reads, var seconds, var peak, var hits]
            ? [new(
                "memory", $"{size:N0} episodes: {double.Parse(peak, CultureInfo.InvariantCulture) / 1e6:0} MB at most while another process reads and recalls ({double.Parse(hits, CultureInfo.InvariantCulture):P0} of the reads from its cache; bytes are the whole process)",
                int.Parse(reads, CultureInfo.InvariantCulture), 0, 0, 0, int.Parse(reads, CultureInfo.InvariantCulture) / double.Parse(seconds, CultureInfo.InvariantCulture), 0, double.Parse(peak, CultureInfo.InvariantCulture), null)]
            : throw new AfterwitException($"the reader failed: {await reader.StandardError.ReadToEndAsync(cancellationToken)}");
    }

    /// <summary>The process that is measured: reads episodes unevenly, as agents do, and recalls their tasks; prints how many, how long, and the most memory it had.</summary>
    public static async Task<int> ReadAsync(AgentMemory memory, int count, CancellationToken cancellationToken)
    {
        var found = new List<EpisodeId>(); // not by the store's list, whose heads would be kept
        await MemoryParts.DatabaseOf(memory).ReadAsync([new("SELECT id FROM episodes ORDER BY key DESC", [], row => found.Add(new(new Guid(row.GetBlob(0), bigEndian: true))))], cancellationToken);
        var ids = found.ToArray();
        var random = new Random(1);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var episode = await memory.GetAsync(ids[(int)Math.Min(ids.Length - 1, Math.Exp(random.NextDouble() * Math.Log(ids.Length)))], cancellationToken);
            if (i % 100 == 0)
                await memory.RecallAsync(new() { Text = episode.Task, KeepReceipt = false }, cancellationToken);
        }

        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{count} {seconds} {Process.GetCurrentProcess().PeakWorkingSet64} {(MemoryParts.CacheOf(memory)?.Statistics.Kinds.Single(k => k.Kind == "episode") is { } kind ? (double)kind.Hits / Math.Max(1, kind.Hits + kind.Misses) : 0)}"));
        return ExitCode.Done;
    }
}
