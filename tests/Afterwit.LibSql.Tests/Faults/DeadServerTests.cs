using System.Diagnostics;
using Afterwit.Tests.Shared;
using Xunit.Abstractions;

namespace Afterwit.LibSql.Tests.Faults;

/// <summary>A server that is gone behind a network that still accepts: how often it is tried.</summary>
public sealed class DeadServerTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dead_server_is_not_hammered_and_one_probe_finds_it_again(bool http)
    {
        await using var server = await SqldServer.StartAsync();
        await using var proxy = new FaultProxy(server);
        await using var client = new LibSqlClient(http ? proxy.Url : proxy.WsUrl, new() { Timeout = TimeSpan.FromSeconds(3) });
        await Eventually.IsTrueAsync(client.AnswersAsync);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.AnswersAsync()));
        server.Kill();
        var before = proxy.Accepted;
        var start = Stopwatch.GetTimestamp();
        var calls = Enumerable.Range(0, 64).Select(i => Assert.ThrowsAnyAsync<LibSqlException>(() => i % 2 == 0 ? client.CountAsync("SELECT 1") : (Task)client.InsertAsync("INSERT INTO t VALUES (1)", safeToRepeat: true))).ToList();
        var errors = await Task.WhenAll(calls).SoonAsync();
        var attempts = proxy.Accepted - before;
        output.WriteLine($"{attempts} attempts for {calls.Count} calls in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        Assert.InRange(attempts, 1, 30);
        Assert.All(errors, e => Assert.Contains("127.0.0.1", e.Message, StringComparison.Ordinal));
        Assert.True(client.Statistics.CircuitOpened > 0);
        await server.RestartAsync();
        start = Stopwatch.GetTimestamp();
        await Eventually.IsTrueAsync(client.AnswersAsync); // waits for the probe, and is one itself
        output.WriteLine($"back after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");
    }

    [Fact]
    public async Task A_server_that_was_never_reached_is_reported_at_once()
    {
        await using var proxy = new FaultProxy(1);
        await proxy.RefuseAsync();
        await using var client = new LibSqlClient(proxy.WsUrl, new() { Timeout = TimeSpan.FromHours(1), ConnectTimeout = TimeSpan.FromMinutes(5) });
        var error = await Assert.ThrowsAsync<LibSqlConnectionException>(() => client.ReadAsync(["SELECT 1"]).SoonAsync());
        Assert.Contains("Check the URL", error.Message, StringComparison.Ordinal);
    }
}
