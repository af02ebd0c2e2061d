using Afterwit.LibSql.Protocol;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Protocol;

/// <summary>What was said with a real server over a WebSocket: each request as it was sent, and its answer.</summary>
internal static class GoldenSocket
{
    /// <summary>The stream, the cursor and the stored text that the requests name.</summary>
    public const int Stream = 7;

    private const string Values = "SELECT ?1 AS n, ?2 AS i, ?3 AS r, ?4 AS t, ?5 AS b, ?6 AS min, ?7 AS empty, ?8 AS none";
    private const int Cursor = 3;
    private const int Text = 9;

    /// <summary>All requests but the greetings, as this client asks them.</summary>
    public static IReadOnlyDictionary<string, HranaRequest> Requests { get; } = new Dictionary<string, HranaRequest>(StringComparer.Ordinal)
    {
        ["ws-open-stream"] = new(RequestKind.OpenStream),
        ["ws-execute-values"] = Execute(Values, SqlValue.Null, long.MaxValue, -0.1, "héllo\0 👩‍👩‍👧", new byte[] { 0, 255, 1 }, long.MinValue, "", Array.Empty<byte>()),
        ["ws-execute-rows"] = Execute("SELECT * FROM t ORDER BY id"),
        ["ws-execute-empty"] = Execute("SELECT id, a FROM t WHERE false"),
        ["ws-execute-insert"] = Execute("INSERT INTO t(a) VALUES (?), (?)", "x", "y"),
        ["ws-execute-named"] = HranaRequest.Execute(new(new("SELECT :a, @b"), [-1L, "b"], ["a", "@b"])),
        ["ws-execute-returning"] = Execute("INSERT INTO t(id, a) VALUES (-5, 'r') RETURNING id, a"),
        ["ws-execute-constraint"] = Execute("INSERT INTO t(id) VALUES (1)"),
        ["ws-execute-syntax"] = Execute("SELEC 1"),
        ["ws-batch-ok"] = Transaction,
        ["ws-batch-error"] = Failing,
        ["ws-sequence"] = HranaRequest.Sequence(new("CREATE TABLE s1(x); DROP TABLE s1;")),
        ["ws-sequence-error"] = HranaRequest.Sequence(new("SELECT 1; INSERT INTO none VALUES (1)")),
        ["ws-describe"] = HranaRequest.Describe(new("SELECT id, a FROM t WHERE id = ? AND a = :name AND b = ?3")),
        ["ws-describe-write"] = HranaRequest.Describe(new("INSERT INTO t(a) VALUES (?)")),
        ["ws-store-sql"] = new(RequestKind.StoreSql) { Id = Text, Statement = new(new("SELECT ?1 + 1"), []) },
        ["ws-execute-stored"] = HranaRequest.Execute(new(new("SELECT ?1 + 1"), [41L], SqlId: Text)),
        ["ws-close-sql"] = new(RequestKind.CloseSql) { Id = Text },
        ["ws-get-autocommit"] = new(RequestKind.GetAutocommit),
        ["ws-execute-begin"] = Execute("BEGIN"),
        ["ws-get-autocommit-open"] = new(RequestKind.GetAutocommit),
        ["ws-execute-rollback"] = Execute("ROLLBACK"),
        ["ws-open-cursor"] = Failing with { Kind = RequestKind.OpenCursor, Id = Cursor },
        ["ws-fetch-cursor-part"] = new(RequestKind.FetchCursor) { Id = Cursor, MaxCount = 2 },
        ["ws-fetch-cursor-rest"] = new(RequestKind.FetchCursor) { Id = Cursor, MaxCount = 100 },
        ["ws-close-cursor"] = new(RequestKind.CloseCursor) { Id = Cursor },
        ["ws-close-stream"] = new(RequestKind.CloseStream),
    };

    private static HranaRequest Transaction => LibSql.Tests.Transport.Requests.Batch(
        ("BEGIN IMMEDIATE", null), ("INSERT INTO t(a) VALUES ('in a batch')", BatchCondition.Ok(0)), ("SELECT a, b FROM t ORDER BY id", BatchCondition.Ok(1)),
        ("COMMIT", BatchCondition.All(BatchCondition.Ok(2), BatchCondition.Not(BatchCondition.IsAutocommit))), ("ROLLBACK", BatchCondition.Not(BatchCondition.Ok(3))));

    private static HranaRequest Failing => LibSql.Tests.Transport.Requests.Batch(
        ("BEGIN IMMEDIATE", null), ("INSERT INTO t(id) VALUES (1)", BatchCondition.Ok(0)), ("SELECT 'skipped'", BatchCondition.Ok(1)), ("COMMIT", BatchCondition.Ok(1)),
        ("ROLLBACK", BatchCondition.Any(BatchCondition.Error(1), BatchCondition.Error(3))), ("SELECT 'after'", null));

    /// <summary>The number each request bore.</summary>
    public static int RequestId(in HranaRequest request) => 300 + (int)request.Kind;

    public static byte[] Sent(string name) => Bytes(name, "request");

    public static byte[] Answer(string name) => Bytes(name, "response");

    /// <summary>Reads an answer as a stream does.</summary>
    public static HranaResponse Read(ReadOnlySpan<byte> answer, in HranaRequest request)
    {
        var message = SocketMessages.Read(answer);
        switch (message.Kind)
        {
            case SocketMessageKind.ResponseOk when message.Answers != request.Kind:
                throw new HranaProtocolException("another answer");
            case SocketMessageKind.ResponseOk:
                return ProtobufResponses.Read(message.Body, request);
            case SocketMessageKind.HelloOk:
                return default;
            default:
                return new(request.Kind, Error: ProtobufResponses.ReadError(message.Body));
        }
    }

    private static HranaRequest Execute(string sql, params SqlValue[] arguments) => LibSql.Tests.Transport.Requests.Execute(sql, arguments);

    private static byte[] Bytes(string name, string what) => File.ReadAllBytes(Repository.Path("tests", "Afterwit.LibSql.Tests", "Data", "golden", $"{name}.{what}.bin"));
}
