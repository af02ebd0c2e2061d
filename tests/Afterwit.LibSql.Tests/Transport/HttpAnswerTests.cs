using System.Text;
using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql.Tests.Transport;

/// <summary>Answers that a real server gives seldom, or never.</summary>
public sealed class HttpAnswerTests
{
    [Fact]
    public async Task A_stream_goes_on_where_the_server_says()
    {
        await using var second = new FakeHttpServer(Answer("second", null));
        await using var first = new FakeHttpServer(Answer("first", second.Url + "/moved/"));
        await using var transport = Open(first.Url + "/base");
        var stream = await transport.OpenAsync(Requests.Soon, CancellationToken.None);
        for (var i = 0; i < 3; i++)
            Assert.Equal(1L, (await stream.RunAsync("SELECT 1"))[0, 0].AsInt64());
        Assert.Equal(["/base/v3/pipeline"], first.Paths);
        Assert.Equal(["/moved/v3/pipeline", "/moved/v3/pipeline"], second.Paths);
    }

    [Theory]
    [InlineData("https://a.example", "secret", "https://b.example", true)]
    [InlineData("https://a.example", "secret", "http://b.example", false)]
    [InlineData("https://a.example", null, "http://b.example", true)]
    [InlineData("http://a.example", "secret", "http://b.example", true)]
    [InlineData("http://a.example", "secret", "https://b.example", true)]
    [InlineData("https://a.example", "secret", "file:///b", false)]
    [InlineData("https://a.example", "secret", "b", false)]
    public async Task A_token_never_goes_to_where_it_would_be_less_safe(string url, string? token, string baseUrl, bool isAllowed)
    {
        await using var transport = Open(url, token);
        Assert.Equal(isAllowed, transport.Move(baseUrl) is not null);
    }

    [Fact]
    public async Task A_place_that_is_refused_keeps_the_answer_and_ends_the_stream()
    {
        await using var server = new FakeHttpServer(Answer("x", "gopher://elsewhere"));
        await using var transport = Open(server.Url);
        var stream = await transport.OpenAsync(Requests.Soon, CancellationToken.None);
        Assert.Equal(1L, (await stream.RunAsync("SELECT 1"))[0, 0].AsInt64());
        Assert.False(stream.IsAlive);
        Assert.Contains("gopher", (await Assert.ThrowsAsync<LibSqlConnectionException>(() => stream.RunAsync("SELECT 1"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, null, "<html>hello</html>", typeof(HranaProtocolException))]
    [InlineData(200, "gzip", "this is no gzip", typeof(HranaProtocolException))]
    [InlineData(301, null, "", typeof(LibSqlException))]
    [InlineData(503, null, "overloaded", typeof(LibSqlConnectionException))]
    [InlineData(400, null, "Received a baton that has already been used", typeof(HranaProtocolException))]
    [InlineData(400, null, """{"message":"no","code":"ARGS_INVALID"}""", typeof(LibSqlServerException))]
    [InlineData(429, null, """{"error":"busy"}""", typeof(LibSqlConnectionException))]
    public async Task An_answer_that_is_none_is_an_error_with_the_url_and_the_end_of_the_stream(int status, string? encoding, string body, Type expected)
    {
        await using var server = new FakeHttpServer(Encoding.UTF8.GetBytes(body), status, encoding);
        await using var transport = Open(server.Url);
        var stream = await transport.OpenAsync(Requests.Soon, CancellationToken.None);
        var error = await Assert.ThrowsAnyAsync<LibSqlException>(() => stream.RunAsync("SELECT 1"));
        Assert.Equal(expected, error.GetType());
        Assert.False(stream.IsAlive);
        Assert.Single(server.Paths);
        if (!body.Contains("ARGS_INVALID", StringComparison.Ordinal))
            Assert.Contains(server.Url, error.Message, StringComparison.Ordinal);
        Assert.Equal(status is 200 or 503 || body.Contains("already", StringComparison.Ordinal), error.OutcomeUnknown);
    }

    [Fact]
    public async Task A_token_with_a_line_break_is_refused_without_being_shown()
    {
        var error = Assert.Throws<ArgumentException>(() => Open("http://a.example", "secret\n"));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        await using var transport = Open("http://a.example");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await transport.OpenAsync(Requests.Soon, cancelled.Token));
    }

    private static HttpTransport Open(string url, string? token = null) =>
        new(ServerAddress.Parse(url), new LibSqlOptions { AuthToken = token, HttpEncoding = HttpEncoding.Json }, new(), TimeProvider.System);

    private static byte[] Answer(string baton, string? baseUrl) => Encoding.UTF8.GetBytes(
        $"{{\"baton\":\"{baton}\",\"base_url\":{(baseUrl is null ? "null" : $"\"{baseUrl}\"")},"
        + """
        "results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"1"}],"rows":[[{"type":"integer","value":"1"}]]}}}]}
        """);
}
