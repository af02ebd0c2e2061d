using Afterwit.Storage.Tests.Metrics;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Tuning;

/// <summary>Each knob on the path that a memory really takes; its clock stands still between periods.</summary>
public sealed class MemoryTuningTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTicks _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_memory_tunes_itself_and_one_setting_turns_all_of_it_off()
    {
        await using (var memory = await AgentMemory.OpenAsync(_folder["on.db"]))
        {
            var report = MetricsOf(memory).Report().Tuning!;
            Assert.Equal(["cache-bytes", "codec", "batch-items", "readers"], report.Knobs.Select(k => k.Name));
            Assert.Equal(["67108864", "Zstd 3", "1024", "8"], report.Knobs.Select(k => k.Value)); // as it is set, until there is a reason
            Assert.Equal(["4194304", "None", "64", "2"], report.Knobs.Select(k => k.Least));
            Assert.Empty(report.Decisions);
        }

        var options = new StorageOptions { Tuning = { Enabled = false } };
        await using var fixedMemory = await AgentMemory.OpenAsync(_folder["off.db"], options);
        Assert.Null(MetricsOf(fixedMemory).Report().Tuning);
        Assert.Equal(int.MaxValue, IStoreDecorator.Find<SqlMemoryStore>(fixedMemory.Store)!.PartItems);
    }

    [Fact]
    public async Task Options_out_of_their_range_are_refused_by_name()
    {
        foreach (var (options, name) in (IEnumerable<(TuningOptions, string)>)[(new() { Period = TimeSpan.Zero }, "Period"), (new() { MinBatchItems = 9_000 }, "MinBatchItems"), (new() { MaxBatchItems = 0 }, "MaxBatchItems")])
        {
            var error = await Assert.ThrowsAsync<ArgumentException>(() => AgentMemory.OpenAsync(_folder["no.db"], new StorageOptions { Tuning = options }));
            Assert.StartsWith($"Storage:Tuning:{name} is ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_cache_shrinks_to_what_is_used_and_grows_back_when_it_misses()
    {
        await using var engine = new FakeSlowReads(SqliteDatabase.Open(_folder["memory.db"]), _time);
        var options = new StorageOptions { Cache = { MinBytes = 64 << 10, MaxBytes = 1 << 20, WarmStart = false }, Tuning = { Period = TimeSpan.FromSeconds(5) } };
        await using var cache = await CachedStore.OpenAsync(engine, options.Cache, _time);
        var ids = new List<EpisodeId>();
        for (var i = 1; i <= 200; i++)
        {
            ids.Add(Samples.Id(i));
            await cache.StartEpisodeAsync(new() { Id = ids[^1], Task = new string('x', 5_000), StartedAt = Samples.Start }, None);
        }

        using var tuning = new MemoryTuning([new CacheKnob(cache, options.Cache, static () => 0)], options.Tuning, _time);
        Assert.Equal(1 << 20, cache.MaxBytes);
        await ReadAsync(periods: 40, of: 10);
        Stands(64 << 10, 512 << 10); // what is used takes 107 KB; which keys share a counter of the policy is another in each process
        await ReadAsync(periods: 40, of: 60);
        Stands(512 << 10, 1 << 20);
        Assert.Contains(tuning.Report.Decisions, d => d is { Knob: "cache-bytes", Outcome: TuningOutcome.Undone });
        Assert.Contains(tuning.Report.Decisions, d => d.Outcome == TuningOutcome.Kept && Bytes(d.To) > Bytes(d.From) && d.Reason.Contains("in place of", StringComparison.Ordinal));

        // Another size may be on trial at this very moment.
        void Stands(int least, int most)
        {
            var stands = Bytes(tuning.Report.Decisions.First(d => d.Outcome == TuningOutcome.Kept).To);
            Assert.True(stands >= least && stands <= most, string.Join('\n', tuning.Report.Decisions));
        }

        static int Bytes(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

        async Task ReadAsync(int periods, int of)
        {
            var random = new Random(of);
            for (var p = 0; p < periods; p++)
            {
                for (var i = 0; i < 500; i++)
                    await cache.GetEpisodeAsync(ids[random.Next(of)], None);
                _time.Advance(5);
                tuning.Look();
            }
        }
    }

    [Fact]
    public async Task A_size_that_would_lose_what_is_still_used_is_not_tried()
    {
        await using var engine = new FakeSlowReads(SqliteDatabase.Open(_folder["memory.db"]), _time);
        var options = new StorageOptions { Cache = { MinBytes = 64 << 10, MaxBytes = 2 << 20, WarmStart = false }, Tuning = { Period = TimeSpan.FromSeconds(5) } };
        await using var cache = await CachedStore.OpenAsync(engine, options.Cache, _time);
        var ids = new List<EpisodeId>();
        for (var i = 1; i <= 180; i++)
        {
            ids.Add(Samples.Id(i));
            await cache.Inner.StartEpisodeAsync(new() { Id = ids[^1], Task = new string('x', 5_000), StartedAt = Samples.Start }, None);
        }

        using var tuning = new MemoryTuning([new CacheKnob(cache, options.Cache, static () => 0)], options.Tuning, _time);
        for (var period = 0; period < 60; period++)
        {
            // In each period a third of them: all of them in three.
            for (var i = 0; i < 240; i++)
                await cache.GetEpisodeAsync(ids[(period % 3 * 60) + (i % 60)], None);
            _time.Advance(5);
            tuning.Look();
        }

        Assert.True(cache.Bytes > 1 << 20, $"{cache.Bytes} bytes");
        Assert.Empty(tuning.Report.Decisions);
        for (var period = 0; period < 150; period++)
        {
            for (var i = 0; i < 240; i++)
                await cache.GetEpisodeAsync(ids[i % 10], None);
            _time.Advance(5);
            tuning.Look();
        }

        // What nobody uses any more ended, though nothing was written since.
        Assert.InRange(cache.Bytes, 1, 256 << 10);
    }

    [Fact]
    public async Task The_cache_gives_way_when_memory_is_short()
    {
        var options = new StorageOptions { Tuning = { Period = TimeSpan.FromSeconds(100) } };
        await using var cache = await CachedStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]), options.Cache, _time);
        using var tuning = new MemoryTuning([new CacheKnob(cache, options.Cache, static () => 0.93)], options.Tuning, _time);
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(401); // nobody reads
            tuning.Look();
        }

        Assert.Equal(4 << 20, cache.MaxBytes);
        Assert.Equal(4, tuning.Report.Decisions.Count);
        Assert.All(tuning.Report.Decisions, d => Assert.Contains("93", d.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Payloads_that_do_not_compress_are_stored_as_they_are_until_others_come()
    {
        await using var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]), new FakeClock());
        var options = new StorageOptions { Tuning = { Period = TimeSpan.FromSeconds(100) } };
        var codec = store.Payloads.Codec;
        using var tuning = new MemoryTuning([CodecKnob.Of(codec, options.Compression)!], options.Tuning, _time);
        var random = new Random(5);
        await WriteAsync(() => Noise(4_096), PayloadCodecKind.None);
        await WriteAsync(() => Compression.Payloads.Text(random, 6_000), PayloadCodecKind.Zstd);

        byte[] Noise(int length)
        {
            var noise = new byte[length];
            random.NextBytes(noise);
            return noise;
        }

        async Task WriteAsync(Func<byte[]> payload, PayloadCodecKind until)
        {
            // Times are real here, and so are their accidents: it may take its time, but it gets there.
            for (var period = 0; (await store.GetCompressionAsync()).Codec != until; period++)
            {
                Assert.True(period < 200, $"after {period} periods still {tuning.Report.Knobs[0].Value}: {string.Join("; ", tuning.Report.Decisions)}");
                for (var i = 0; i < 64; i++)
                    codec.Encode(PayloadKind.Episode, payload());
                _time.Advance(100);
                tuning.Look();
            }
        }
    }

    [Fact]
    public void No_codec_works_harder_than_the_one_that_is_set()
    {
        Assert.Equal(["None", "Lz4", "Zstd 1", "Zstd 7"], Values(new() { ZstdLevel = 7 }));
        Assert.Equal(["None", "Lz4"], Values(new() { Episodes = PayloadCodecKind.Lz4 }));
        Assert.Equal(["None", "Lz4", "Gzip"], Values(new() { Episodes = PayloadCodecKind.Gzip }));
        Assert.Empty(Values(new() { Episodes = PayloadCodecKind.None }));

        static IReadOnlyList<string> Values(CompressionOptions options)
        {
            using var codec = new PayloadCodec(options);
            return CodecKnob.Of(codec, options)?.Words ?? [];
        }
    }

    [Fact]
    public async Task Batches_and_imports_go_in_as_many_transactions_as_the_knob_says()
    {
        var options = new StorageOptions { Tuning = { Period = TimeSpan.FromSeconds(100), MinBatchItems = 50, MaxBatchItems = 400 } };
        await using var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]), new FakeClock());
        var knob = new BatchKnob(store, options.Tuning);
        using var tuning = new MemoryTuning([knob], options.Tuning, _time);
        var edges = Enumerable.Range(1, 500).Select(i => new Relationship(Samples.Id(i), RelationshipKind.Related, Samples.Id(i + 1))).ToList();
        var seen = new HashSet<int>();
        for (var period = 0; period < 20; period++)
        {
            Assert.Equal(knob.Value, store.PartItems);
            seen.Add(store.PartItems);
            var commits = new FakeProgress();
            await store.WriteBatchAsync(new() { Unrelated = edges }, new() { Atomic = false, Progress = commits }, None);
            Assert.Equal((500 + store.PartItems - 1) / store.PartItems, commits.Reports);
            _time.Advance(100);
            tuning.Look();
        }

        Assert.Contains(200, seen); // one below the 400 that it begins at: it has tried
        store.PartItems = 50;
        await using var memory = new AgentMemory(store);
        var before = store.Database.Statistics.Commits;
        await memory.ImportAsync(Enumerable.Range(0, 120).Select(i => new Episode { Id = EpisodeId.FromSource($"s{i}"), SourceId = $"s{i}", Task = "a task", StartedAt = Samples.Start, Outcome = Outcome.Success() }));
        Assert.Equal(3, store.Database.Statistics.Commits - before);
    }

    [Fact]
    public void A_bound_of_connections_rises_when_callers_wait_and_it_helps_and_falls_when_unused()
    {
        var (bound, peak, reads, nanoseconds, waits) = (8, 1, 0L, 0.0, 0L);
        var knob = new PoolKnob("readers", [2, 3, 4, 5, 6, 7, 8], () => (reads, nanoseconds, waits), () => peak, b => bound = b);
        using var tuning = new MemoryTuning([knob], new() { Period = TimeSpan.FromSeconds(100) }, _time);
        Run(30, _ => 100, inUse: 1);
        Assert.Equal(2, bound);
        Run(40, b => 1_000.0 / Math.Min(b, 6), inUse: 16);
        Assert.InRange(bound, 6, 8);
        Run(60, b => 1_000 + (300.0 * b), inUse: 16); // more of them stand in each other's way
        Assert.InRange(bound, 2, 3);

        void Run(int periods, Func<int, double> cost, int inUse)
        {
            for (var i = 0; i < periods; i++)
            {
                peak = Math.Min(inUse, bound);
                reads += 1_000;
                nanoseconds += 1_000 * cost(bound);
                waits += inUse > bound ? 500 : 0;
                _time.Advance(100);
                tuning.Look();
            }
        }
    }

    [Fact]
    public async Task The_bound_of_a_file_is_that_of_its_pool()
    {
        await using var engine = SqliteDatabase.Open(_folder["memory.db"]);
        using var metrics = new MemoryMetrics(engine, "pool");
        var database = new MeasuringDatabase(engine, metrics);
        using var tuning = new MemoryTuning([PoolKnob.Of(engine, metrics, new())!], new() { Period = TimeSpan.FromSeconds(100) }, _time);
        for (var period = 0; engine.Pool.Limit > 2; period++)
        {
            Assert.True(period < 300, $"{engine.Pool.Limit}: {string.Join("; ", tuning.Report.Decisions)}");
            for (var i = 0; i < 300; i++)
                await database.ReadAsync([new("SELECT 1", [], _ => { })], None);
            _time.Advance(100);
            tuning.Look();
        }

        Assert.Equal((2, 8), (engine.Statistics.Pool.Size, engine.Statistics.Pool.Max));
    }

    [Fact]
    public async Task The_bound_of_a_server_is_that_of_its_streams()
    {
        await using var server = await SharedSqld.NewDatabaseAsync();
        var options = new StorageOptions { Server = { Namespace = server.Namespace, MinStreams = 1, MaxStreams = 2 } };
        await using var memory = await AgentMemory.OpenAsync(server.WsUrl, options);
        var metrics = MetricsOf(memory);
        Assert.Equal(new("streams", "2", "1", "2"), metrics.Report().Tuning!.Knobs[^1]);
        var engine = (LibSqlDatabase)((MeasuringDatabase)IStoreDecorator.Find<SqlMemoryStore>(memory.Store)!.Database).Inner;
        var pool = engine.Client.Servers.Primary.Pool;
        using var tuning = new MemoryTuning([PoolKnob.Of(engine, metrics, options)!], new() { Period = TimeSpan.FromSeconds(100) }, _time);
        for (var period = 0; pool.Bound == 2; period++)
        {
            Assert.True(period < 100, string.Join("; ", tuning.Report.Decisions));
            var held = await RentAsync();
            var waiting = Enumerable.Range(0, 12).Select(_ => UseAsync()).ToList();
            pool.Return(held);
            await Task.WhenAll(waiting);
            for (var i = 0; i < 200; i++)
                metrics.Reads.Record(metrics.Now());
            _time.Advance(100);
            tuning.Look();
        }

        Assert.Equal((1, 2), (pool.Size, pool.MaxSize));

        async Task UseAsync()
        {
            var stream = await RentAsync();
            await Task.Yield(); // it is in use for a moment
            pool.Return(stream);
        }

        async Task<LibSql.Transport.HranaStream> RentAsync() => await pool.RentAsync("a test", new(TimeProvider.System, Eventually.Patience), None);
    }

    [Fact]
    public async Task A_pool_keeps_its_limit_while_it_moves()
    {
        await using var engine = SqliteDatabase.Open(_folder["memory.db"], new SqliteOptions { MaxReaders = 4 });
        var pool = engine.Pool;
        var lent = new List<SqliteSession>();
        for (var i = 0; i < 3; i++)
            lent.Add(await pool.RentAsync(None));
        pool.Limit = 2;
        Assert.Equal((3, 3, 2), (pool.Figures.Open, pool.Figures.InUse, pool.Figures.Size));
        var waiting = pool.RentAsync(None).AsTask();
        pool.Return(lent[0], broken: false); // one too many: nobody gets it
        Assert.Equal((2, false), (pool.Figures.Open, waiting.IsCompleted));
        pool.Limit = 3;
        lent[0] = await waiting.SoonAsync();
        Assert.Equal((3, 3), (pool.Figures.Open, pool.Figures.InUse));
        foreach (var session in lent)
            pool.Return(session, broken: false);
        pool.Limit = 1;
        Assert.Equal((1, 0, 1, 4), (pool.Figures.Open, pool.Figures.InUse, pool.Figures.Size, pool.Figures.Max));
        Assert.Equal(0, pool.TakePeak() - pool.TakePeak() - 3);
    }

    [Fact]
    public void An_idle_process_decides_nothing_and_decisions_are_bounded()
    {
        var knob = new FakeKnob();
        using var tuning = new MemoryTuning([knob], new() { Period = TimeSpan.FromSeconds(100) }, _time);
        for (var i = 0; i < 1_000; i++)
        {
            tuning.Look(); // too early
            _time.Advance(100);
            tuning.Look();
        }

        Assert.Equal(0, knob.Moves);
        Assert.Empty(tuning.Report.Decisions);
        knob.IsBusy = true;
        for (var i = 0; i < 5_000; i++)
        {
            _time.Advance(100);
            tuning.Look();
        }

        Assert.Equal(MemoryTuning.MaxDecisions, tuning.Report.Decisions.Count);
        Assert.True(tuning.Report.Decisions[0].At >= tuning.Report.Decisions[^1].At);
        Assert.True(tuning.Counts.Sum(c => c.Count) > MemoryTuning.MaxDecisions);
    }

    private static MemoryMetrics MetricsOf(AgentMemory memory) => IStoreDecorator.Find<MeasuringMemoryStore>(memory.Store)!.Metrics;

    private sealed class FakeSlowReads(IDatabase inner, FakeTicks time) : DatabaseDecorator(inner)
    {
        public override Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
        {
            time.Advance(0.001);
            return base.ReadAsync(queries, cancellationToken);
        }
    }

    private sealed class FakeProgress : IProgress<int>
    {
        public int Reports { get; private set; }

        public void Report(int value) => Reports++;
    }

    private sealed class FakeKnob() : Knob("fake", [1, 2, 3], new(3, 1, [1]))
    {
        private int _periods;

        public bool IsBusy { get; set; }

        public int Moves { get; private set; }

        public override void Mark()
        {
        }

        protected override Observation? Measure(double seconds) => IsBusy ? new(_periods++ / 20 % 2 == 0 ? 100 : 300) : null;

        protected override void Set(long value) => Moves++;
    }
}
