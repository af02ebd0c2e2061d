using System.CommandLine;
using System.Globalization;
using Afterwit.Cli.Terminal;
using Afterwit.LibSql;
using Afterwit.Storage;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit stats`: what the memory holds, and what its database did for this command.</summary>
internal static class StatsCommand
{
    private static readonly Option<bool> Watch = new("--watch") { Description = "Show what the processes of this user that work on the memory do with it, until Ctrl+C." };
    private static readonly Option<int> Interval = OptionKinds.Whole("--interval", "With --watch: seconds from one report to the next.", 1, 1, 3600);
    private static readonly Option<int?> Count = OptionKinds.WholeOrNone("--count", "With --watch: end after so many reports.", 1);

    public static Command Create() =>
        new Command("stats", "Show what the memory holds and where, and what connections, statements and the writer did for this very command.") { Watch, Interval, Count }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Watch))
        {
            await StatsWatch.RunAsync(context, TimeSpan.FromSeconds(parsed.GetValue(Interval)), parsed.GetValue(Count) ?? int.MaxValue, cancellationToken);
            return;
        }

        await using var memory = await context.OpenAsync(cancellationToken);
        var stats = await StatsJson.ReadAsync(memory, cancellationToken);
        context.Output.Write(stats, StorageJson.Default.StatsJson, people => Print(people, stats, (MemoryParts.DatabaseOf(memory) as LibSqlDatabase)?.Client.Statistics));
    }

    private static void Print(IAnsiConsole people, StatsJson stats, LibSqlStatistics? network)
    {
        var table = Output.Table("What", "Value");
        Add("Database", stats.Database);
        Add("Engine", stats.Engine);
        Add("Size", $"{Words.Count(stats.FileBytes)} bytes");
        Add("Episodes", $"{Words.Count(stats.Episodes)}, {Words.Count(stats.Running)} of them running");
        Add("Steps", Words.Count(stats.Steps));
        Add("Patterns", $"{Words.Count(stats.Patterns)}, {Words.Count(stats.ActivePatterns)} of them active");
        Add("Receipts", $"{Words.Count(stats.Receipts)}, {Words.Count(stats.Feedback)} of them with feedback");
        Add("Relationships", Words.Count(stats.Relationships));
        Add("Connections", $"{stats.Connections.Opened} opened, {stats.Connections.Reused} reused, {stats.Connections.Waits} waits");
        Add("Statements", string.Create(CultureInfo.InvariantCulture, $"{stats.Statements.Hits} found prepared, {stats.Statements.Misses} prepared in {stats.Statements.PrepareMs:0.0} ms"));
        Add("Writer", $"{Words.Many(stats.Writer.Commits, "commit")} of {Words.Many(stats.Writer.Writes, "write")}, at most {stats.Writer.LargestGroup} in one");
        foreach (var c in stats.Compression)
            Add($"Compression ({c.Kind})", string.Create(CultureInfo.InvariantCulture, $"{Words.Many(c.Payloads, "payload")}: {Words.Count(c.RawBytes)} bytes stored in {Words.Count(c.StoredBytes)}, ratio {c.Ratio:0.0}; new ones with {c.Codec}, {Words.Count(c.Dictionaries)} trained dictionaries{(c.Reason is null ? "" : $". {c.Reason}")}"));
        if (stats.Cache is { } cache)
        {
            Add("Cache", $"{Words.Count(cache.Entries)} entries, {Words.Count(cache.Bytes)} bytes; {Words.Many(cache.Hits, "hit")}, {cache.Misses} missed");
            Add("Others", $"{Words.Many(cache.Checks, "check")} for what other processes wrote, {cache.ForeignChanges} found something");
        }

        if (network is not null)
        {
            Add("Pool", $"{stats.Server!["pool_size"]} streams wanted{(stats.Server["pool_reason"] is { } reason ? $", because {reason}" : "")}; {network.StreamsClosed} closed, {network.FailedPings} of {network.Pings} pings failed");
            Add("Network", $"{Words.Many(network.RoundTrips, "round trip")} over {Words.Many(network.SocketsOpened, "socket")}; {Words.Count(network.BytesSent)} bytes sent, {Words.Count(network.BytesReceived)} received; {network.Retries + network.BusyRetries} retries");
            Add("Replicas", $"{network.ReplicaReads} reads answered, {network.PrimaryFallbacks} left to the primary");
        }

        people.Write(table);

        void Add(string what, string value) => table.AddRow(InkWriter.Cell(what), InkWriter.Cell(value));
    }
}
