using System.Diagnostics;
using System.Globalization;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>What `afterwit bench` measures, each next to its baseline in the same run and on the same kind of file.</summary>
internal static class Suites
{
    public static IReadOnlyList<string> Names { get; } = ["read", "cache", "log", "import", "recall", "queries", "crash", "processes"];

    /// <summary>An episode of ten steps by its id, next to the bare prepared statements that read the same columns.</summary>
    public static async Task<IReadOnlyList<BenchRow>> ReadAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        await using var temporary = new TemporaryMemory(options.Storage);
        var memory = await temporary.OpenAsync(cancellationToken);
        var ids = new List<EpisodeId>();
        for (var i = 0; i < 200; i++)
        {
            var id = await memory.StartAsync($"task {i} of the read benchmark", new(Project: "bench", Agent: "bench"), new() { Domain = "bench", Tags = ["env:bench"] }, null, cancellationToken);
            await memory.LogAsync(id, [.. Enumerable.Range(0, 10).Select(k => Step.ToolCall("tool", $"arguments {k}", new string('x', 400)))], cancellationToken);
            await memory.CompleteAsync(id, Outcome.Success("done"), cancellationToken);
            ids.Add(id);
        }

        using var bare = BareReader.Open(temporary.Path);
        var (baseline, ours) = (new Meter(), new Meter(temporary.Statistics));
        await AlternateAsync(
            options.Rounds * 2_000, 500,
            i => baseline.TimeAsync(() => bare.Read(ids[i % ids.Count])),
            i => ours.TimeAsync(() => memory.GetAsync(ids[i % ids.Count], cancellationToken)));
        var first = baseline.Row("read", "bare prepared statements");
        return [first, ours.Row("read", "episode of 10 steps by id", first)];
    }

    /// <summary>One step, one commit, next to a bare prepared insert of the same row; then sixteen callers at once.</summary>
    public static async Task<IReadOnlyList<BenchRow>> LogAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        await using var temporary = new TemporaryMemory(options.Storage);
        var memory = await temporary.OpenAsync(cancellationToken);
        var step = Step.ToolCall("tool", "arguments", new string('x', 400));
        var id = await memory.StartAsync("log", cancellationToken: cancellationToken);
        using var bare = BareWriter.Open(temporary.Path + ".bare", options.Storage);
        var (baseline, ours) = (new Meter(), new Meter(temporary.Statistics));
        await AlternateAsync(options.Rounds * 500, 100, _ => baseline.TimeAsync(() => bare.Insert(step)), _ => ours.TimeAsync(() => memory.LogAsync(id, step, cancellationToken)));

        var first = baseline.Row("log", $"bare prepared insert, synchronous={options.Storage.Synchronous}");
        var single = ours.Row("log", "step");
        single = single with { RatioToBaseline = single.OpsPerS / first.OpsPerS };

        const int callers = 16;
        var each = options.Rounds * 250;
        var together = new Meter(temporary.Statistics);
        var commits = temporary.Statistics.Commits;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var own = await memory.StartAsync("log", cancellationToken: cancellationToken);
            for (var i = 0; i < each; i++)
                await memory.LogAsync(own, step, cancellationToken);
        }, cancellationToken)));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var rate = callers * each / seconds;
        var mean = seconds * 1e6 * callers / (callers * each);
        var groups = (double)(temporary.Statistics.Commits - commits) / (callers * each);
        return [first, single, new("log", $"step, {callers} callers at once (group commit; times are means)", callers * each, mean, 0, 0, rate, groups, 0, rate / first.OpsPerS)];
    }

    /// <summary>Import with learning and full-text index, next to the very same rows with a transaction for each, and to bare inserts of heads and steps alone.</summary>
    public static async Task<IReadOnlyList<BenchRow>> ImportAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var corpus = await BenchCorpus.LoadAsync(options.Source, cancellationToken);
        var episodes = corpus.Originals;
        await using var temporary = new TemporaryMemory(options.Storage);
        var memory = await temporary.OpenAsync(cancellationToken);
        await memory.ImportAsync(new BenchCorpusSample(episodes).Warm(), cancellationToken: cancellationToken);

        var sample = episodes.Where((_, i) => i % 20 == 0).ToList();
        await using var single = await AgentMemoryOver(new RowByRowDatabase(SqliteDatabase.Open(temporary.Path + ".single", options.Storage)), cancellationToken);
        var singleStart = Stopwatch.GetTimestamp();
        await single.ImportAsync(sample, 250, cancellationToken);
        var singleRate = sample.Count / Stopwatch.GetElapsedTime(singleStart).TotalSeconds;

        using var bare = BareWriter.Open(temporary.Path + ".bare", options.Storage);
        var bareStart = Stopwatch.GetTimestamp();
        foreach (var episode in sample)
        {
            bare.InsertHead(episode);
            foreach (var step in episode.Steps)
                bare.Insert(step);
        }

        var bareRate = sample.Count / Stopwatch.GetElapsedTime(bareStart).TotalSeconds;
        var allocated = GC.GetTotalAllocatedBytes();
        var trips = temporary.Statistics.Reads + temporary.Statistics.Commits;
        var start = Stopwatch.GetTimestamp();
        await memory.ImportAsync(episodes, 250, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var mean = seconds * 1e6 / episodes.Count;
        return
        [
            new("import", "the same rows, a transaction for each (means)", sample.Count, 1e6 / singleRate, 0, 0, singleRate, 0, 0, null),
            new("import", "heads and steps alone: bare inserts, a transaction for each (means)", sample.Count, 1e6 / bareRate, 0, 0, bareRate, 0, 0, bareRate / singleRate),
            new(
                "import", "episodes, learned and indexed (means)", episodes.Count, mean, 0, 0, episodes.Count / seconds,
                (double)(temporary.Statistics.Reads + temporary.Statistics.Commits - trips) / episodes.Count, (double)(GC.GetTotalAllocatedBytes() - allocated) / episodes.Count, episodes.Count / seconds / singleRate),
        ];
    }

    /// <summary>Recall as the memory grows: each size next to the one before it.</summary>
    public static async Task<IReadOnlyList<BenchRow>> RecallAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var corpus = await BenchCorpus.LoadAsync(options.Source, cancellationToken);
        var rows = new List<BenchRow>();
        foreach (var size in options.Sizes)
        {
            await using var temporary = new TemporaryMemory(new() { Synchronous = Durability.Normal }, options.Keep is null ? null : string.Create(CultureInfo.InvariantCulture, $"{options.Keep}-{size}.db"));
            var memory = await temporary.OpenAsync(cancellationToken);
            await memory.ImportAsync(corpus.Take(size), cancellationToken: cancellationToken);
            var meter = new Meter(temporary.Statistics);
            foreach (var (query, i) in corpus.Queries(20 + (options.Rounds * 200)).Select((query, i) => (query, i)))
            {
                Task Recall() => memory.RecallAsync(new() { Text = query, KeepReceipt = false }, cancellationToken);
                await (i < 20 ? Recall() : meter.TimeAsync(Recall));
            }

            rows.Add(meter.Row("recall", string.Create(CultureInfo.InvariantCulture, $"{size} episodes"), rows.Count > 0 ? rows[^1] : null));
        }

        return rows;
    }

    private static async Task<AgentMemory> AgentMemoryOver(IDatabase database, CancellationToken cancellationToken) =>
        new(await SqlMemoryStore.OpenAsync(database, CommandContext.Time, cancellationToken), CommandContext.Time);

    /// <summary>The two in turn, in small blocks, so that a slow moment of the machine meets both. The first block of each is not kept apart: medians do not feel it.</summary>
    private static async Task AlternateAsync(int count, int block, Func<int, Task> baseline, Func<int, Task> ours)
    {
        for (var done = 0; done < count; done += block)
        {
            for (var i = 0; i < block; i++)
                await baseline(i);
            for (var i = 0; i < block; i++)
                await ours(i);
        }
    }

    /// <summary>A few episodes under other names, to have the code compiled before the clock starts.</summary>
    private sealed class BenchCorpusSample(IReadOnlyList<Episode> episodes)
    {
        public IEnumerable<Episode> Warm() => episodes.Take(100).Select(e => e with { Id = EpisodeId.FromSource("warm/" + e.SourceId), SourceId = "warm/" + e.SourceId });
    }
}
