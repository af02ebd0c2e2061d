using System.CommandLine;
using System.Globalization;
using Afterwit.Cli.Benchmarks;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit bench hit-rate`: replays recorded traces against production's cache.</summary>
internal static class BenchHitRateCommand
{
    private static readonly Option<string[]> Traces = new("--trace") { Description = "Traces: text files, .gz or plain, one key a line.", AllowMultipleArgumentsPerToken = true, HelpName = "FILE" };
    private static readonly Option<string[]> Source = new("--source") { Description = "Files of recorded episodes, lived through again by an agent with a memory.", AllowMultipleArgumentsPerToken = true, HelpName = "FILE" };
    private static readonly Option<string[]> Entries = new("--entries") { Description = "Sizes of the cache in entries: 500,1000.", Required = true, AllowMultipleArgumentsPerToken = true, HelpName = "N[,N]" };

    public static Command Create()
    {
        var command = new Command("hit-rate", "Replay traces of keys, or recorded episodes, against the cache: which share of the lookups it answers.") { Traces, Source, Entries };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var sizes = parsed.GetRequiredValue(Entries).SelectMany(list => list.Split(',')).Select(Size).ToList();
        var rows = new List<HitRateRow>();
        var (traces, source) = (parsed.GetValue(Traces) ?? [], parsed.GetValue(Source) ?? []);
        if (traces.Length + source.Length == 0)
            throw new ArgumentException("bench hit-rate needs what to replay: --trace FILE... (one key a line) or --source FILE... (recorded episodes).");
        foreach (var path in traces)
        {
            var keys = await TraceReplay.ReadAsync(path, cancellationToken);
            rows.AddRange(sizes.Select(size => TraceReplay.Run(TraceReplay.Name(path), keys, size)));
        }

        if (source.Length > 0)
        {
            var episodes = (await BenchCorpus.LoadAsync(source, cancellationToken)).Originals.Where(e => e.Outcome is not null).ToList();
            rows.AddRange(await AgentWorkload.RunAsync(episodes, sizes, cancellationToken));
        }

        new CommandContext(parsed).Output.Write(rows, HitRateJson.Default.IReadOnlyListHitRateRow, people =>
        {
            var table = Output.Table("trace", "entries", "hit rate", "lookups", "best rate", "new");
            foreach (var row in rows)
                table.AddRow(new Text(row.Trace), Number(row.Entries, "N0"), Number(row.HitRate, "0.0 %"), Number(row.Lookups, "N0"), Number(row.BestRate, "0.0 %"), Number(row.NewShare, "0.0 %"));
            people.Write(table);
        });
        return ExitCode.Done;
    }

    private static int Size(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is >= 1 and <= 100_000_000
            ? size
            : throw new ArgumentException($"--entries is '{text}': expected whole numbers from 1 to 100000000, separated by commas.");

    private static Text Number(double? value, string format) => new(value?.ToString(format, CultureInfo.InvariantCulture) ?? "");
}
