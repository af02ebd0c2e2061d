using System.Diagnostics;
using System.Globalization;
using Afterwit.Hosts.Tests.Cli;
using Afterwit.Storage;
using Xunit.Abstractions;

namespace Afterwit.Hosts.Tests.Faults;

/// <summary>
/// A process that is killed while it ends an episode, which packs the steps and takes their rows away: the episode runs on with every step that was acknowledged, or it has ended with every one.
/// </summary>
public sealed class EndKillTests(ITestOutputHelper output) : IDisposable
{
    private const int Steps = 2_000;
    private const int Spread = 12;
    private const int AtTheWrite = 6;
    private const int LogPart = 30_000;
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Killed_at_any_moment_an_end_is_whole_or_has_not_begun()
    {
        var running = await StartAsync(0);
        var start = Stopwatch.GetTimestamp();
        await _home.JsonAsync(EndOf(running));
        var duration = Stopwatch.GetElapsedTime(start);
        Assert.True(await HasEndedAsync(running, 0));

        var (random, ended, number) = (new Random(11), 0, 1);
        running = await StartAsync(number);
        for (var kill = 0; kill < Spread + AtTheWrite; kill++)
        {
            // Moments of the whole command, a random one of each part of it; and moments in which the log of the database grows, which are inside of the write.
            var (after, bytes) = (duration * ((kill + random.NextDouble()) / Spread), 1 + (kill - Spread) * LogPart);
            var printed = await _home.KillAsync(token => kill < Spread ? Task.Delay(after, TimeProvider.System, token) : LogGrowsAsync(bytes, token), [.. EndOf(running), "--json"]);
            var hasEnded = await HasEndedAsync(running, number);
            Assert.True(hasEnded || printed.Length == 0, $"kill {kill}: '{printed}' was printed of an episode that runs");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"kill {kill}: {(kill < Spread ? $"after {after.TotalMilliseconds:0} ms of {duration.TotalMilliseconds:0}" : $"at {bytes} bytes of the log")}, {(hasEnded ? "ended" : "runs")}"));
            if (!hasEnded)
                continue;
            ended++;
            running = await StartAsync(++number);
        }

        await _home.JsonAsync(EndOf(running));
        Assert.True(await HasEndedAsync(running, number));
        Assert.Equal((ended + 2, (ended + 2) * Steps), await _home.JsonAsync("stats") is var stats ? (stats.GetProperty("episodes").GetInt32(), stats.GetProperty("steps").GetInt32()) : default);
    }

    private static string[] EndOf(EpisodeId id) => ["episode", "complete", id.ToString(), "--outcome", "success"];

    private static IEnumerable<Step> StepsOf(int number)
    {
        var random = new Random(number);
        return Enumerable.Range(0, Steps).Select(i => Step.ToolCall($"tool{i % 7}", $"{{\"row\": {i}}}", $"{i} of {number}: {random.NextInt64():x} {new string('x', random.Next(400))}"));
    }

    /// <summary>A running episode whose steps were all acknowledged.</summary>
    private async Task<EpisodeId> StartAsync(int number)
    {
        await using var memory = await AgentMemory.OpenAsync(_home.Database);
        var id = await memory.StartAsync($"task {number}");
        foreach (var part in StepsOf(number).Chunk(500))
            await memory.LogAsync(id, part);
        return id;
    }

    /// <summary>Whether it has ended; that it is whole either way, the file sound, and its steps where they belong.</summary>
    private async Task<bool> HasEndedAsync(EpisodeId id, int number)
    {
        await using var memory = await AgentMemory.OpenAsync(_home.Database);
        var episode = await memory.GetAsync(id);
        var hasEnded = episode.Status != EpisodeStatus.Running;
        Assert.Equal(hasEnded ? (EpisodeStatus.Succeeded, true) : (EpisodeStatus.Running, false), (episode.Status, episode.EndedAt is not null));
        Assert.Equal(StepsOf(number).Select(s => (s.Tool, s.Arguments, s.Observation)), episode.Steps.Select(s => (s.Tool, s.Arguments, s.Observation)));
        Assert.Equal(Enumerable.Range(0, Steps), episode.Steps.Select(s => s.Ordinal));

        const string own = "key >= (SELECT key FROM episodes WHERE id = ?1) << 20 AND key < ((SELECT key FROM episodes WHERE id = ?1) + 1) << 20";
        var (sound, rows, packs) = ("", 0L, 0L);
        await MemoryParts.DatabaseOf(memory).ReadAsync(
        [
            new("PRAGMA integrity_check", [], row => sound += row.GetString(0)),
            new($"SELECT (SELECT count(*) FROM steps WHERE {own}), (SELECT count(*) FROM step_packs WHERE {own})", [id.Value.ToByteArray(bigEndian: true)], row => (rows, packs) = (row.GetInt64(0), row.GetInt64(1))),
        ],
        CancellationToken.None);
        Assert.Equal("ok", sound);
        Assert.Equal((hasEnded ? 0 : Steps, hasEnded), (rows, packs > 0));
        return hasEnded;
    }

    private async Task LogGrowsAsync(long bytes, CancellationToken cancellationToken)
    {
        for (var log = new FileInfo(_home.Database + "-wal"); !log.Exists || log.Length < bytes; log.Refresh())
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
    }
}
