using System.Diagnostics;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>Reads by id, and the life of an episode from end to end, each next to the naive flow.</summary>
internal static class ReadsSuite
{
    private const string Name = "reads";
    private const int Episodes = 200;
    private const int Block = 1_000;
    private const int Callers = 16;

    /// <summary>Until the runtime has compiled a hit to its end.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        List<BenchRow> rows = [.. await ByIdAsync(options, cancellationToken)];
        var address = await options.Database.FreshAsync(cancellationToken);
        rows.AddRange(await LivesAsync(options, address, null, options.Rounds * 10, cancellationToken));
        if (options.Database.RoundTrip > TimeSpan.Zero)
        {
            var (far, trips) = options.Database.Far(address);
            rows.AddRange(await LivesAsync(options, far, trips, Math.Max(3, options.Rounds), cancellationToken));
        }

        return rows;
    }

    private static async Task<IReadOnlyList<BenchRow>> ByIdAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var address = await options.Database.FreshAsync(cancellationToken);
        await using var bare = await options.Database.OpenUncachedAsync(address, cancellationToken);
        var naive = new NaiveStore(address, options.Database.Options().Server);
        await naive.PrepareAsync();
        var ids = new List<EpisodeId>();
        for (var i = 0; i < Episodes; i++)
        {
            var (id, task) = (await bare.StartAsync($"task {i} of the read benchmark", Scope, new() { Domain = "bench", Tags = ["env:bench"] }, null, cancellationToken), $"task {i}");
            await naive.StartAsync(id, task);
            Step[] steps = [.. Enumerable.Range(0, 10).Select(Made)];
            await bare.LogAsync(id, steps, cancellationToken);
            await bare.CompleteAsync(id, Outcome.Success("done"), cancellationToken);
            await naive.LogAsync(id, steps[0]);
            ids.Add(id);
        }

        // Opened when all is written: what others write makes its next look give up all that it keeps, and it would be loaded again among the hits.
        await using var memory = await options.Database.OpenMemoryAsync(address, cancellationToken);
        foreach (var id in ids)
            await memory.GetAsync(id, cancellationToken);
        var database = MemoryParts.DatabaseOf(bare).Statistics;
        var (naively, uncached) = (new Meter(() => naive.RoundTrips), new Meter(database));
        for (var i = 0; i < options.Rounds * 40; i++)
        {
            var id = ids[i % ids.Count];
            await naively.TimeAsync(() => naive.GetAsync(id));
            for (var k = 0; k < 5; k++)
                await uncached.TimeAsync(() => bare.GetAsync(ids[(i + k) % ids.Count], cancellationToken));
        }

        var baseline = naively.Row(Name, "get by id: naive");
        return
        [
            baseline,
            uncached.Row(Name, "get by id: no cache, times faster than naive", baseline, Gain.Speed),
            Cached(memory, ids, options.Rounds, 1, "get by id: cached, times faster than naive", baseline),
            Cached(memory, ids, options.Rounds, Callers, $"get by id: cached, {Callers} threads (times are means of {Block}; rate of all), times faster than naive", baseline),
        ];
    }

    /// <summary>A hit is shorter than the clock is fine: a thousand are timed at once.</summary>
    private static BenchRow Cached(AgentMemory memory, List<EpisodeId> ids, int rounds, int threads, string name, BenchRow baseline)
    {
        var blocks = new double[threads][];
        var allocated = 0L;
        using var ready = new Barrier(threads);
        var start = 0L;
        var running = Enumerable.Range(0, threads).Select(t => new Thread(() =>
        {
            for (var warm = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(warm) < WarmUp;)
                Read(new double[20]);
            var times = blocks[t] = new double[rounds * 100];
            ready.SignalAndWait();
            if (t == 0)
                start = Stopwatch.GetTimestamp();
            var before = GC.GetAllocatedBytesForCurrentThread();
            Read(times);
            Interlocked.Add(ref allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        })).ToList();
        running.ForEach(t => t.Start());
        running.ForEach(t => t.Join());
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var row = BenchRow.Of(Name, name, blocks.SelectMany(b => b), Block, baseline, Gain.Speed);
        return row with { OpsPerS = row.Ops / seconds, AllocatedBytes = (double)allocated / row.Ops };

        void Read(double[] times)
        {
            for (var i = 0; i < times.Length; i++)
            {
                var from = Stopwatch.GetTimestamp();
                for (var k = 0; k < Block; k++)
                {
                    memory.GetAsync(ids[k % Episodes]).GetAwaiter().GetResult(); // completed, but for the look at other processes' writes once in a while
                }

                times[i] = Stopwatch.GetElapsedTime(from).TotalMicroseconds / Block;
            }
        }
    }

    /// <summary>An episode from its start to the recalls of the next task, and the single write with its check, near or far.</summary>
    private static async Task<IReadOnlyList<BenchRow>> LivesAsync(BenchOptions options, string address, Func<long>? trips, int rounds, CancellationToken cancellationToken)
    {
        await using var memory = await options.Database.OpenMemoryAsync(address, cancellationToken);
        var naive = new NaiveStore(address, options.Database.Options().Server);
        await naive.PrepareAsync();
        var ours = MemoryParts.DatabaseOf(memory).Statistics;
        Meter Meter(bool isNaive) => new(isNaive ? trips ?? (() => naive.RoundTrips) : () => ours.RoundTrips);
        var (naiveLife, life, naiveWrite, write) = (Meter(true), Meter(false), Meter(true), Meter(false));
        for (var i = -1; i < rounds; i++)
        {
            var (a, b, round) = (EpisodeId.New(CommandContext.Time), EpisodeId.New(CommandContext.Time), i);
            await Timed(naiveLife, async () =>
            {
                await naive.StartAsync(a, Task(round));
                for (var k = 0; k < 10; k++)
                    await naive.LogAsync(a, Made(k));
                await naive.CompleteAsync(a);
                await naive.GetAsync(a);
                await naive.GetAsync(a);
                await naive.RecallAsync(Task(round + 1));
                await naive.RecallAsync(Task(round + 1));
            });
            await Timed(life, async () =>
            {
                var id = await memory.StartAsync(Task(round), Scope, cancellationToken: cancellationToken);
                await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(0, 10).Select(k => memory.LogAsync(id, Made(k), cancellationToken)));
                await memory.CompleteAsync(id, Outcome.Success(), cancellationToken);
                await memory.GetAsync(id, cancellationToken);
                await memory.GetAsync(id, cancellationToken);
                await memory.RecallAsync(new() { Text = Task(round + 1), Scope = Scope, KeepReceipt = false }, cancellationToken);
                await memory.RecallAsync(new() { Text = Task(round + 1), Scope = Scope, KeepReceipt = false }, cancellationToken);
            });
            await Timed(naiveWrite, () => naive.StartAsync(b, Task(round)));
            await Timed(write, () => memory.StartAsync(Task(round), Scope, cancellationToken: cancellationToken));

            Task Timed(Meter meter, Func<Task> work) => round < 0 ? work() : meter.TimeAsync(work); // the first time warms up
        }

        var distance = trips is null ? "" : $" {options.Database.RoundTrip.TotalMilliseconds:0.#} ms away";
        var (baseline, single) = (naiveLife.Row(Name, $"an episode from end to end{distance}: naive"), naiveWrite.Row(Name, $"connect, insert, select, validate one episode{distance}: naive"));
        return
        [
            baseline, life.Row(Name, $"an episode from end to end{distance}: start, 10 steps at once, complete, get x2, recall x2, times faster than naive", baseline, Gain.Speed),
            single, write.Row(Name, $"start of one episode, acknowledged{distance}, times faster than naive", single, Gain.Speed),
        ];

        static string Task(int round) => $"find the invoice of customer {round % 7} and send it to the desk number {round}";
    }

    private static Scope Scope { get; } = new(Project: BenchDatabase.Project);

    private static Step Made(int k) => Step.ToolCall("tool", $"arguments {k}", new string('x', 400));
}
