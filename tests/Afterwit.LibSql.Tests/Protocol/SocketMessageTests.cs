using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Tests.Protocol;

/// <summary>Messages over a WebSocket: what is written is what a real server took, and its answers are read as what they say.</summary>
public sealed class SocketMessageTests
{
    public static TheoryData<string> Names => [.. GoldenSocket.Requests.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Requests_are_written_byte_for_byte_as_they_were_sent(string name)
    {
        var (request, buffer) = (GoldenSocket.Requests[name], new PooledBuffer());
        SocketMessages.WriteRequest(buffer, GoldenSocket.RequestId(request), GoldenSocket.Stream, request);
        Assert.Equal(Convert.ToHexString(GoldenSocket.Sent(name)), Convert.ToHexString(buffer.Written));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Answers_bear_the_number_and_the_kind_of_their_request(string name)
    {
        var request = GoldenSocket.Requests[name];
        var answer = SocketMessages.Read(GoldenSocket.Answer(name));
        var isError = name is "ws-execute-constraint" or "ws-execute-syntax" or "ws-sequence-error";
        Assert.Equal((isError ? SocketMessageKind.ResponseError : SocketMessageKind.ResponseOk, GoldenSocket.RequestId(request), isError ? default : request.Kind), (answer.Kind, answer.RequestId, answer.Answers));
    }

    [Fact]
    public void A_greeting_and_its_answers_are_known()
    {
        var buffer = new PooledBuffer();
        SocketMessages.WriteHello(buffer, null);
        Assert.Equal(GoldenSocket.Sent("ws-hello-ok"), buffer.Written.ToArray());
        Assert.Equal(SocketMessageKind.HelloOk, SocketMessages.Read(GoldenSocket.Answer("ws-hello-ok")).Kind);
        var refused = SocketMessages.Read(GoldenSocket.Answer("ws-hello-error"));
        Assert.Equal(SocketMessageKind.HelloError, refused.Kind);
        Assert.StartsWith("AUTH", ProtobufResponses.ReadError(refused.Body).Code, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_are_read_as_they_were_sent()
    {
        var result = Read("ws-execute-values").Get<ResultSet>();
        Assert.Equal(["n", "i", "r", "t", "b", "min", "empty", "none"], result.Columns.Select(c => c.Name));
        var sent = GoldenSocket.Requests["ws-execute-values"].Statement.Arguments;
        Assert.Equal(sent.Select(v => v.AsObject()), Enumerable.Range(0, sent.Count).Select(i => result[0, i].AsObject()));
    }

    [Fact]
    public void Rows_and_changes_are_read()
    {
        var rows = Read("ws-execute-rows").Get<ResultSet>();
        Assert.Equal((2, 1L, "one", 1.5, true), (rows.Count, rows[0, 0].AsInt64(), rows[0, 1].AsString(), rows[0, 2].AsDouble(), rows[1, 1].IsNull));
        Assert.Equal([0, 255], rows[1, 2].AsBlob());
        Assert.Equal([new("id", "INTEGER"), new("a", "TEXT"), new("b", null)], rows.Columns);
        var empty = Read("ws-execute-empty").Get<ResultSet>();
        Assert.Equal((0, 2), (empty.Count, empty.Columns.Count));
        var insert = Read("ws-execute-insert").Get<ResultSet>();
        Assert.Equal((2L, 4L, 0), (insert.AffectedRows, insert.LastInsertRowId!.Value, insert.Count));
        var returning = Read("ws-execute-returning").Get<ResultSet>();
        Assert.Equal((-5L, "r", -5L), (returning[0, 0].AsInt64(), returning[0, 1].AsString(), returning.LastInsertRowId!.Value));
        var named = Read("ws-execute-named").Get<ResultSet>();
        Assert.Equal((-1L, "b"), (named[0, 0].AsInt64(), named[0, 1].AsString()));
        Assert.Equal(42L, Read("ws-execute-stored").Get<ResultSet>()[0, 0].AsInt64());
    }

    [Theory]
    [InlineData("ws-execute-constraint", "SQLITE_CONSTRAINT")]
    [InlineData("ws-execute-syntax", "SQL_PARSE_ERROR")]
    public void Errors_are_read(string name, string code) => Assert.Equal(code, Read(name).Error!.Code);

    [Theory]
    [InlineData("ws-batch-ok", "11110", "00000")]
    [InlineData("ws-batch-error", "100011", "010000")]
    public void Batches_are_read(string name, string results, string errors)
    {
        var batch = Read(name).Get<BatchResult>();
        Assert.Equal(results, string.Concat(batch.Results.Select(r => r is null ? '0' : '1')));
        Assert.Equal(errors, string.Concat(batch.Errors.Select(e => e is null ? '0' : '1')));
    }

    [Fact]
    public void Descriptions_states_and_pages_of_a_cursor_are_read()
    {
        var select = Read("ws-describe").Get<StatementDescription>();
        Assert.Equal(["?", ":name", "?3"], select.Parameters.Select(p => p ?? "?"));
        Assert.Equal((2, true), (select.Columns.Count, select.IsReadOnly));
        Assert.False(Read("ws-describe-write").Get<StatementDescription>().IsReadOnly);
        Assert.True(Read("ws-get-autocommit").IsAutocommit);
        Assert.False(Read("ws-get-autocommit-open").IsAutocommit);
        var (part, rest) = (Read("ws-fetch-cursor-part").Get<CursorPage>(), Read("ws-fetch-cursor-rest").Get<CursorPage>());
        Assert.Equal((2, false, true), (part.Entries.Count, part.IsLast, rest.IsLast));
        Assert.Equal("begin end begin error begin end begin row end index".Split(' '), part.Entries.Concat(rest.Entries).Select(e => e.Kind switch
        {
            CursorEntryKind.StepBegin => "begin",
            CursorEntryKind.StepEnd => "end",
            CursorEntryKind.StepError => "error",
            CursorEntryKind.Row => "row",
            CursorEntryKind.ReplicationIndex => "index",
            _ => "failed",
        }));
    }

    private static HranaResponse Read(string name) => GoldenSocket.Read(GoldenSocket.Answer(name), GoldenSocket.Requests[name]);
}
