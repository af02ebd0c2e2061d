using System.Globalization;
using System.Text;
using System.Text.Json;
using Afterwit.Hosts.Tests.Cli;

namespace Afterwit.Hosts.Tests.Faults;

/// <summary>Processes that are killed while they pack, train a dictionary or compress in place: every episode is whole, and the next run finishes the work.</summary>
public sealed class CompressionKillTests : IDisposable
{
    private const int Episodes = 1_200;
    private const int Kills = 4;
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Killed_imports_and_compressions_leave_whole_episodes_and_are_finished_by_the_next()
    {
        var log = Path.Combine(_home.Folder, "episodes.jsonl");
        await File.WriteAllLinesAsync(log, Enumerable.Range(0, Episodes).Select(Line));
        for (var kill = 0; kill < Kills; kill++)
        {
            await KillAsync(kill, "import", log);
            await AssertSoundAsync();
        }

        Assert.Equal(Episodes, (await _home.JsonAsync("import", log)).GetProperty("read").GetInt32());
        var shown = await ShowAsync();
        var sizes = new List<long>();
        foreach (var codec in (string[])["none", "zstd"])
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                await KillAsync(kill, "db", "compress", "--codec", codec);
                await AssertSoundAsync();
                Assert.Equal(shown, await ShowAsync());
            }

            (await _home.RunAsync("db", "compress", "--codec", codec)).Succeeded();
            var again = await _home.JsonAsync("db", "compress", "--codec", codec);
            Assert.Equal((0, 0), (again.GetProperty("recompressed").GetInt32(), again.GetProperty("unreadable").GetInt32()));
            Assert.Equal(again.GetProperty("file_bytes_before").GetInt64(), again.GetProperty("file_bytes_after").GetInt64());
            Assert.Equal(shown, await ShowAsync());
            sizes.Add(again.GetProperty("file_bytes_after").GetInt64());
        }

        Assert.InRange(sizes[1], 1, sizes[0] - (Episodes * 300)); // what was saved goes back to the file system
        var compression = (await _home.JsonAsync("stats")).GetProperty("compression")[0];
        Assert.Equal(Episodes, compression.GetProperty("payloads").GetInt32());
        Assert.InRange(compression.GetProperty("dictionaries").GetInt32(), 1, 5);
        Assert.InRange(compression.GetProperty("ratio").GetDouble(), 2, 100);
    }

    private static string Line(int number)
    {
        var random = new Random(number);
        var steps = Enumerable.Range(0, 6).Select(i => new Dictionary<string, object>
        {
            ["type"] = "tool",
            ["tool"] = "get_reservation",
            ["args"] = $"{{\"reservation\": \"R{random.Next(100_000)}\"}}",
            ["observation"] = $"{{\"status\": \"confirmed\", \"origin\": \"city {random.Next(40)}\", \"destination\": \"city {random.Next(40)}\", \"cabin\": \"economy\", \"insurance\": {random.Next(2)}, \"note\": \"{random.NextInt64():x}{random.NextInt64():x}\"}}",
        });
        return JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["episode_id"] = $"kill/{number}",
            ["task"] = $"book flight {number}",
            ["steps"] = steps,
            ["outcome"] = new Dictionary<string, bool> { ["success"] = number % 3 != 0 },
        });
    }

    /// <summary>Starts a command and kills it some time later, which differs from kill to kill.</summary>
    private Task<string> KillAsync(int kill, params string[] arguments) => _home.KillAsync(token => Task.Delay(TimeSpan.FromMilliseconds(400 + (kill * 250)), TimeProvider.System, token), arguments);

    /// <summary>Every episode that is there can be read in full, and the totals are those of what is stored.</summary>
    private async Task AssertSoundAsync()
    {
        if (!File.Exists(_home.Database))
            return;
        var compression = (await _home.JsonAsync("stats")).GetProperty("compression")[0];
        var dry = await _home.JsonAsync("db", "compress", "--codec", "lz4", "--dry-run");
        Assert.Equal((0, 0), (dry.GetProperty("unreadable").GetInt32(), dry.GetProperty("packed").GetInt32()));
        Assert.Equal((await _home.JsonAsync("stats")).GetProperty("episodes").GetInt32(), compression.GetProperty("payloads").GetInt32());
    }

    /// <summary>Some of the episodes, with all of their steps.</summary>
    private async Task<string> ShowAsync()
    {
        var shown = new StringBuilder();
        foreach (var episode in (await _home.JsonAsync("episode", "list", "--limit", Episodes.ToString(CultureInfo.InvariantCulture))).GetProperty("episodes").EnumerateArray().Where((_, i) => i % (Episodes / 3) == 1))
            shown.AppendLine((await _home.JsonAsync("episode", "show", episode.GetProperty("episode_id").GetString()!)).ToString());
        return shown.ToString();
    }
}
