using System.Diagnostics;
using System.Diagnostics.Metrics;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Metrics;

/// <summary>What an operator's collector gets: instruments and activities, and that the page lists them.</summary>
[Collection(nameof(Alone))]
public sealed class InstrumentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_page_lists_every_instrument_as_it_is()
    {
        var published = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => Add(instrument) };
        using (new MemoryMetrics(SqliteDatabase.Open(SqliteDatabase.InMemory), "page"))
        {
            _ = LibSql.EngineInstruments.LibSql;
            listener.Start();
        }

        var page = File.ReadAllLines(Repository.Path("docs", "operations.md")).SkipWhile(l => l != "## Metrics").Skip(1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal));
        var listed = page.Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|', StringSplitOptions.TrimEntries)).Where(c => c.Length > 4 && c[2].Contains('`'));
        Assert.Equal(published.Distinct().Order(StringComparer.Ordinal), listed.Select(c => $"{c[1]} {c[2]} {c[3]}").Order(StringComparer.Ordinal));

        void Add(Instrument instrument)
        {
            if (instrument.Meter.Name is not (AfterwitTelemetry.MeterName or AfterwitTelemetry.ServerMeterName))
                return;
            Assert.False(string.IsNullOrEmpty(instrument.Description) || string.IsNullOrEmpty(instrument.Unit), instrument.Name);
            var kind = instrument.GetType().Name.Split('`')[0].Replace("Observable", "", StringComparison.Ordinal);
            published.Add($"`{instrument.Name}` `{instrument.Unit}` {kind switch { "Histogram" => "histogram", "UpDownCounter" => "up-down counter", "Gauge" => "gauge", _ => "counter" }}");
        }
    }

    [Fact]
    public async Task A_listener_hears_what_was_done()
    {
        var path = _folder["memory.db"];
        var heard = new Dictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == AfterwitTelemetry.MeterName)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, instrument is Histogram<double> ? 1 : value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.Start();
        await using (var memory = await AgentMemory.OpenAsync(path, new StorageOptions { Cache = { Enabled = false } }))
        {
            var metrics = IStoreDecorator.Find<MeasuringMemoryStore>(memory.Store)!.Metrics;
            metrics.AddCache(() => [new("episodes", Hits: 90, Misses: 10, Loads: 9, Evictions: 3)]);
            metrics.AddCompression(() => [new(PayloadKind.Episode, PayloadCodecKind.Zstd, Payloads: 2, RawBytes: 1_000, StoredBytes: 250, TimeSpan.FromMilliseconds(3), Decoded: 5, TimeSpan.FromMilliseconds(7))], () => 3);
            var id = await memory.StartAsync("a task");
            for (var i = 0; i < 3; i++)
                await memory.GetAsync(id);
            await Assert.ThrowsAsync<NotFoundException>(() => memory.LogAsync(Samples.Id(1), Step.Message("user", "x")));
            listener.RecordObservableInstruments();
            var report = metrics.Report();
            Assert.Equal(report.Calls[0].Count, heard[$"db.client.operation.duration db.namespace={path} db.operation.name=read db.system.name=sqlite"]);
            Assert.Equal(report.RoundTrips, Pool("afterwit.round_trips"));
            Assert.Equal((report.Rows, report.Writer.Commits, report.Writer.Writes), (Pool("afterwit.rows"), Pool("afterwit.commits"), Pool("afterwit.writes")));
            Assert.Equal((report.Statements.Hits, report.Statements.Misses), (Pool("afterwit.statement_cache.hits"), Pool("afterwit.statement_cache.misses")));
            Assert.Equal((2, report.Pool.Reused, 0), (Pool("afterwit.pool.opened"), Pool("afterwit.pool.reused"), Pool("afterwit.pool.waits")));
            Assert.Equal((8, 8, 0), (Pool("afterwit.pool.size"), Pool("db.client.connection.max"), Pool("db.client.connection.pending_requests")));
        }

        Assert.Equal(3, heard["afterwit.store.operation.duration afterwit.operation=get_episode"]);
        Assert.Equal(1, heard["afterwit.store.operation.duration afterwit.operation=append_steps error.type=Afterwit.NotFoundException"]);
        Assert.Equal(1, heard[$"db.client.operation.duration db.namespace={path} db.operation.name=write db.system.name=sqlite error.type=Afterwit.ConflictException"]);
        Assert.Equal(2, Pool("db.client.connection.create_time"));
        Assert.Equal((0, 1), (heard[$"db.client.connection.count db.client.connection.pool.name={path} db.client.connection.state=used"], heard[$"db.client.connection.count db.client.connection.pool.name={path} db.client.connection.state=idle"]));
        Assert.Equal((90, 10, 9, 3), (Kind("cache.hits"), Kind("cache.misses"), Kind("cache.loads"), Kind("cache.evictions")));
        Assert.Equal((1_000, 250, 4), (Codec("raw"), Codec("stored"), Codec("ratio")));
        Assert.Equal(3, Pool("afterwit.compression.failed_trainings"));
        Assert.Equal((0.003, 0.007), (Codec("time", " afterwit.direction=encode"), Codec("time", " afterwit.direction=decode")));

        double Pool(string name) => heard[$"{name} db.client.connection.pool.name={path}"];

        double Kind(string name) => heard[$"afterwit.{name} afterwit.kind=episodes db.client.connection.pool.name={path}"];

        double Codec(string name, string direction = "") => heard[$"afterwit.compression.{name} afterwit.codec=zstd{direction} afterwit.kind=episode db.client.connection.pool.name={path}"];

        void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = string.Join(' ', [instrument.Name, .. tags.ToArray().Select(t => $"{t.Key}={t.Value}").Order(StringComparer.Ordinal)]);
            lock (heard)
                heard[key] = instrument.IsObservable ? value : heard.GetValueOrDefault(key) + value;
        }
    }

    [Fact]
    public async Task A_call_is_an_activity_without_values_when_somebody_listens()
    {
        const string secret = "the-value-nobody-may-see";
        var heard = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == AfterwitTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = heard.Add,
        };
        await using var memory = await AgentMemory.OpenAsync(_folder["memory.db"], new StorageOptions { Cache = { Enabled = false } });
        ActivitySource.AddActivityListener(listener);
        var id = await memory.StartAsync(secret);
        await memory.GetAsync(id);
        await Assert.ThrowsAsync<NotFoundException>(() => memory.LogAsync(Samples.Id(1), Step.Message("user", secret)));
        Assert.Null(Activity.Current);
        Assert.Equal(["write", "read", "write", "read", "read"], heard.Select(a => a.OperationName));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Unset, ActivityStatusCode.Error, ActivityStatusCode.Unset, ActivityStatusCode.Unset], heard.Select(a => a.Status));
        Assert.Equal(("sqlite", _folder["memory.db"], "read", 3), (heard[1].GetTagItem("db.system.name"), heard[1].GetTagItem("db.namespace"), heard[1].GetTagItem("db.operation.name"), heard[1].GetTagItem("db.operation.batch.size")));
        Assert.Contains("FROM episodes", (string)heard[1].GetTagItem("db.query.text")!);
        Assert.Equal(typeof(ConflictException).FullName, heard[2].GetTagItem("error.type"));
        Assert.All(heard, a => Assert.DoesNotContain(a.TagObjects, t => t.Value?.ToString()?.Contains(secret, StringComparison.Ordinal) == true));
    }

    [Fact]
    public async Task Percentiles_and_rates_are_those_of_the_clock()
    {
        var time = new FakeTicks();
        await using var engine = SqliteDatabase.Open(SqliteDatabase.InMemory);
        using var metrics = new MemoryMetrics(engine, "clock", time);
        var database = new MeasuringDatabase(new FakeSlow(engine, time), metrics);
        for (var i = 1; i <= 100; i++)
            await database.ReadAsync([new("SELECT 1", [], _ => { })], CancellationToken.None); // the i-th takes i ms
        var reads = Assert.Single(metrics.Report().Calls);
        Assert.Equal((100, 100_000), (reads.Count, reads.MaxUs));
        Assert.InRange(reads.P50Us, 50_000 * 31 / 32.0, 50_000 * 33 / 32.0);
        Assert.InRange(reads.P95Us, 95_000 * 31 / 32.0, 95_000 * 33 / 32.0);
        Assert.InRange(reads.P99Us, 99_000 * 31 / 32.0, 99_000 * 33 / 32.0);
        Assert.Equal(Math.Round(100 / 5.049, 2), reads.PerS1m); // the first took 1 ms of the 5.050 s
    }

    private sealed class FakeSlow(IDatabase inner, FakeTicks time) : DatabaseDecorator(inner)
    {
        private int _calls;

        public override Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
        {
            time.Advance(++_calls / 1000.0);
            return base.ReadAsync(queries, cancellationToken);
        }
    }
}
