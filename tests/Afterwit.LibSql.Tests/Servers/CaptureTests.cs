using System.Net.WebSockets;
using System.Text;
using Afterwit.Tests.Shared;
using static Afterwit.LibSql.Tests.Servers.Proto;

namespace Afterwit.LibSql.Tests.Servers;

/// <summary>
/// What a real server answers to requests made by hand. Data/golden holds one run of it, for the tests of the encoding; to write it anew:
/// <c>AFTERWIT_CAPTURE=1 dotnet test tests/Afterwit.LibSql.Tests --filter Capture</c>. Otherwise the requests are compared with the files, and the server has to take them.
/// </summary>
public sealed class CaptureTests : IAsyncLifetime
{
    private const string Table = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b); INSERT INTO t VALUES (1, 'one', 1.5), (2, NULL, x'00ff')";
    private const string Values = "SELECT ?1 AS n, ?2 AS i, ?3 AS r, ?4 AS t, ?5 AS b, ?6 AS min, ?7 AS empty, ?8 AS none";
    private static readonly bool Writes = Environment.GetEnvironmentVariable("AFTERWIT_CAPTURE") is not null;
    private static readonly string Folder = Repository.Path("tests", "Afterwit.LibSql.Tests", "Data", "golden");
    private SqldServer _server = null!;

    private static byte[] EveryValue => Stmt(
        Values, Argument(Null()), Argument(Integer(long.MaxValue)), Argument(Real(-0.1)), Argument(Text("héllo\0 👩‍👩‍👧")), Argument(Blob(0, 255, 1)),
        Argument(Integer(long.MinValue)), Argument(Text("")), Argument(Blob()));

    private static byte[] Transaction => Message(
        Step(null, "BEGIN IMMEDIATE"), Step(IsOk(0), "INSERT INTO t(a) VALUES ('in a batch')"), Step(IsOk(1), "SELECT a, b FROM t ORDER BY id"),
        Step(And(IsOk(2), Not(IsAutocommit())), "COMMIT"), Step(Not(IsOk(3)), "ROLLBACK"));

    private static byte[] Failing => Message(
        Step(null, "BEGIN IMMEDIATE"), Step(IsOk(0), "INSERT INTO t(id) VALUES (1)"), Step(IsOk(1), "SELECT 'skipped'"), Step(IsOk(1), "COMMIT"),
        Step(Or(IsError(1), IsError(3)), "ROLLBACK"), Step(null, "SELECT 'after'"));

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        _server = await SqldServer.StartAsync();
        using var raw = new RawSqld(_server.Url);
        await raw.RunAsync(Table);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Capture_protobuf_over_web_socket()
    {
        using var socket = await ConnectAsync(_server);
        await AskAsync(socket, "ws-hello-ok", Field(1, []));
        await RequestAsync(socket, "ws-open-stream", 2, Field(1, 7));
        await RequestAsync(socket, "ws-execute-values", 4, Field(1, 7), Field(2, EveryValue));
        await RequestAsync(socket, "ws-execute-rows", 4, Field(1, 7), Field(2, Stmt("SELECT * FROM t ORDER BY id")));
        await RequestAsync(socket, "ws-execute-empty", 4, Field(1, 7), Field(2, Stmt("SELECT id, a FROM t WHERE false")));
        await RequestAsync(socket, "ws-execute-insert", 4, Field(1, 7), Field(2, Stmt("INSERT INTO t(a) VALUES (?), (?)", Argument(Text("x")), Argument(Text("y")))));
        await RequestAsync(socket, "ws-execute-named", 4, Field(1, 7), Field(2, Stmt("SELECT :a, @b", Argument("a", Integer(-1)), Argument("@b", Text("b")))));
        await RequestAsync(socket, "ws-execute-returning", 4, Field(1, 7), Field(2, Stmt("INSERT INTO t(id, a) VALUES (-5, 'r') RETURNING id, a")));
        await RequestAsync(socket, "ws-execute-constraint", 4, Field(1, 7), Field(2, Stmt("INSERT INTO t(id) VALUES (1)")));
        await RequestAsync(socket, "ws-execute-syntax", 4, Field(1, 7), Field(2, Stmt("SELEC 1")));
        await RequestAsync(socket, "ws-batch-ok", 5, Field(1, 7), Field(2, Transaction));
        await RequestAsync(socket, "ws-batch-error", 5, Field(1, 7), Field(2, Failing));
        await RequestAsync(socket, "ws-sequence", 9, Field(1, 7), Field(2, "CREATE TABLE s1(x); DROP TABLE s1;"));
        await RequestAsync(socket, "ws-sequence-error", 9, Field(1, 7), Field(2, "SELECT 1; INSERT INTO none VALUES (1)"));
        await RequestAsync(socket, "ws-describe", 10, Field(1, 7), Field(2, "SELECT id, a FROM t WHERE id = ? AND a = :name AND b = ?3"));
        await RequestAsync(socket, "ws-describe-write", 10, Field(1, 7), Field(2, "INSERT INTO t(a) VALUES (?)"));
        await RequestAsync(socket, "ws-store-sql", 11, Field(1, 9), Field(2, "SELECT ?1 + 1"));
        await RequestAsync(socket, "ws-execute-stored", 4, Field(1, 7), Field(2, Field(2, 9), Argument(Integer(41)), Field(5, 1)));
        await RequestAsync(socket, "ws-close-sql", 12, Field(1, 9));
        await RequestAsync(socket, "ws-get-autocommit", 13, Field(1, 7));
        await RequestAsync(socket, "ws-execute-begin", 4, Field(1, 7), Field(2, Stmt("BEGIN")));
        await RequestAsync(socket, "ws-get-autocommit-open", 13, Field(1, 7));
        await RequestAsync(socket, "ws-execute-rollback", 4, Field(1, 7), Field(2, Stmt("ROLLBACK")));
        await RequestAsync(socket, "ws-open-cursor", 6, Field(1, 7), Field(2, 3), Field(3, Failing));
        await RequestAsync(socket, "ws-fetch-cursor-part", 8, Field(1, 3), Field(2, 2));
        await RequestAsync(socket, "ws-fetch-cursor-rest", 8, Field(1, 3), Field(2, 100));
        await RequestAsync(socket, "ws-close-cursor", 7, Field(1, 3));
        await RequestAsync(socket, "ws-close-stream", 3, Field(1, 7));
        // The server ends the connection without a close frame of its own: there is none to wait for.
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Deadline());
    }

    [Fact]
    public async Task Capture_a_hello_without_a_right()
    {
        using var jwt = await Jwt.CreateAsync();
        await using var server = await SqldServer.StartAsync(new() { JwtKeyFile = jwt.KeyFile });
        using var socket = await ConnectAsync(server);
        await AskAsync(socket, "ws-hello-error", Field(1, []));
    }

    [Fact]
    public async Task Capture_protobuf_over_http()
    {
        await PipelineAsync("http-pb-execute-values", Field(2, Field(1, EveryValue)));
        await PipelineAsync("http-pb-execute-rows", Field(2, Field(1, Stmt("SELECT * FROM t ORDER BY id"))));
        await PipelineAsync("http-pb-execute-error", Field(2, Field(1, Stmt("INSERT INTO t(id) VALUES (1)"))), Field(2, Field(1, Stmt("SELECT 1"))));
        await PipelineAsync("http-pb-execute-syntax", Field(2, Field(1, Stmt("SELEC 1"))));
        await PipelineAsync("http-pb-batch-ok", Field(3, Field(1, Transaction)));
        await PipelineAsync("http-pb-batch-error", Field(3, Field(1, Failing)));
        await PipelineAsync(
            "http-pb-all-others", Field(4, Field(1, "SELECT 1; SELECT 2")), Field(5, Field(1, "SELECT id FROM t WHERE a = :a")),
            Field(6, Field(1, 1), Field(2, "SELECT 1")), Field(7, Field(1, 1)), Field(8, []));
        await PostAsync("http-pb-baton", "/v3-protobuf/pipeline", Field(2, Field(8, [])));
        await PostAsync("cursor-pb", "/v3-protobuf/cursor", Field(2, Failing));
        await PostAsync("cursor-pb-rows", "/v3-protobuf/cursor", Field(2, Step(null, "SELECT * FROM t ORDER BY id"), Step(IsOk(0), "SELECT 2")));
    }

    [Fact]
    public async Task Capture_json_over_http()
    {
        const string Steps = """{"batch":{"steps":[{"stmt":{"sql":"SELECT id, a, b FROM t ORDER BY id"}},{"stmt":{"sql":"INSERT INTO t(id) VALUES (1)"}},{"condition":{"type":"ok","step":1},"stmt":{"sql":"SELECT 1"}}]}""";
        await PostAsync("http-json-execute-rows", "/v3/pipeline", """{"requests":[{"type":"execute","stmt":{"sql":"SELECT id, a, b, NULL, 1.0 FROM t ORDER BY id"}},{"type":"close"}]}"""u8.ToArray());
        await PostAsync("http-json-batch-error", "/v3/pipeline", Encoding.UTF8.GetBytes($$"""{"requests":[{"type":"batch",{{Steps[1..]}} },{"type":"close"}]}"""));
        await PostAsync("http-json-execute-error", "/v3/pipeline", """{"requests":[{"type":"execute","stmt":{"sql":"INSERT INTO t(id) VALUES (1)"}},{"type":"close"}]}"""u8.ToArray());
        await PostAsync("cursor-json", "/v3/cursor", Encoding.UTF8.GetBytes(Steps + "}"));
    }

    private static async Task<ClientWebSocket> ConnectAsync(SqldServer server)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("hrana3-protobuf");
        await socket.ConnectAsync(new(server.WsUrl), Deadline());
        return socket;
    }

    /// <summary>A request with an id of its own, which its answer has to bear.</summary>
    private static Task RequestAsync(ClientWebSocket socket, string name, int kind, params byte[][] fields) =>
        AskAsync(socket, name, Field(2, Field(1, 300 + kind), Field(kind, fields)));

    private static async Task AskAsync(ClientWebSocket socket, string name, byte[] request)
    {
        await socket.SendAsync(request, WebSocketMessageType.Binary, true, Deadline());
        var buffer = new byte[64 * 1024];
        var answer = await socket.ReceiveAsync(buffer, Deadline());
        Assert.True(answer.EndOfMessage && answer.MessageType == WebSocketMessageType.Binary, name);
        Keep(name, request, buffer[..answer.Count]);
    }

    private static CancellationToken Deadline() => new CancellationTokenSource(Eventually.Patience).Token;

    private static void Keep(string name, byte[] request, byte[] response)
    {
        var files = (Request: Path.Combine(Folder, $"{name}.request.bin"), Response: Path.Combine(Folder, $"{name}.response.bin"));
        if (Writes)
        {
            File.WriteAllBytes(files.Request, request);
            File.WriteAllBytes(files.Response, response);
        }

        Assert.Equal(File.ReadAllBytes(files.Request), request);
        Assert.NotEmpty(response);
        Assert.True(File.Exists(files.Response), files.Response);
    }

    /// <summary>Requests of the pipeline, with the close of the stream behind them.</summary>
    private Task PipelineAsync(string name, params byte[][] requests) => PostAsync(name, "/v3-protobuf/pipeline", Message([.. requests.Select(r => Field(2, r)), Field(2, Field(1, []))]));

    private async Task PostAsync(string name, string path, byte[] request)
    {
        using var http = new HttpClient();
        using var content = new ByteArrayContent(request);
        using var response = await http.PostAsync(_server.Url + path, content);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, $"{name}: {response.StatusCode} {Encoding.UTF8.GetString(body)}");
        Keep(name, request, body);
    }
}
