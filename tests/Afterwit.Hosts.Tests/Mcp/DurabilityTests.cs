using System.Text.Json.Nodes;
using Afterwit.Hosts.Tests.Cli;

namespace Afterwit.Hosts.Tests.Mcp;

/// <summary>What was acknowledged is there: after a kill, and with two servers on one file.</summary>
public sealed class DurabilityTests : IDisposable
{
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_killed_server_has_kept_all_that_it_acknowledged()
    {
        var acknowledged = new List<string>();
        await using (var server = new McpProcess(_home))
        {
            await server.InitializeAsync();
            var calls = Enumerable.Range(0, 200).Select(i => server.CallAsync("remember", Note(i))).ToList();
            while (acknowledged.Count < 60)
            {
                var done = await Task.WhenAny(calls).WaitAsync(CliHome.Patience);
                calls.Remove(done);
                acknowledged.Add((await done).GetProperty("episode_id").GetString()!);
            }

            await server.KillAsync();
        }

        await using var next = new McpProcess(_home);
        await next.InitializeAsync();
        foreach (var some in acknowledged.Chunk(50))
        {
            var found = await next.CallAsync("get_details", new() { ["ids"] = new JsonArray([.. some.Select(id => (JsonNode)id)]), ["max_tokens"] = 20_000 });
            Assert.False(found.TryGetProperty("not_found", out _), found.GetRawText());
        }
    }

    [Fact]
    public async Task Two_servers_on_one_file_lose_nothing_and_see_each_other()
    {
        await using var one = new McpProcess(_home);
        await using var two = new McpProcess(_home);
        await Task.WhenAll(one.InitializeAsync(), two.InitializeAsync());
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => (i % 2 == 0 ? one : two).CallAsync("remember", Note(i))));
        Assert.Equal(100, (await _home.JsonAsync("stats")).GetProperty("episodes").GetInt32());
        Assert.Contains("barrel 41 ", (await one.CallAsync("recall", new() { ["query"] = "cellar barrel 41" })).GetRawText());
        Assert.Contains("barrel 40 ", (await two.CallAsync("recall", new() { ["query"] = "cellar barrel 40" })).GetRawText());
    }

    private static JsonObject Note(int i) => new() { ["text"] = $"In the cellar barrel {i} holds cider of the year {1900 + i}." };
}
