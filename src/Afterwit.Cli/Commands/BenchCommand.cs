using System.CommandLine;
using System.Globalization;
using Afterwit.Cli.Benchmarks;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit bench`: measures this machine, each case next to its baseline in the same run.</summary>
internal static class BenchCommand
{
    private static readonly Argument<string[]> SuiteNames = new("SUITE") { Description = $"Any of {string.Join(", ", Suites.Names)}; all of them when none is named.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string[]> Source = new("--source") { Description = "Files of real episodes to measure with. Default: made-up ones.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int[]> Sizes = new("--sizes") { Description = "How many episodes recall is measured on.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1_000, 10_000, 100_000] };
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Times more operations.", DefaultValueFactory = _ => 5 };
    private static readonly Option<string?> Keep = new("--keep") { Description = "Keep the memories of the recall suite as PREFIX-SIZE.db.", HelpName = "PREFIX" };
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
        var command = new Command("bench", "Measure this machine: each case next to its baseline in the same run.") { SuiteNames, Source, Sizes, Rounds, Keep };
        command.Subcommands.Add(writer);
        command.Subcommands.Add(BenchHitRateCommand.Create());
        command.Subcommands.Add(BenchPoolSizingCommand.Create());
        command.Subcommands.Add(BenchServerCommand.Create());
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var context = new CommandContext(parsed);
        var options = new BenchOptions(parsed.GetValue(Source) ?? [], parsed.GetRequiredValue(Sizes), Math.Max(1, parsed.GetValue(Rounds)), parsed.GetValue(Keep), context.Settings.Storage.Sqlite);
        var names = parsed.GetValue(SuiteNames) is { Length: > 0 } given ? given : [.. Suites.Names];
        var rows = new List<BenchRow>();
        foreach (var name in names)
        {
            Func<BenchOptions, CancellationToken, Task<IReadOnlyList<BenchRow>>> suite = name switch
            {
                "read" => Suites.ReadAsync,
                "cache" => CacheSuite.RunAsync,
                "log" => Suites.LogAsync,
                "import" => Suites.ImportAsync,
                "recall" => Suites.RecallAsync,
                "queries" => (o, token) => QuerySuite.RunAsync(context.Settings, o, token),
                "crash" => FaultSuites.CrashAsync,
                "processes" => FaultSuites.ProcessesAsync,
                _ => throw new ArgumentException($"'{name}' is not a suite: use any of {string.Join(", ", Suites.Names)}."),
            };
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
            table.AddRow(
                new Text(row.Suite), new Text(row.Case), new Text(Number(row.Ops)), new Text(Number(row.P50Us)), new Text(Number(row.P95Us)), new Text(Number(row.P99Us)),
                new Text(Number(row.OpsPerS)), new Text(Number(row.RoundTrips)), new Text(Number(row.AllocatedBytes)), new Text(row.RatioToBaseline?.ToString("0.00", CultureInfo.InvariantCulture) ?? "baseline"));
        }

        return table;
    }
}
