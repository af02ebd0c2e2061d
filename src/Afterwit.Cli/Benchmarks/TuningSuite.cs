using System.Diagnostics;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// Loads that shift, each run with fixed settings and with one that tunes itself and is not told of the shifts. In each period all contenders do the same work by turns, so that what slows the machine meets
/// all of them. What counts is the mean cost of an operation in the second half of a phase, trials included; where it is timed, a period is worth at most twice the median of its contender.
/// </summary>
internal static class TuningSuite
{
    private const int Periods = 60;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken) =>
    [
        .. await CacheAsync(cancellationToken),
        .. await CodecAsync(options, cancellationToken),
        .. await BatchAsync(options, cancellationToken),
        .. await ReadersAsync(options, cancellationToken),
    ];

    /// <summary>Counted, not timed: a load takes 100 microseconds of a clock that stands still otherwise.</summary>
    private static async Task<IReadOnlyList<BenchRow>> CacheAsync(CancellationToken cancellationToken)
    {
        const int lookups = 500;
        var episodes = Enumerable.Range(0, 2_000).Select(i => new Episode { Id = EpisodeId.FromSource($"tuning/{i}"), Task = new string('x', 2_000), StartedAt = DateTimeOffset.UnixEpoch }).ToList();
        (string Name, Func<Random, int> Next)[] phases =
        [
            ("50 hot episodes", random => random.Next(50)),
            ("2,000 episodes, unevenly", random => (int)(2_000 * Math.Pow(random.NextDouble(), 3))),
            ("400 episodes, evenly", random => random.Next(400)),
            ("50 hot episodes again", random => random.Next(50)),
        ];
        var contenders = new List<Contender>();
        foreach (var megabytes in (double[])[0, 0.25, 0.5, 1, 2, 4, 8])
            contenders.Add(await OpenAsync(megabytes));
        return await CompareAsync("cache-bytes", [.. phases.Select(p => p.Name)], 2 * Periods, contenders, isTimed: false);

        async Task<Contender> OpenAsync(double fixedMegabytes)
        {
            var clock = new SteppedClock();
            var limits = new CacheOptions { MinBytes = 256 << 10, MaxBytes = fixedMegabytes == 0 ? 8 << 20 : (long)(fixedMegabytes * (1 << 20)), WarmStart = false, CheckInterval = TimeSpan.FromHours(1) };
            var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(SqliteDatabase.InMemory), cancellationToken: cancellationToken);
            await store.WriteBatchAsync(new() { Episodes = episodes }, BatchOptions.Default, cancellationToken);
            var slow = new SlowReads(store.Database, clock);
            var cache = new CachingMemoryStore(await SqlMemoryStore.OpenAsync(slow, cancellationToken: cancellationToken), slow, limits, clock);
            var tuning = fixedMegabytes == 0 ? new MemoryTuning([new CacheKnob(cache, limits, static () => 0)], new() { Period = Period }, clock) : null;
            var random = new Random(1);
            return new(Name(fixedMegabytes == 0, $"{fixedMegabytes} MiB"), tuning, cache, async (phase, _) =>
            {
                var before = cache.Activity;
                for (var i = 0; i < lookups; i++)
                    await cache.GetEpisodeAsync(episodes[phases[phase].Next(random)].Id, cancellationToken);
                var done = cache.Activity - before;
                var held = cache.Bytes;
                clock.Step(Period);
                tuning?.Look();
                return (done.LoadNanoseconds + (CacheKnob.Rent * held * Period.TotalSeconds)) / lookups;
            });
        }
    }

    /// <summary>The time of encoding, and of decoding once, and the room that is taken.</summary>
    private static async Task<IReadOnlyList<BenchRow>> CodecAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        const int payloads = 64;
        var corpus = await BenchCorpus.LoadAsync(options.Source, cancellationToken);
        var texts = CompressionSuite.Cut(corpus.Originals, 2 << 10);
        var noise = Enumerable.Range(0, 256).Select(i => (ReadOnlyMemory<byte>)Noise(i, 16 << 10)).ToList();
        var encoded = Enumerable.Range(0, 256).Select(i => (ReadOnlyMemory<byte>)System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(Noise(i, 6 << 10)))).ToList();
        (string Name, List<ReadOnlyMemory<byte>> Payloads)[] phases = [("episodes of 2 KB", texts), ("noise of 16 KB", noise), ("base64 of 8 KB", encoded), ("episodes of 2 KB again", texts)];
        List<Contender> contenders = [Open(null)];
        foreach (var (codec, level) in ((PayloadCodecKind, int)[])[(PayloadCodecKind.None, 3), (PayloadCodecKind.Lz4, 3), (PayloadCodecKind.Zstd, 1), (PayloadCodecKind.Zstd, 3)])
            contenders.Add(Open((codec, level)));
        return await CompareAsync("codec", [.. phases.Select(p => p.Name)], Periods, contenders);

        Contender Open((PayloadCodecKind Kind, int Level)? set)
        {
            var clock = new SteppedClock();
            var settings = new CompressionOptions();
            var codec = new PayloadCodec(settings);
            if (set is { } s)
                codec.Use(PayloadKind.Episode, s.Kind, s.Level);
            var tuning = set is null ? new MemoryTuning([CodecKnob.Of(codec, settings)!], new() { Period = Period }, clock) : null;
            return new(Name(set is null, $"{set?.Kind} {set?.Level}"), tuning, codec, (phase, period) =>
            {
                var (raw, stored) = (0L, 0L);
                var from = phases[phase].Payloads;
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < payloads; i++)
                {
                    var payload = from[((period * payloads) + i) % from.Count];
                    var bytes = codec.Encode(PayloadKind.Episode, payload.Span);
                    codec.Decode(PayloadKind.Episode, bytes);
                    (raw, stored) = (raw + payload.Length, stored + bytes.Length);
                }

                var took = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
                clock.Step(Period);
                tuning?.Look();
                return Task.FromResult((took + (CodecKnob.BytePrice * stored)) / raw);
            });
        }

        static byte[] Noise(int seed, int length)
        {
            var noise = new byte[length];
            new Random(seed).NextBytes(noise);
            return noise;
        }
    }

    private static async Task<IReadOnlyList<BenchRow>> BatchAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        const int items = 2_048;
        (string Name, int Steps)[] phases = [("episodes without steps", 0), ("episodes of 5 steps", 5), ("episodes without steps again", 0)];
        var files = new List<TemporaryMemory>();
        try
        {
            var contenders = new List<Contender>();
            foreach (var set in (int[])[0, 64, 256, 1_024, 2_048])
                contenders.Add(await OpenAsync(set));
            return await CompareAsync("batch-items", [.. phases.Select(p => p.Name)], Periods / 2, contenders);
        }
        finally
        {
            foreach (var file in files)
                await file.DisposeAsync();
        }

        async Task<Contender> OpenAsync(int set)
        {
            var clock = new SteppedClock();
            files.Add(new(options.Storage));
            var memory = await files[^1].OpenAsync(cancellationToken);
            IStoreDecorator.Find<MeasuringMemoryStore>(memory.Store)!.Metrics.Tuning!.Dispose(); // the one here goes by the clock of the suite
            var store = MemoryParts.StoreOf(memory);
            var tuning = set == 0 ? new MemoryTuning([new BatchKnob(store, new() { MinBatchItems = 64, MaxBatchItems = 2_048 })], new() { Period = Period }, clock) : null;
            if (set != 0)
                store.PartItems = set;
            return new(Name(set == 0, $"{set} items"), tuning, null, async (phase, period) =>
            {
                var steps = Enumerable.Range(0, phases[phase].Steps).Select(k => Step.ToolCall("tool", $"arguments {k}", $"observation {k} of {period}") with { Ordinal = k }).ToList();
                var batch = Enumerable.Range(0, items).Select(i => $"{phase}/{period}/{i}")
                    .Select(source => new Episode { Id = EpisodeId.FromSource(source), SourceId = source, Task = $"task {source}", StartedAt = DateTimeOffset.UnixEpoch, Outcome = Outcome.Success(), Steps = steps }).ToList();
                var start = Stopwatch.GetTimestamp();
                await store.WriteBatchAsync(new() { Episodes = batch }, new() { Atomic = false }, cancellationToken);
                var took = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
                clock.Step(Period);
                tuning?.Look();
                return took / items;
            });
        }
    }

    private static async Task<IReadOnlyList<BenchRow>> ReadersAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        const int reads = 1_600;
        (string Name, int Callers)[] phases = [("1 caller", 1), ("16 callers", 16), ("1 caller again", 1)];
        await using var file = new TemporaryMemory(options.Storage);
        var memory = await file.OpenAsync(cancellationToken);
        var id = await memory.StartAsync("a task that is read", cancellationToken: cancellationToken);
        await memory.LogAsync(id, [.. Enumerable.Range(0, 10).Select(k => Step.ToolCall("tool", $"arguments {k}", new string('x', 400)))], cancellationToken);
        var engines = new List<SqliteDatabase>();
        try
        {
            var contenders = new List<Contender>();
            foreach (var set in (int[])[0, 2, 4, 8])
                contenders.Add(await OpenAsync(set));
            return await CompareAsync("readers", [.. phases.Select(p => p.Name)], Periods, contenders);
        }
        finally
        {
            foreach (var engine in engines)
                await engine.DisposeAsync();
        }

        async Task<Contender> OpenAsync(int set)
        {
            var clock = new SteppedClock();
            var engine = SqliteDatabase.Open(file.Path, new SqliteOptions { MaxReaders = set == 0 ? 8 : set });
            engines.Add(engine);
            var metrics = new MemoryMetrics(engine, $"tuning {set}");
            var store = await SqlMemoryStore.OpenAsync(new MeasuringDatabase(engine, metrics), cancellationToken: cancellationToken);
            var tuning = set == 0 ? new MemoryTuning([PoolKnob.Of(engine, metrics, new())!], new() { Period = Period }, clock) : null;
            return new(Name(set == 0, $"{set} readers"), tuning, metrics, async (phase, _) =>
            {
                var start = Stopwatch.GetTimestamp();
                await Task.WhenAll(Enumerable.Range(0, phases[phase].Callers).Select(_ => Task.Run(
                    async () =>
                    {
                        for (var i = 0; i < reads / phases[phase].Callers; i++)
                            await store.GetEpisodeAsync(id, cancellationToken);
                    },
                    cancellationToken)));
                var took = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
                clock.Step(Period);
                tuning?.Look();
                return took / reads;
            });
        }
    }

    /// <summary>Runs all contenders through all phases.</summary>
    /// <returns>For each phase the fixed settings next to the best of them, then the tuned one next to it.</returns>
    private static async Task<IReadOnlyList<BenchRow>> CompareAsync(string knob, IReadOnlyList<string> phases, int periods, List<Contender> contenders, bool isTimed = true)
    {
        var rows = new List<BenchRow>();
        for (var phase = 0; phase < phases.Count; phase++)
        {
            var periodic = contenders.ConvertAll(_ => new List<double>());
            for (var period = 0; period < periods; period++)
            {
                for (var turn = 0; turn < contenders.Count; turn++)
                {
                    // Another one begins each time: none always comes behind the same one.
                    var i = (turn + period) % contenders.Count;
                    var cost = await contenders[i].Period(phase, (phase * periods) + period);
                    if (period >= periods / 2)
                        periodic[i].Add(cost);
                }
            }

            var costs = periodic.ConvertAll(all => isTimed ? all.Average(cost => Math.Min(cost, 2 * all.Order().ElementAt(all.Count / 2))) : all.Average());
            var best = costs.Skip(1).Min();
            foreach (var i in (IEnumerable<int>)[.. Enumerable.Range(1, contenders.Count - 1), 0])
            {
                var mean = costs[i] / 1_000;
                rows.Add(new("tuning", $"{knob}, {phases[phase]}: {contenders[i].Name} (mean; ratio to the best fixed one)", periods - (periods / 2), mean, 0, 0, 1e6 / mean, 0, 0, costs[i] / best));
            }
        }

        foreach (var decision in contenders[0].Tuning!.Report.Decisions.Reverse())
            await Console.Error.WriteLineAsync($"  {decision.Knob}: {decision.From} to {decision.To}, {(decision.Outcome == TuningOutcome.Kept ? "kept" : "undone")}: {decision.Reason}");
        foreach (var contender in contenders)
        {
            contender.Tuning?.Dispose();
            if (contender.Owned is IAsyncDisposable owned)
                await owned.DisposeAsync();
            else
                (contender.Owned as IDisposable)?.Dispose();
        }

        return rows;
    }

    private static string Name(bool isTuned, string set) => isTuned ? "tuned" : set;

    /// <summary>Who does the work: the first tunes itself.</summary>
    /// <param name="Name">The setting.</param>
    /// <param name="Tuning">What tunes it; null for a fixed one.</param>
    /// <param name="Owned">What is closed at the end.</param>
    /// <param name="Period">Does the work of a period, by phase and number, and says what an operation cost in nanoseconds.</param>
    private sealed record Contender(string Name, MemoryTuning? Tuning, object? Owned, Func<int, int, Task<double>> Period);

    private sealed class SteppedClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Step(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
    }

    /// <summary>A database whose reads take a while by the clock alone.</summary>
    private sealed class SlowReads(IDatabase inner, SteppedClock clock) : DatabaseDecorator(inner)
    {
        private static readonly TimeSpan Read = TimeSpan.FromMicroseconds(100);

        public override Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
        {
            clock.Step(Read);
            return base.ReadAsync(queries, cancellationToken);
        }
    }
}
