using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Transport;

public sealed class HttpProtobufTransportTests : HttpTransportContract
{
    private protected override HttpEncoding Encoding => HttpEncoding.Protobuf;
}

public sealed class HttpJsonTransportTests : HttpTransportContract
{
    private protected override HttpEncoding Encoding => HttpEncoding.Json;

    [Fact]
    public async Task Infinity_is_refused_before_anything_is_sent_and_comes_as_no_number()
    {
        await using var transport = Open();
        var stream = await OpenAsync(transport);
        await Assert.ThrowsAsync<ArgumentException>(() => stream.RunAsync("SELECT ?", double.PositiveInfinity));
        Assert.True(stream.IsAlive);
        Assert.True(double.IsNaN((await stream.RunAsync("SELECT 1e999"))[0, 0].AsDouble()));
        Assert.True((await stream.RunAsync("SELECT ?", double.NaN))[0, 0].IsNull);
    }
}

/// <summary>What is particular to HTTP, in both encodings.</summary>
public abstract class HttpTransportContract : TransportContract
{
    private protected abstract HttpEncoding Encoding { get; }

    [Fact]
    public async Task A_stream_that_has_expired_is_opened_anew_unless_a_transaction_was_on_it()
    {
        await using var transport = Open();
        var (idle, inTransaction) = (await OpenAsync(transport), await OpenAsync(transport));
        await idle.RunAsync("CREATE TABLE t(id)");
        await inTransaction.RunAsync("BEGIN");
        inTransaction.InTransaction = true;
        await Task.Delay(TimeSpan.FromSeconds(13), TimeProvider.System); // the server forgets after 10, in its own time
        Assert.Equal(0L, (await idle.RunAsync("SELECT count(*) FROM t"))[0, 0].AsInt64());
        Assert.True(idle.IsAlive);
        var error = await Assert.ThrowsAsync<LibSqlServerException>(() => inTransaction.RunAsync("SELECT 1"));
        Assert.Equal(("STREAM_EXPIRED", false), (error.Code, error.OutcomeUnknown));
        Assert.False(inTransaction.IsAlive);
        Assert.True(transport.IdleLimit < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_server_that_was_started_again_is_gone_on_with()
    {
        await using var server = await SqldServer.StartAsync();
        await using var transport = Open(server.Url, o => o.Namespace = null);
        var stream = await OpenAsync(transport);
        await stream.RunAsync("CREATE TABLE t(id)");
        await server.RestartAsync();
        Assert.Equal(0L, (await stream.RunAsync("SELECT count(*) FROM t"))[0, 0].AsInt64());
    }

    [Fact]
    public async Task A_namespace_that_does_not_exist_and_a_server_that_is_none_are_named()
    {
        await using var transport = Open(o => o.Namespace = "nowhere");
        var error = await Assert.ThrowsAsync<LibSqlException>(async () => await (await OpenAsync(transport)).RunAsync("SELECT 1"));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
        await using var elsewhere = Open(Database.Url + "/elsewhere");
        error = await Assert.ThrowsAsync<LibSqlException>(async () => await (await OpenAsync(elsewhere)).RunAsync("SELECT 1"));
        Assert.Contains("no libSQL server at " + Database.Url + "/elsewhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_a_free_stream_says_so()
    {
        await using var server = await SqldServer.StartAsync(new() { MaxConnections = 2 });
        var transport = Open(server.Url, o => o.Namespace = null);
        var streams = new List<HranaStream>();
        var error = await Assert.ThrowsAsync<LibSqlConnectionException>(async () =>
        {
            for (var i = 0; i < 4; i++)
            {
                streams.Add(await OpenAsync(transport));
                await streams[i].RunAsync("SELECT 1");
            }
        });
        Assert.Contains("stream limit", error.Message, StringComparison.Ordinal);
        Assert.Equal((true, false), (error.IsTransient, error.OutcomeUnknown));
        // Closing makes room, without waiting for the server to find out by itself.
        var trips = Statistics.RoundTrips;
        foreach (var stream in streams)
            stream.Close();
        Assert.Equal(trips + 2, Statistics.RoundTrips);
        await transport.DisposeAsync(); // which waits until the server was told
        await using var next = Open(server.Url, o => o.Namespace = null);
        await Eventually.IsTrueAsync(async () => await Record.ExceptionAsync(async () => await (await OpenAsync(next)).RunAsync("SELECT 1")) is null);
    }

    [Fact]
    public async Task An_inner_error_of_the_server_is_told_in_its_words()
    {
        await using var transport = Open();
        var error = await Assert.ThrowsAsync<LibSqlServerException>(async () => await (await OpenAsync(transport)).RunAsync("SELECT CAST(x'ff' AS TEXT)"));
        Assert.Contains("utf-8", error.Message, StringComparison.Ordinal);
        var cursor = await OpenAsync(transport);
        error = await Assert.ThrowsAsync<LibSqlServerException>(() => cursor.CursorAsync("SELEC"));
        Assert.Contains("could not be parsed", error.Message, StringComparison.Ordinal);
        Assert.False(cursor.IsAlive);
    }

    [Fact]
    public async Task A_stream_outlives_its_connection()
    {
        await using var proxy = new FaultProxy(Database.Server);
        await using var transport = Open(proxy.Url);
        var stream = await OpenAsync(transport);
        await stream.RunAsync("BEGIN");
        for (var i = 0; i < 5; i++)
            await stream.RunAsync("SELECT 1");
        Assert.Equal((1L, 1), (Statistics.SocketsOpened, proxy.Accepted));
        proxy.Cut();
        await Eventually.IsTrueAsync(() => proxy.Open == 0);
        Assert.False((await stream.SendAsync(new HranaRequest(RequestKind.GetAutocommit), Requests.Soon, CancellationToken.None)).IsAutocommit);
        Assert.Equal(7, Statistics.RoundTrips);
    }

    [Fact]
    public async Task Large_answers_come_compressed_where_the_link_is_slow()
    {
        await using var link = new SlowLink(Database.Server.Port, bytesPerSecond: 250_000);
        await using var transport = Open(link.Url);
        var stream = await OpenAsync(transport);
        var select = HranaRequest.Execute(Requests.Bind("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i, 'a text that comes again and again' FROM n"));
        for (var i = 0; i < 8; i++)
            Assert.Equal(2000, (await stream.SendAsync(select, Requests.Soon, CancellationToken.None)).Get<ResultSet>().Count);
        Assert.InRange(Statistics.CompressedAnswers, 1, 7);
        await stream.RunAsync("SELECT 1");
        var (received, compressed) = (Statistics.BytesReceived, Statistics.CompressedAnswers);
        Assert.Equal(2000, (await stream.SendAsync(select, Requests.Soon, CancellationToken.None)).Get<ResultSet>()[1999, 0].AsInt64());
        Assert.Equal(compressed + 1, Statistics.CompressedAnswers);
        Assert.InRange(Statistics.BytesReceived - received, 1000, select.Statement.Prepared.ExpectedBytes / 3);
        Assert.Equal(2003, (await stream.CursorAsync(select.Statement.Prepared.Sql)).Count);
        Assert.Equal(compressed + 2, Statistics.CompressedAnswers);
        Assert.Contains("Accept-Encoding: gzip\r\n", link.Sent, StringComparison.Ordinal);
        Assert.DoesNotContain("br\r\n", link.Sent, StringComparison.Ordinal);
        Assert.DoesNotContain("deflate", link.Sent, StringComparison.Ordinal);
    }

    private protected override ITransport Open(string url, LibSqlOptions options)
    {
        options.HttpEncoding = Encoding;
        return new HttpTransport(ServerAddress.Parse(url), options, Statistics, TimeProvider.System);
    }
}
