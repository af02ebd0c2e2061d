using System.Diagnostics;
using System.Globalization;
using Afterwit.LibSql;
using Afterwit.Storage;
using Microsoft.Data.Sqlite;

namespace Afterwit.Cli.Benchmarks;

/// <summary>Episodes of ten short steps, learned and indexed, in batches: next to one by one, to the naive flow, and to the bare statements for the same rows.</summary>
internal static class BatchSuite
{
    private const string Name = "batch";
    private static readonly int[] Sizes = [10, 50, 100, 1_000];
    private const int WarmUp = 5;
    private static int _made;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var address = await options.Database.FreshAsync(cancellationToken);
        List<BenchRow> rows = [.. await SizesAsync(options, address, "", null, cancellationToken), await BareAsync(options, cancellationToken)];
        if (options.Database.RoundTrip > TimeSpan.Zero)
        {
            address = await options.Database.FreshAsync(cancellationToken);
            var (far, trips) = options.Database.Far(address);
            rows.AddRange(await SizesAsync(options, far, $" {options.Database.RoundTrip.TotalMilliseconds:0.#} ms away", trips, cancellationToken));
        }

        return rows;
    }

    private static async Task<IReadOnlyList<BenchRow>> SizesAsync(BenchOptions options, string address, string distance, Func<long>? trips, CancellationToken cancellationToken)
    {
        await using var memory = await options.Database.OpenMemoryAsync(address, cancellationToken);
        var naive = new NaiveStore(address, options.Database.Options().Server);
        await naive.PrepareAsync();
        // What is measured is the work, not its compilation.
        for (var i = 0; i < WarmUp; i++)
            await memory.WriteAsync(new() { Episodes = Make(Sizes[^1]) }, cancellationToken: cancellationToken);
        var statistics = MemoryParts.DatabaseOf(memory).Statistics;
        trips ??= () => statistics.Reads + statistics.Commits;
        var (naively, single) = (new Meter(trips), new Meter(trips));
        foreach (var episode in Make(options.Rounds * 4))
        {
            await naively.TimeAsync(() => naive.StoreAsync(episode));
            await single.TimeAsync(() => memory.WriteAsync(new() { Episodes = [episode] }, cancellationToken: cancellationToken));
        }

        var baseline = naively.Row(Name, $"one episode{distance}: naive");
        var alone = single.Row(Name, $"one episode{distance}, times faster than naive", baseline, Gain.Speed);
        List<BenchRow> rows = [baseline, alone];
        foreach (var size in Sizes)
        {
            var batches = Enumerable.Range(0, Math.Max(10, options.Rounds * 100 / size)).Select(_ => Make(size)).ToList();
            var meter = new Meter(trips);
            foreach (var batch in batches)
                await meter.TimeAsync(() => memory.WriteAsync(new() { Episodes = batch }, cancellationToken: cancellationToken));
            var row = meter.Row(Name, "");
            var rate = row.OpsPerS * size;
            rows.Add(row with
            {
                Case = string.Create(CultureInfo.InvariantCulture, $"batches of {size}{distance} (times of a batch; episodes/s; {row.P50Us / size:0} µs an episode, {alone.P50Us * size / row.P50Us:0.0} times faster than one by one), times faster than naive"),
                OpsPerS = rate,
                AllocatedBytes = row.AllocatedBytes / size,
                RatioToBaseline = baseline.P50Us * size / row.P50Us,
            });
        }

        return rows;
    }

    /// <summary>The statements of a batch of 1,000, recorded on their way and run on another empty database with nothing around them.</summary>
    private static async Task<BenchRow> BareAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        const int size = 1_000;
        var times = new List<(double Ours, double Bare)>();
        for (var round = -1; round < Math.Max(3, options.Rounds); round++)
        {
            var episodes = Make(size);
            var address = await options.Database.FreshAsync(cancellationToken);
            double ours, bare;
            IReadOnlyList<IReadOnlyList<Afterwit.Storage.Command>> units;
            var recorder = new RecordingDatabase(await OpenEngineAsync(options, address, cancellationToken));
            await using (var memory = new AgentMemory(await SqlMemoryStore.OpenAsync(recorder, CommandContext.Time, cancellationToken: cancellationToken), CommandContext.Time))
            {
                recorder.Units.Clear();
                var start = Stopwatch.GetTimestamp();
                await memory.WriteAsync(new() { Episodes = episodes }, cancellationToken: cancellationToken);
                ours = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                units = [.. recorder.Units]; // behind the batch a dictionary may be learned
            }

            address = await options.Database.FreshAsync(cancellationToken);
            await (await options.Database.OpenMemoryAsync(address, cancellationToken)).DisposeAsync(); // the schema
            bare = options.Database.IsServer ? await RunOnServerAsync(options, address, units) : RunOnFile(address, options.Storage, units);
            if (round >= 0)
                times.Add((ours, bare));
        }

        double Median(Func<(double Ours, double Bare), double> number) => times.Select(number).Order().ElementAt(times.Count / 2);
        var (mine, theirs) = (Median(t => t.Ours), Median(t => t.Bare));
        return new(Name, string.Create(CultureInfo.InvariantCulture, $"a batch of {size} in an empty memory ({size / theirs * 1e6:0} episodes/s by the bare statements with the same rows), its time over theirs"), times.Count, mine, 0, 0, size / mine * 1e6, 1, 0, Median(t => t.Ours / t.Bare));
    }

    private static async Task<IDatabase> OpenEngineAsync(BenchOptions options, string address, CancellationToken cancellationToken) => options.Database.IsServer
        ? await LibSqlDatabase.OpenAsync(address, options.Database.Options().Server, cancellationToken: cancellationToken)
        : SqliteDatabase.Open(address, options.Storage);

    private static double RunOnFile(string path, SqliteOptions options, IReadOnlyList<IReadOnlyList<Afterwit.Storage.Command>> units)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var setup = connection.CreateCommand();
        setup.CommandText = $"PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; PRAGMA synchronous={options.Synchronous}";
        setup.ExecuteNonQuery();
        var start = Stopwatch.GetTimestamp();
        foreach (var unit in units)
        {
            using var transaction = connection.BeginTransaction();
            foreach (var command in unit.Where(c => c.Rows.Count > 0))
            {
                using var prepared = connection.CreateCommand();
                prepared.CommandText = command.Sql;
                for (var i = 0; i < command.Rows[0].Length; i++)
                    prepared.Parameters.Add(new(string.Create(CultureInfo.InvariantCulture, $"?{i + 1}"), null));
                foreach (var row in command.Rows)
                {
                    for (var i = 0; i < row.Length; i++)
                        prepared.Parameters[i].Value = row[i].Type switch
                        {
                            SqlType.Null => DBNull.Value,
                            SqlType.Integer => row[i].AsInt64(),
                            SqlType.Real => row[i].AsDouble(),
                            SqlType.Text => row[i].AsString(),
                            _ => row[i].AsBlob(),
                        };
                    prepared.ExecuteNonQuery();
                }
            }

            transaction.Commit();
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static async Task<double> RunOnServerAsync(BenchOptions options, string address, IReadOnlyList<IReadOnlyList<Afterwit.Storage.Command>> units)
    {
        await using var client = new LibSqlClient(address, options.Database.Options().Server);
        await client.ExecuteAsync("SELECT 1");
        List<BatchStep> steps = [.. units.SelectMany(u => u).SelectMany(c => BulkInsert.Of(c.Sql, c.Rows)).Select(s => new BatchStep(s.Statement))];
        var start = Stopwatch.GetTimestamp();
        await client.BatchAsync([new("BEGIN"), .. steps, new("COMMIT")]);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static List<Episode> Make(int count) => [.. Enumerable.Range(0, count).Select(_ => Interlocked.Increment(ref _made)).Select(i => new Episode
    {
        Id = EpisodeId.New(CommandContext.Time),
        Task = $"move order {i} of customer {i % 977} to the warehouse in {Words[i % Words.Length]} and tell {Words[i / 7 % Words.Length]}",
        Scope = new(Project: BenchDatabase.Project),
        Context = new() { Domain = $"bench-{i % 5}", Tags = [$"env:{i % 40}"] },
        StartedAt = CommandContext.Time.GetUtcNow(),
        EndedAt = CommandContext.Time.GetUtcNow(),
        Outcome = i % 3 > 0 ? Outcome.Success("done") : Outcome.Failure("not found"),
        Steps = [.. Enumerable.Range(0, 10).Select(k => Step.ToolCall(Words[(i + k) % 12], $"{Words[k]} {i * k}", $"{Words[(i + (k * 5)) % Words.Length]} is {Words[i * (k + 1) % Words.Length]} of {i}", (i + k) % 6 == 0) with { Ordinal = k })],
    })];

    private static string[] Words { get; } = "list open read write move copy find check send close start stop table order price stock street north river house green paper stone light water glass metal field cloud train"
        .Split(' ');
}
