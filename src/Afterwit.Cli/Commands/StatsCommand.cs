using System.CommandLine;
using System.Globalization;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit stats`: what the memory holds, and what its database did for this command.</summary>
internal static class StatsCommand
{
    public static Command Create()
    {
        var command = new Command("stats", "Show what the memory holds and where, and what connections, statements and the writer did for this very command.");
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var context = new CommandContext(parsed);
        await using var memory = await context.OpenAsync(cancellationToken);
        var held = await memory.Store.GetStatisticsAsync(cancellationToken);
        var database = CommandContext.DatabaseOf(memory);
        var done = database.Statistics;
        var stats = new StatsJson(
            held.Episodes, held.Running, held.Steps, held.Patterns, held.ActivePatterns, held.Receipts, held.Feedback, held.Relationships, held.FileBytes, database.Name, $"SQLite {database.EngineVersion}",
            new(done.ConnectionsOpened, done.ConnectionsReused, done.ConnectionWaits), new(done.StatementHits, done.StatementMisses, Math.Round(done.PrepareTime.TotalMilliseconds, 3)),
            new(done.Commits, done.Writes, done.LargestGroup));
        if (context.Output.Json)
        {
            Output.WriteJson(stats, SystemJsonContext.Default.StatsJson);
            return ExitCode.Done;
        }

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
        context.Output.People.Write(table);
        return ExitCode.Done;

        void Add(string what, string value) => table.AddRow(InkWriter.Cell(what), InkWriter.Cell(value));
    }
}
