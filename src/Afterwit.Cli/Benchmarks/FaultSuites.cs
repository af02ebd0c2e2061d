using System.Diagnostics;
using System.Globalization;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>What is kept when processes die and when many write to one file: counted, not assumed.</summary>
internal static class FaultSuites
{
    private const string Ready = "ready";

    /// <summary>Kills a process in the middle of its writes, again and again, and looks for every write that it was told is kept.</summary>
    public static async Task<IReadOnlyList<BenchRow>> CrashAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        await using var temporary = new TemporaryMemory(options.Storage);
        var (acknowledged, lost, rounds) = (0, 0, options.Rounds * 10);
        var random = new Random(7);
        var start = Stopwatch.GetTimestamp();
        for (var round = 0; round < rounds; round++)
        {
            var (id, ordinals) = await KillWriterAsync(temporary.Path, TimeSpan.FromMilliseconds(random.Next(5, 60)), cancellationToken);
            await using var memory = await AgentMemory.OpenAsync(temporary.Path, options.Storage, CommandContext.Time, cancellationToken);
            var kept = (await memory.GetAsync(id, cancellationToken)).Steps.Select(s => s.Observation).ToHashSet(StringComparer.Ordinal);
            acknowledged += ordinals.Count;
            lost += ordinals.Count(o => !kept.Contains(o));
            var sound = "";
            await MemoryParts.DatabaseOf(memory).ReadAsync([new("PRAGMA integrity_check", [], row => sound += row.GetString(0))], cancellationToken);
            if (sound != "ok" || lost > 0)
                throw new AfterwitException($"round {round}: {lost} of {acknowledged} acknowledged writes are lost, integrity_check says {sound}.");
        }

        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return [new("crash", $"{rounds} kills: {acknowledged} acknowledged writes, {lost} lost, integrity ok each time (mean of a round)", rounds, seconds / rounds * 1e6, 0, 0, rounds / seconds, 0, 0, null)];
    }

    /// <summary>Eight processes write 500 steps each to one file, and every one is counted.</summary>
    public static async Task<IReadOnlyList<BenchRow>> ProcessesAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        const int processes = 8;
        const int each = 500;
        await using var temporary = new TemporaryMemory(options.Storage);
        var start = Stopwatch.GetTimestamp();
        var runs = await Task.WhenAll(Enumerable.Range(0, processes).Select(async _ =>
        {
            using var writer = StartWriter(temporary.Path, each);
            var errors = writer.StandardError.ReadToEndAsync(cancellationToken);
            var output = await writer.StandardOutput.ReadToEndAsync(cancellationToken);
            await writer.WaitForExitAsync(cancellationToken);
            return (Lines: output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Errors: await errors, writer.ExitCode);
        }));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (Array.Find(runs, r => r.ExitCode != 0) is { Errors: not null } failed)
            throw new AfterwitException($"a writer failed: {failed.Errors}");
        await using var memory = await AgentMemory.OpenAsync(temporary.Path, options.Storage, CommandContext.Time, cancellationToken);
        var present = 0;
        foreach (var run in runs)
            present += (await memory.GetAsync(EpisodeId.Parse(run.Lines[0].Split(' ')[1]), cancellationToken)).Steps.Count;
        return present == processes * each
            ? [new("processes", $"{processes} processes x {each} writes: {present} of {processes * each} present (means)", present, seconds / present * 1e6, 0, 0, present / seconds, 0, 0, null)]
            : throw new AfterwitException($"{present} of {processes * each} writes are present.");
    }

    /// <summary>The process that is killed: logs steps one by one and says of each that it is kept.</summary>
    public static async Task<int> WriteAsync(AgentMemory memory, int count, CancellationToken cancellationToken)
    {
        var id = await memory.StartAsync("writes until it is stopped", cancellationToken: cancellationToken);
        await Console.Out.WriteLineAsync($"{Ready} {id}");
        await Console.Out.FlushAsync(cancellationToken);
        for (var i = 0; i < count; i++)
        {
            var mark = i.ToString(CultureInfo.InvariantCulture);
            await memory.LogAsync(id, Step.ToolCall("write", null, mark), cancellationToken);
            await Console.Out.WriteLineAsync(mark);
            await Console.Out.FlushAsync(cancellationToken);
        }

        return ExitCode.Done;
    }

    private static async Task<(EpisodeId Id, List<string> Acknowledged)> KillWriterAsync(string database, TimeSpan after, CancellationToken cancellationToken)
    {
        using var writer = StartWriter(database, int.MaxValue);
        var first = await writer.StandardOutput.ReadLineAsync(cancellationToken);
        if (first?.StartsWith(Ready, StringComparison.Ordinal) != true)
            throw new AfterwitException($"the writer did not start: {await writer.StandardError.ReadToEndAsync(cancellationToken)}");
        var lines = Task.Run(async () =>
        {
            var acknowledged = new List<string>();
            while (await writer.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
                acknowledged.Add(line);
            return acknowledged;
        }, cancellationToken);
        await Task.Delay(after, CommandContext.Time, cancellationToken);
        writer.Kill();
        await writer.WaitForExitAsync(cancellationToken);
        return (EpisodeId.Parse(first[(Ready.Length + 1)..]), await lines);
    }

    /// <summary>Starts this program once more, with its output to be read.</summary>
    public static Process StartSelf(params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        // Started through the dotnet host, the program itself is the first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) is "dotnet" or "testhost")
        {
            start.FileName = "dotnet";
            start.ArgumentList.Add(typeof(FaultSuites).Assembly.Location);
        }

        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static Process StartWriter(string database, int count) => StartSelf("bench", "writer", "--db", database, "--count", count.ToString(CultureInfo.InvariantCulture));
}
