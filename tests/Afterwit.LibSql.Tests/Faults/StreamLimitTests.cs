using Afterwit.LibSql.Tests.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Faults;

/// <summary>A server all of whose streams are taken by others.</summary>
public sealed class StreamLimitTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_finds_no_stream_at_the_server_is_told_in_time_and_served_when_one_is_free(bool http)
    {
        await using var server = await SqldServer.StartAsync(new() { MaxConnections = 3 });
        await using var greedy = new LibSqlClient(server.WsUrl, new() { MinStreams = 3, MaxStreams = 3 });
        var pool = greedy.Servers.Primary.Pool;
        var held = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => pool.RentAsync("greedy", Requests.Soon, CancellationToken.None).AsTask()));
        foreach (var stream in held)
            await stream.RunAsync("SELECT 1");
        await using var client = new LibSqlClient(http ? server.Url : server.WsUrl, new() { Timeout = Eventually.Patience });
        var error = await Assert.ThrowsAsync<LibSqlConnectionException>(() => client.CountAsync("SELECT 1").SoonAsync());
        Assert.True(error.IsTransient);
        Assert.Contains("stream limit", error.Message, StringComparison.Ordinal);
        foreach (var stream in held)
        {
            stream.Close();
            pool.Return(stream);
        }

        await Eventually.IsTrueAsync(client.AnswersAsync);
        Assert.Equal(1L, (await greedy.ReadAsync(["SELECT 1"]))[0][0, 0].AsInt64());
    }
}
