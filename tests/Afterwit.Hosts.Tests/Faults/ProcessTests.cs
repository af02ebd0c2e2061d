using System.Globalization;
using Afterwit.Hosts.Tests.Cli;

namespace Afterwit.Hosts.Tests.Faults;

/// <summary>Several processes on one file, and processes that are killed.</summary>
public sealed class ProcessTests : IDisposable
{
    private const int Processes = 8;
    private const int Writes = 100;
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Eight_processes_that_open_one_new_file_at_once_all_write_and_nothing_is_lost()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, Processes).Select(_ => _home.RunAsync("bench", "writer", "--count", Writes.ToString(CultureInfo.InvariantCulture))));
        foreach (var run in runs)
        {
            var lines = run.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Enumerable.Range(0, Writes).Select(i => i.ToString(CultureInfo.InvariantCulture)), lines[1..]);
            Assert.Empty(run.Error);
        }

        var statistics = await _home.JsonAsync("stats");
        Assert.Equal((Processes, Processes * Writes), (statistics.GetProperty("episodes").GetInt32(), statistics.GetProperty("steps").GetInt32()));
    }

    [Fact]
    public async Task Killed_writers_lose_nothing_that_they_acknowledged()
    {
        var row = Assert.Single((await _home.JsonAsync("bench", "crash", "--rounds", "2")).EnumerateArray());
        Assert.Equal(("crash", 20), (row.GetProperty("suite").GetString(), row.GetProperty("ops").GetInt32()));
        Assert.Contains(" 0 lost, integrity ok each time", row.GetProperty("case").GetString());
    }
}
