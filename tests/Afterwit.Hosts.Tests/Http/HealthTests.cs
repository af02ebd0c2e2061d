using System.Net;
using Afterwit.Storage;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Http;

/// <summary>/healthz and /readyz say what they measured.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_server_that_works_is_alive_and_ready()
    {
        await using var server = await RunningServer.StartAsync();
        OpenApi.AssertIs("Alive", await server.GetAsync("/healthz"));
        var ready = await server.GetAsync("/readyz");
        OpenApi.AssertIs("Ready", ready);
        Assert.Equal("ready", ready.GetProperty("status").GetString());
        Assert.True(ready.GetProperty("read").GetProperty("ms").GetDouble() > 0);
        Assert.True(ready.GetProperty("write").GetProperty("ms").GetDouble() > 0);
    }

    [Fact]
    public async Task A_server_whose_database_is_gone_lives_and_is_not_ready()
    {
        await using var server = await RunningServer.StartAsync();
        await server.Memory.DisposeAsync();
        await server.GetAsync("/healthz");
        using var answer = await server.Client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var ready = RunningServer.Parse(await answer.Content.ReadAsStringAsync());
        OpenApi.AssertIs("Ready", ready);
        Assert.NotNull(ready.GetProperty("read").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_database_that_refuses_connections_is_named_as_the_cause_after_one_wait_for_reading_and_writing()
    {
        await using var sqld = await SqldServer.StartAsync();
        var time = new FakeTime();
        await using var server = await RunningServer.StartAsync(time: time, database: sqld.Url);
        await server.GetAsync("/readyz");
        await sqld.StopAsync();
        var statistics = MemoryParts.DatabaseOf(server.Memory).Statistics;
        var before = statistics.Reads;
        var asking = server.Client.GetAsync("/readyz");
        await Eventually.IsTrueAsync(() => statistics.Reads > before && statistics.LastFailure is not null);
        time.Advance(TimeSpan.FromSeconds(5));
        await asking.SoonAsync();
        using var answer = await asking;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var ready = RunningServer.Parse(await answer.Content.ReadAsStringAsync());
        OpenApi.AssertIs("Ready", ready);
        Assert.All((string[])["read", "write"], check => Assert.Contains("Connection refused", ready.GetProperty(check).GetProperty("reason").GetString()));
        await sqld.RestartAsync(); // the write that waits is not to hold up the end
    }
}
