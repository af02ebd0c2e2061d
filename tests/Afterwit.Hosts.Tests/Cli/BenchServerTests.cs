using System.Text.Json;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Cli;

public sealed class BenchServerTests : IDisposable
{
    private static readonly string[] Fields = ["suite", "case", "ops", "p50_us", "p95_us", "p99_us", "ops_per_s", "round_trips", "allocated_bytes", "ratio_to_baseline"];
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Every_case_is_measured_on_a_real_server_and_its_tables_are_gone_afterwards()
    {
        await using var cluster = await SqldCluster.StartAsync();
        var rows = (await _home.JsonAsync(
            "bench", "server", "--db", cluster.Primary.Url, "--replica", cluster.Replicas[0].Url, "--rtt", "5", "--rounds", "1", "--ops", "20", "--peers", _home.Folder)).EnumerateArray().ToList();

        Assert.All(rows, row => Assert.Equal(Fields, row.EnumerateObject().Select(f => f.Name)));
        Assert.All(rows, row => Assert.Equal("server", row.GetProperty("suite").GetString()));
        Assert.Contains("npm ci", Case(rows[0]));
        Assert.Contains(rows, row => Case(row).StartsWith("read 1 KB, 1 caller: ours, its time over bare loop", StringComparison.Ordinal));
        Assert.Contains(rows, row => Case(row).Contains(": 0 sockets and ", StringComparison.Ordinal));
        Assert.Contains(rows, row => Case(row).Contains("(0 stale of 20,", StringComparison.Ordinal));
        var far = rows.Where(row => Case(row).StartsWith("5 ms away", StringComparison.Ordinal)).ToList();
        // The pool may open its second stream meanwhile, which is one more among the few that are counted here.
        Assert.Equal(5, far.Count);
        Assert.All(far[..4], row => Assert.InRange(row.GetProperty("round_trips").GetDouble(), 1, 2));
        Assert.InRange(far[4].GetProperty("round_trips").GetDouble(), 2, 4);
        Assert.All(far, row => Assert.InRange(row.GetProperty("ratio_to_baseline").GetDouble(), 1, double.MaxValue));
        using var server = new RawSqld(cluster.Primary.Url);
        Assert.Empty(await server.ReadAsync("SELECT name FROM sqlite_master"));
    }

    [Fact]
    public async Task Without_a_server_it_says_how_to_start_one() => (await _home.RunAsync("bench", "server")).Failed(2, "eng/require sqld");

    private static string Case(JsonElement row) => row.GetProperty("case").GetString()!;
}
