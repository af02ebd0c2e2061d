using System.Diagnostics;
using System.Text.Json;
using Afterwit.Storage;

namespace Afterwit.Hosts.Tests.Cli;

/// <summary>`afterwit stats --watch` in a process of its own, over a memory that this one works on.</summary>
public sealed class StatsWatchTests : IDisposable
{
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Without_a_process_it_says_so_and_what_the_memory_holds()
    {
        (await _home.RunAsync("episode", "start", "count the users")).Succeeded();
        var report = await _home.JsonAsync("stats", "--watch", "--count", "1");
        Assert.Equal((0, 1), (report.GetProperty("processes").GetArrayLength(), report.GetProperty("held").GetProperty("episodes").GetInt64()));
        Assert.Contains("No process works on it. It holds 1 episode", (await _home.RunAsync("stats", "--watch", "--count", "1")).Succeeded().Output);
    }

    [Fact]
    public async Task It_shows_what_this_process_counted()
    {
        // However slow the machine is: no look at the database comes between the reads.
        await using var memory = await AgentMemory.OpenAsync(_home.Database, new StorageOptions { Cache = { CheckInterval = TimeSpan.FromHours(1) } });
        var metrics = IStoreDecorator.Find<MeasuringMemoryStore>(memory.Store)!.Metrics;
        var id = await memory.StartAsync("count the users");
        for (var i = 0; i < 31; i++)
            await memory.LogAsync(id, Step.ToolCall("SELECT", "count(*)", "12"));
        for (var i = 0; i < 11; i++)
            await memory.GetAsync(id);
        await PublishedAsync();

        var result = (await _home.RunAsync("stats", "--watch", "--count", "2", "--interval", "1", "--json")).Succeeded();
        var lines = result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(2, lines.Count);
        var process = Assert.Single(lines[1].GetProperty("processes").EnumerateArray());
        Assert.Equal((Environment.ProcessId, _home.Database, JsonValueKind.Null), (process.GetProperty("pid").GetInt32(), process.GetProperty("database").GetString(), lines[1].GetProperty("held").ValueKind));
        var expected = metrics.Report(); // nothing was done since
        Assert.Equal([("start_episode", 1L), ("append_steps", 31L)], process.GetProperty("operations").EnumerateArray().Select(o => (o.GetProperty("operation").GetString()!, o.GetProperty("count").GetInt64())));
        var cached = process.GetProperty("cache").EnumerateArray().Single(k => k.GetProperty("kind").GetString() == "episode");
        Assert.Equal((11L, 0L), (cached.GetProperty("hits").GetInt64(), cached.GetProperty("loads").GetInt64()));
        Assert.Equal((expected.RoundTrips, expected.Rows), (process.GetProperty("round_trips").GetInt64(), process.GetProperty("rows").GetInt64()));
        Assert.Equal(expected.Statements.Hits, process.GetProperty("statements").GetProperty("hits").GetInt64());
        Assert.Equal(expected.Writer.Commits, process.GetProperty("writer").GetProperty("commits").GetInt64());

        var table = (await _home.RunAsync("stats", "--watch", "--count", "1")).Succeeded().Output;
        Assert.Contains($"process {Environment.ProcessId}", table);
        Assert.Matches("append_steps +│ +│ 31 ", table);
        Assert.DoesNotContain("count the users", table + result.Output);
    }

    [Fact]
    public async Task Interrupted_it_ends_well()
    {
        if (OperatingSystem.IsWindows())
            return; // no signal to send to one process
        var start = new ProcessStartInfo("dotnet", [CliHome.ProgramFile, "stats", "--watch", "--json", "--db", _home.Database]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(CliHome.Patience);
        Assert.NotNull(await process.StandardOutput.ReadLineAsync(patience.Token));
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.Equal(0, process.ExitCode);
    }

    private async Task PublishedAsync()
    {
        using var watcher = new Watcher(_home.Database);
        using var patience = new CancellationTokenSource(CliHome.Patience);
        while ((await watcher.ReadAsync(patience.Token)).Count == 0)
            await Task.Yield();
    }
}
