using System.Text.Json;
using Afterwit.Storage;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit stats --watch`: what the processes that work on the memory right now do with it, again and again.</summary>
internal static class StatsWatch
{
    /// <summary>Reports until it was often enough, or until Ctrl+C, which is how it is meant to end.</summary>
    public static async Task RunAsync(CommandContext context, TimeSpan interval, int count, CancellationToken cancellationToken)
    {
        var settings = context.Settings;
        settings.Storage.Metrics.Publish = false; // who watches does not work on it
        var name = WatchFolder.NameOf(settings.Database, settings.Storage);
        using var watcher = new Watcher(name);
        AgentMemory? memory = null;
        try
        {
            if (context.Output.Json)
                await RepeatAsync(WriteLine);
            else if (Console.IsOutputRedirected)
                await RepeatAsync(report => context.Output.People.Write(WatchTables.Of(report)));
            else
                await context.Output.People.Live(new Text("")).StartAsync(live => RepeatAsync(report => live.UpdateTarget(WatchTables.Of(report))));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C: done, not failed.
        }
        finally
        {
            if (memory is not null)
                await memory.DisposeAsync();
        }

        async Task RepeatAsync(Action<WatchJson> show)
        {
            for (var done = 1; ; done++)
            {
                show(await ReportAsync());
                if (done == count)
                    return;
                await Task.Delay(interval, CommandContext.Time, cancellationToken);
            }
        }

        async Task<WatchJson> ReportAsync()
        {
            var processes = await watcher.ReadAsync(cancellationToken);
            if (processes.Count > 0)
                return new(CommandContext.Time.GetUtcNow(), name, processes, null);
            memory ??= await context.OpenAsync(cancellationToken);
            return new(CommandContext.Time.GetUtcNow(), name, [], await memory.Store.GetStatisticsAsync(cancellationToken));
        }
    }

    /// <summary>One object on one line, also on a terminal: who reads it reads line by line.</summary>
    private static void WriteLine(WatchJson report)
    {
        using var output = Console.OpenStandardOutput();
        output.Write([.. JsonSerializer.SerializeToUtf8Bytes(report, SystemJsonContext.Default.WatchJson), (byte)'\n']);
    }
}
