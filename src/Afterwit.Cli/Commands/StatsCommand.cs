using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
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
        var held = await memory.Store.GetStatisticsAsync(cancellationToken);
        var compression = CompressionJson.Of(await CommandContext.StoreOf(memory).GetCompressionAsync(cancellationToken));
        var database = CommandContext.DatabaseOf(memory);
        var server = database as LibSqlDatabase;
        var done = database.Statistics;
        var stats = new StatsJson(
            held.Episodes, held.Running, held.Steps, held.Patterns, held.ActivePatterns, held.Receipts, held.Feedback, held.Relationships, held.FileBytes, database.Name, CommandContext.EngineOf(database),
            new(done.ConnectionsOpened, done.ConnectionsReused, done.ConnectionWaits), new(done.StatementHits, done.StatementMisses, Math.Round(done.PrepareTime.TotalMilliseconds, 3)),
            new(done.Commits, done.Writes, done.LargestGroup), [compression], CommandContext.CacheOf(memory)?.Statistics, server is null ? null : ServerJson(server.Client, context.Settings.Storage.Server.Namespace));
        context.Output.Write(stats, SystemJsonContext.Default.StatsJson, people => Print(people, stats, server?.Client.Statistics));
    }

    private static JsonObject ServerJson(LibSqlClient client, string? tenant)
    {
        var server = JsonSerializer.SerializeToNode(client.Statistics, SystemJsonContext.Default.LibSqlStatistics)!.AsObject();
        var pool = client.Servers.Primary.Pool;
        (server["tenant"], server["pool_size"], server["pool_reason"]) = (tenant, pool.Size, pool.LastReason);
        return server;
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
