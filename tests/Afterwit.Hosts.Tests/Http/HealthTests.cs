using System.Net;

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
}
