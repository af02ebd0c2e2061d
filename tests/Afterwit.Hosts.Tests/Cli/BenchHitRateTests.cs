using System.Text.Json;

namespace Afterwit.Hosts.Tests.Cli;

public sealed class BenchHitRateTests : IDisposable
{
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Each_trace_and_size_has_its_share_of_hits()
    {
        var path = Path.Combine(_home.Folder, "loop.trace");
        await File.WriteAllTextAsync(path, string.Concat(Enumerable.Range(0, 40).Select(i => $"key {i % 10}\n*\n\n")));
        var rows = (await _home.JsonAsync("bench", "hit-rate", "--trace", path, "--entries", "5,10")).EnumerateArray().ToList();
        Assert.Equal(["loop", "loop"], rows.Select(r => r.GetProperty("trace").GetString()));
        Assert.Equal([5, 10], rows.Select(r => r.GetProperty("entries").GetInt32()));
        Assert.InRange(rows[0].GetProperty("hit_rate").GetDouble(), 0.1, 0.4);
        Assert.Equal(0.75, rows[1].GetProperty("hit_rate").GetDouble());
    }

    [Fact]
    public async Task Recorded_episodes_are_lived_through_again()
    {
        var path = Path.Combine(_home.Folder, "runs.jsonl");
        await File.WriteAllLinesAsync(path, Enumerable.Range(0, 20).Select(i =>
            $$$"""{"episode_id":"r{{{i}}}","task":"count the users of shop {{{i % 3}}}","steps":[{"type":"tool","tool":"list","args":"tables","observation":"users"},{"type":"tool","tool":"count","args":"users","observation":"{{{i}}}"}],"outcome":{"success":true}}"""));
        var rows = (await _home.JsonAsync("bench", "hit-rate", "--source", path, "--entries", "1000")).EnumerateArray().ToList();
        Assert.All(rows, row => Assert.StartsWith("agent workload", row.GetProperty("trace").GetString()));
        JsonElement Row(string of) => rows.Single(row => row.GetProperty("trace").GetString()!.EndsWith(of, StringComparison.Ordinal));
        var (byId, all) = (Row("reads by id"), Row("all lookups"));
        Assert.InRange(byId.GetProperty("hit_rate").GetDouble(), 0.7, 1);
        Assert.InRange(byId.GetProperty("lookups").GetInt64(), 20 * 3, all.GetProperty("lookups").GetInt64());
        Assert.All(rows, row => Assert.InRange(row.GetProperty("hit_rate").GetDouble(), 0, row.GetProperty("best_rate").GetDouble() + 1e-9));
    }

    [Fact]
    public async Task A_wrong_size_and_a_missing_file_are_one_line_each()
    {
        (await _home.RunAsync("bench", "hit-rate", "--trace", "nothing.trace", "--entries", "5")).Failed(2, "there is no such file");
        (await _home.RunAsync("bench", "hit-rate", "--entries", "5")).Failed(2, "needs what to replay");
        (await _home.RunAsync("bench", "hit-rate", "--trace", "nothing.trace", "--entries", "many")).Failed(2, "--entries is 'many'");
    }
}
