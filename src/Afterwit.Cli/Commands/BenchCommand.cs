using System.CommandLine;
using System.Globalization;
using Afterwit.Cli.Benchmarks;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit bench`: measures this machine, each case next to its baseline in the same run.</summary>
internal static class BenchCommand
{
    private static readonly (string Name, Func<BenchOptions, CancellationToken, Task<IReadOnlyList<BenchRow>>> Run)[] Suites =
    [
        ("reads", ReadsSuite.RunAsync),
        ("batch", BatchSuite.RunAsync),
        ("log", LogSuite.RunAsync),
        ("metadata", MetadataSuite.RunAsync),
        ("growth", GrowthSuite.RunAsync),
        ("memory", MemorySuite.RunAsync),
        ("compression", CompressionSuite.RunAsync),
        ("embeddings", EmbeddingSuite.RunAsync),
        ("cache", CacheSuite.RunAsync),
        ("queries", QuerySuite.RunAsync),
        ("crash", FaultSuites.CrashAsync),
        ("processes", FaultSuites.ProcessesAsync),
        ("metrics", MetricsSuite.RunAsync),
        ("tuning", TuningSuite.RunAsync),
    ];

    private static readonly Argument<string[]> SuiteNames = new("SUITE") { Description = $"Any of {string.Join(", ", Suites.Select(s => s.Name))}; all of them when none is named.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> Source = new("--source") { Description = "Files of real episodes to measure with. Default: made-up ones.", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int[]> Sizes = new("--sizes") { Description = "How many episodes the memory holds: growth takes every size, queries the smallest; metadata, memory and embeddings the largest.", HelpName = "N", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1_000, 10_000, 100_000] };
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Times more operations.", HelpName = "N", DefaultValueFactory = _ => 5 };
    private static readonly Option<double> Rtt = new("--rtt") { Description = "The round trip of the cases at a distance, on a server without TLS; 0 leaves them out.", HelpName = "MS", DefaultValueFactory = _ => 30 };
    private static readonly Option<bool> InPlace = new("--in-place") { Description = "Work in the database itself, not in one of its own." };
    private static readonly Option<int> Count = new("--count") { Description = "How many writes.", DefaultValueFactory = _ => 500 };

    public static Command Create()
    {
        var writer = new Command("writer", "Logs steps and says of each that it is kept; the suites crash and processes start it.") { Count };
        writer.Hidden = true;
        writer.SetAction(async (parsed, cancellationToken) =>
        {
            await using var memory = await new CommandContext(parsed).OpenAsync(cancellationToken);
            return await FaultSuites.WriteAsync(memory, parsed.GetValue(Count), cancellationToken);
        });
        var reader = new Command("reader", "Reads episodes and recalls; the suite memory starts it.") { Count };
        reader.Hidden = true;
        reader.SetAction(async (parsed, cancellationToken) =>
        {
            await using var memory = await new CommandContext(parsed).OpenAsync(cancellationToken);
            return await MemorySuite.ReadAsync(memory, parsed.GetValue(Count), cancellationToken);
        });
        var command = new Command("bench", "Measure this machine: each case next to its baseline in the same run.") { SuiteNames, Source, Sizes, Rounds, Rtt, InPlace };
        command.Subcommands.Add(writer);
        command.Subcommands.Add(reader);
        command.Subcommands.Add(BenchHitRateCommand.Create());
        command.Subcommands.Add(BenchPoolSizingCommand.Create());
        command.Subcommands.Add(BenchServerCommand.Create());
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var context = new CommandContext(parsed);
        var rtt = parsed.GetValue(Rtt);
        if (rtt is not (>= 0 and <= 1_000))
            throw new ArgumentException($"--rtt is {rtt}: expected 0 to 1000.");
        await using var database = await BenchDatabase.OpenAsync(context.Settings, parsed.GetValue(InPlace), TimeSpan.FromMilliseconds(rtt), cancellationToken);
        var options = new BenchOptions(parsed.GetValue(Source) ?? [], parsed.GetRequiredValue(Sizes), Math.Max(1, parsed.GetValue(Rounds)), context.Settings.Storage.Sqlite, database);
        var names = parsed.GetValue(SuiteNames) is { Length: > 0 } given ? given : [.. Suites.Select(s => s.Name)];
        var rows = new List<BenchRow>();
        foreach (var name in names)
        {
            var suite = Suites.FirstOrDefault(s => s.Name == name).Run ?? throw new ArgumentException($"'{name}' is not a suite: use any of {string.Join(", ", Suites.Select(s => s.Name))}.");
            context.Output.Notes.WriteLine($"measuring {name} ...");
            rows.AddRange(await suite(options, cancellationToken));
        }

        if (context.Output.Json)
            Output.WriteJson(rows, BenchJson.Default.IReadOnlyListBenchRow);
        else
            context.Output.People.Write(Table(rows));
        return ExitCode.Done;
    }

    internal static Table Table(IReadOnlyList<BenchRow> rows)
    {
        var table = Output.Table("suite", "case", "ops", "p50 µs", "p95 µs", "p99 µs", "ops/s", "trips", "bytes/op", "ratio");
        foreach (var row in rows)
        {
            string Number(double value) => value == 0 ? "-" : value.ToString(value < 1 ? "0.000" : value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);
            var compressed = row.CompressionRatio is { } ratio ? string.Create(CultureInfo.InvariantCulture, $": {ratio:0.00} to 1, {row.MbPerS:N0} MB/s") : "";
            var recalled = row.RecallAt10 is { } recall ? string.Create(CultureInfo.InvariantCulture, $": {recall:0.0000} of the nearest 10, {row.BytesPerVector:N0} bytes") : "";
            var wired = row.WireBytes is { } wire ? string.Create(CultureInfo.InvariantCulture, $": {wire:N0} bytes") : "";
            table.AddRow(
                new Text(row.Suite), new Text(row.Case + compressed + recalled + wired), new Text(Number(row.Ops)), new Text(Number(row.P50Us)), new Text(Number(row.P95Us)), new Text(Number(row.P99Us)),
                new Text(Number(row.OpsPerS)), new Text(Number(row.RoundTrips)), new Text(Number(row.AllocatedBytes)), new Text(row.RatioToBaseline?.ToString("0.00", CultureInfo.InvariantCulture) ?? "baseline"));
        }

        return table;
    }
}
