using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Cli;

public sealed class BenchWireTests : IDisposable
{
    private const int Episodes = 100;
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_bytes_of_payloads_are_counted_on_the_wire_with_and_without_compression()
    {
        await using var database = await SharedSqld.NewDatabaseAsync();
        var source = Path.Combine(_home.Folder, "runs.jsonl");
        await File.WriteAllLinesAsync(source, Enumerable.Range(0, Episodes).Select(i =>
            $$"""{"episode_id":"{{i}}","outcome":{"success":true},"task":"task {{i}}","steps":[{"type":"tool","tool":"read","args":"file","observation":"{{string.Join(' ', Enumerable.Range(i, 200).Select(n => n * n))}}"}] }"""));
        var rows = (await _home.JsonAsync("bench", "compression", "--db", database.WsUrl, "--server-tenant", database.Namespace, "--source", source, "--rounds", "1")).EnumerateArray()
            .Where(row => row.TryGetProperty("wire_bytes", out _)).ToList();

        var bytes = rows.Select(row => row.GetProperty("wire_bytes").GetInt64()).ToList();
        var ratios = rows.Select(row => row.GetProperty("ratio_to_baseline")).ToList();
        Assert.Equal(6, rows.Count);
        foreach (var (all, first) in new[] { ("written", 0), ("read back whole", 3) })
        {
            Assert.All(rows[first..(first + 3)], row => Assert.Contains($" {Episodes} episodes {all}, ", row.GetProperty("case").GetString()));
            Assert.Equal((double)bytes[first + 1] / bytes[first], ratios[first + 1].GetDouble(), 1e-9);
            Assert.InRange(bytes[first + 2], 1, bytes[first + 1] - 1);
            var payloads = bytes[first + 2] / ratios[first + 2].GetDouble();
            Assert.Equal(bytes[first] - bytes[first + 1], payloads - bytes[first + 2], 1.0); // what compression saved is what the messages became shorter by
        }

        using var server = new RawSqld(database);
        Assert.Empty(await server.ReadAsync("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"));
    }
}
