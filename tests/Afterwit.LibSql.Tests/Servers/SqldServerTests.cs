using System.Net;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Servers;

/// <summary>The servers that other tests run against: what they rely on.</summary>
public sealed class SqldServerTests
{
    [Fact]
    public async Task A_server_answers_and_its_values_come_back()
    {
        await using var server = await SqldServer.StartAsync();
        using var raw = new RawSqld(server.Url);
        Assert.True(server.IsRunning);
        Assert.True(Directory.Exists(server.Folder));
        Assert.Equal(["|9223372036854775807|0.5|a+b|+/8"], await raw.ReadAsync("SELECT ?1, ?2, ?3, ?4, ?5", null, long.MaxValue, 0.5, "a+b", new byte[] { 0xFB, 0xFF }));
    }

    [Fact]
    public async Task What_was_committed_is_there_after_a_kill_and_after_a_stop()
    {
        await using var server = await SqldServer.StartAsync();
        using var raw = new RawSqld(server.Url);
        await raw.RunAsync("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
        var (url, id) = (server.Url, server.ProcessId);

        server.Kill();
        Assert.False(server.IsRunning);
        await Assert.ThrowsAsync<HttpRequestException>(() => raw.ReadAsync("SELECT 1"));
        await server.RestartAsync();
        Assert.Equal(url, server.Url);
        Assert.NotEqual(id, server.ProcessId);
        await raw.RunAsync("INSERT INTO t VALUES (2)");

        await server.StopAsync();
        Assert.False(server.IsRunning);
        Assert.Contains("gracefully", server.Log, StringComparison.Ordinal);
        await server.RestartAsync();
        Assert.Equal(["1", "2"], await raw.ReadAsync("SELECT x FROM t ORDER BY x"));
    }

    [Fact]
    public async Task A_server_that_has_just_started_stops_when_asked()
    {
        await using var server = await SqldServer.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await server.StopAsync();
            await server.RestartAsync();
        }
    }

    [Fact]
    public async Task A_frozen_server_answers_once_it_is_thawed()
    {
        await using var server = await SqldServer.StartAsync();
        using var raw = new RawSqld(server.Url);
        server.Freeze();
        var read = raw.ReadAsync("SELECT 1");
        Assert.NotSame(read, await Task.WhenAny(read, Task.Delay(100, CancellationToken.None)));
        server.Thaw();
        Assert.Equal(["1"], await read);
    }

    [Fact]
    public async Task Databases_of_the_shared_server_know_nothing_of_each_other()
    {
        await using var one = await SharedSqld.NewDatabaseAsync();
        await using var other = await SharedSqld.NewDatabaseAsync();
        using var first = new RawSqld(one);
        using var second = new RawSqld(other);
        Assert.Same(one.Server, other.Server);
        await first.RunAsync("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
        Assert.Equal(["1"], await first.ReadAsync("SELECT * FROM t"));
        Assert.Empty(await second.ReadAsync("SELECT name FROM sqlite_schema WHERE name = 't'"));
    }

    [Fact]
    public async Task Replicas_catch_up_with_their_primary()
    {
        await using var cluster = await SqldCluster.StartAsync(replicas: 2);
        using var primary = new RawSqld(cluster.Primary.Url);
        await primary.RunAsync("CREATE TABLE t(x); INSERT INTO t VALUES (1)");
        foreach (var server in cluster.Replicas)
        {
            using var replica = new RawSqld(server.Url);
            await Eventually.IsTrueAsync(async () => (await replica.ReadAsync("SELECT name FROM sqlite_schema WHERE name = 't'")).Length == 1);
            await Eventually.IsTrueAsync(async () => (await replica.ReadAsync("SELECT * FROM t")) is ["1"]);
        }
    }

    [Fact]
    public async Task A_stream_too_many_is_refused()
    {
        await using var server = await SqldServer.StartAsync(new() { MaxConnections = 2 });
        using var raw = new RawSqld(server.Url);
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.OK, (await raw.PostAsync("/v3/pipeline", """{"requests":[{"type":"get_autocommit"}]}""")).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await raw.PostAsync("/v3/pipeline", """{"requests":[{"type":"get_autocommit"}]}""")).Status);
    }
}
