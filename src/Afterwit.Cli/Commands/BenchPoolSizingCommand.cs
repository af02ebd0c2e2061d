using System.CommandLine;
using System.Globalization;
using Afterwit.Cli.Benchmarks;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit bench pool-sizing`: replays a real load against production's sizing of the connection pool.</summary>
internal static class BenchPoolSizingCommand
{
    private static readonly Option<string> Load = new("--load") { Description = "The load: a CSV file, .gz or plain, with the columns timestamp and value.", Required = true, HelpName = "FILE" };
    private static readonly Option<double> Learn = new("--learn") { Description = "Days that are learned from before anything counts; at most the first three quarters.", HelpName = "DAYS", DefaultValueFactory = _ => 14 };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Of the made-up calls.", HelpName = "NUMBER", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> ShownWeeks = new("--weeks") { Description = "How many weeks to show, those with the most waits.", HelpName = "COUNT", DefaultValueFactory = _ => 3 };

    public static Command Create()
    {
        var command = new Command("pool-sizing", "Replay a real load against the sizing of the connection pool: fixed, reactive, predictive, and one that knows the future.") { Load, Learn, Seed, ShownWeeks };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var output = new CommandContext(parsed).Output;
        var (days, seed) = (parsed.GetValue(Learn), parsed.GetValue(Seed));
        if (days is not (>= 0 and <= 36_500))
            throw new ArgumentException($"--learn is {days}: expected days from 0 to 36500.");
        var load = await LoadSeries.ReadAsync(parsed.GetRequiredValue(Load), cancellationToken);
        var learning = TimeSpan.FromDays(days);
        output.Notes.WriteLine(string.Create(CultureInfo.InvariantCulture, $"replaying {load.Times.Count} values from {load.Times[0]:yyyy-MM-dd} to {load.Times[^1]:yyyy-MM-dd}, counted from {PoolReplay.ScoredFrom(load, learning):yyyy-MM-dd HH:mm}, seed {seed} ..."));
        var rows = await PoolReplay.RunAsync(load, learning, seed, cancellationToken);
        output.Write(rows, PoolSizingJson.Default.IReadOnlyListPoolSizingRow, people =>
        {
            people.Write(Table(rows));
            if (parsed.GetValue(ShownWeeks) is not (> 0 and var shown))
                return;
            people.WriteLine("Weeks in which most callers waited under the predictive policy:");
            people.Write(Weeks(rows, shown));
        });
        return ExitCode.Done;
    }

    private static Table Table(IReadOnlyList<PoolSizingRow> rows)
    {
        var table = Output.Table("policy", "waited", "p99 wait ms", "longest ms", "connection-hours", "mean size", "opened");
        foreach (var row in rows)
        {
            table.AddRow(
                new Text(row.Policy), Percent(row.WaitedShare), Number(row.P99WaitMs, "0"), Number(row.LongestWaitMs, "0"), Number(row.ConnectionHours, "N0"),
                Number(row.ConnectionHours / row.Hours, "0.00"), Number(row.Opened, "N0"));
        }

        return table;
    }

    private static Table Weeks(IReadOnlyList<PoolSizingRow> rows, int most)
    {
        var shown = rows.Where(r => r.Policy is "reactive" or "predictive" or "oracle").ToList();
        var table = Output.Table(["week of", .. shown.SelectMany(r => (string[])[$"{r.Policy} waited", "hours"])]);
        var weeks = rows.Single(r => r.Policy == "predictive").Weeks;
        foreach (var i in Enumerable.Range(0, weeks.Count).OrderByDescending(i => weeks[i].WaitedShare).Take(most).Order())
            table.AddRow([new Text(weeks[i].From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), .. shown.SelectMany(r => (Text[])[Percent(r.Weeks[i].WaitedShare), Number(r.Weeks[i].ConnectionHours, "N0")])]);
        return table;
    }

    private static Text Percent(double share) => new(share.ToString("0.0000 %", CultureInfo.InvariantCulture));

    private static Text Number(double value, string format) => new(value.ToString(format, CultureInfo.InvariantCulture));
}
