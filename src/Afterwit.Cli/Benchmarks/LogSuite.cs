using System.Diagnostics;

namespace Afterwit.Cli.Benchmarks;

/// <summary>Steps logged one by one and by many callers at once, next to bare inserts.</summary>
internal static class LogSuite
{
    /// <summary>One step, one commit, next to a bare prepared insert of the same row; then sixteen callers at once.</summary>
    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        await using var temporary = new TemporaryMemory(options.Storage);
        var memory = await temporary.OpenAsync(cancellationToken);
        var step = Step.ToolCall("tool", "arguments", new string('x', 400));
        var id = await memory.StartAsync("log", cancellationToken: cancellationToken);
        using var bare = BareWriter.Open(temporary.Path + ".bare", options.Storage);
        var (baseline, ours) = (new Meter(), new Meter(temporary.Statistics));
        await AlternateAsync(options.Rounds * 500, 100, _ => baseline.TimeAsync(() => bare.Insert(step)), _ => ours.TimeAsync(() => memory.LogAsync(id, step, cancellationToken)));

        var first = baseline.Row("log", $"bare prepared insert, synchronous={options.Storage.Synchronous}");
        var single = ours.Row("log", "step");
        single = single with { RatioToBaseline = single.OpsPerS / first.OpsPerS };

        const int callers = 16;
        var each = options.Rounds * 250;
        var together = new Meter(temporary.Statistics);
        var commits = temporary.Statistics.Commits;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var own = await memory.StartAsync("log", cancellationToken: cancellationToken);
            for (var i = 0; i < each; i++)
                await memory.LogAsync(own, step, cancellationToken);
        }, cancellationToken)));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var rate = callers * each / seconds;
        var mean = seconds * 1e6 * callers / (callers * each);
        var groups = (double)(temporary.Statistics.Commits - commits) / (callers * each);
        return [first, single, new("log", $"step, {callers} callers at once (group commit; times are means)", callers * each, mean, 0, 0, rate, groups, 0, rate / first.OpsPerS)];
    }

    /// <summary>The two in turn, in small blocks, so that a slow moment of the machine meets both. The first block of each is not kept apart: medians do not feel it.</summary>
    private static async Task AlternateAsync(int count, int block, Func<int, Task> baseline, Func<int, Task> ours)
    {
        for (var done = 0; done < count; done += block)
        {
            for (var i = 0; i < block; i++)
                await baseline(i);
            for (var i = 0; i < block; i++)
                await ours(i);
        }
    }
}
