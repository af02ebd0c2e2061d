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
        using var bare = new BareWriter(temporary.Path + ".bare", options.Storage);
        var (baseline, ours) = (new Meter(), new Meter(temporary.Statistics));
        // The two in turn, in small blocks, so that a slow moment of the machine meets both. The first block of each is not kept apart: medians do not feel it.
        for (var block = 0; block < options.Rounds * 5; block++)
        {
            for (var i = 0; i < 100; i++)
                await baseline.TimeAsync(() => bare.Insert(step));
            for (var i = 0; i < 100; i++)
                await ours.TimeAsync(() => memory.LogAsync(id, step, cancellationToken));
        }

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
        var mean = seconds * 1e6 / each;
        var groups = (double)(temporary.Statistics.Commits - commits) / (callers * each);
        return [first, single, new("log", $"step, {callers} callers at once (group commit; times are means)", callers * each, mean, 0, 0, rate, groups, 0, rate / first.OpsPerS)];
    }
}
