using System.Text;
using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Tests.Transport;

namespace Afterwit.LibSql.Tests.Protocol;

/// <summary>Messages over HTTP: what is written, and what the messages of a real server are read as.</summary>
public sealed class PipelineTests
{
    [Fact]
    public void Values_of_a_real_server_are_read()
    {
        var (head, answers) = Golden.Read("http-pb-execute-values");
        Assert.Equal(default, head);
        var row = answers[0].Get<ResultSet>()[0];
        Assert.Equal(["n", "i", "r", "t", "b", "min", "empty", "none"], row.Result.Columns.Select(c => c.Name));
        object[] expected = [DBNull.Value, long.MaxValue, -0.1, "héllo\0 👩‍👩‍👧", new byte[] { 0, 255, 1 }, long.MinValue, "", Array.Empty<byte>()];
        Assert.Equal(expected, Enumerable.Range(0, 8).Select(i => row[i].AsObject()));
        Assert.Equal(RequestKind.CloseStream, answers[1].Kind);
    }

    [Theory]
    [InlineData("http-pb-execute-rows")]
    [InlineData("http-json-execute-rows")]
    public void Rows_of_a_real_server_are_read(string name)
    {
        var result = Golden.Read(name).Answers[0].Get<ResultSet>();
        Assert.Equal([new("id", "INTEGER"), new("a", "TEXT"), new("b", null)], result.Columns.Take(3));
        object[] first = [1L, "one", 1.5];
        object[] second = [2L, DBNull.Value, new byte[] { 0, 255 }];
        Assert.Equal(first, Enumerable.Range(0, 3).Select(i => result[0, i].AsObject()));
        Assert.Equal(second, Enumerable.Range(0, 3).Select(i => result[1, i].AsObject()));
        Assert.NotNull(result.ReplicationIndex);
    }

    [Theory]
    [InlineData("http-pb-execute-error", "SQLITE_CONSTRAINT")]
    [InlineData("http-json-execute-error", "SQLITE_CONSTRAINT")]
    [InlineData("http-pb-execute-syntax", "SQL_PARSE_ERROR")]
    public void Errors_of_a_real_server_are_read(string name, string code)
    {
        var answers = Golden.Read(name).Answers;
        Assert.Equal(code, answers[0].Error!.Code);
        Assert.Null(answers[^1].Error);
    }

    [Theory]
    [InlineData("http-pb-batch-error", "100011", "010000")]
    [InlineData("http-json-batch-error", "100", "010")]
    [InlineData("http-pb-batch-ok", "11110", "00000")]
    public void Batches_of_a_real_server_are_read(string name, string results, string errors)
    {
        var batch = Golden.Read(name).Answers[0].Get<BatchResult>();
        Assert.Equal(results, string.Concat(batch.Results.Select(r => r is null ? '0' : '1')));
        Assert.Equal(errors, string.Concat(batch.Errors.Select(e => e is null ? '0' : '1')));
    }

    [Fact]
    public void All_other_answers_and_the_baton_of_a_real_server_are_read()
    {
        var answers = Golden.Read("http-pb-all-others").Answers;
        Assert.All(answers, a => Assert.Null(a.Error));
        Assert.Equal([":a"], answers[1].Get<StatementDescription>().Parameters);
        Assert.True(answers[4].IsAutocommit);
        Assert.Equal(64, Golden.Read("http-pb-baton").Head.Baton!.Length);
    }

    [Theory]
    [InlineData("cursor-pb", "begin:0 end begin:1 error:1 begin:4 end begin:5 row end index")]
    [InlineData("cursor-pb-rows", "begin:0 row row row end begin:1 row end index")]
    [InlineData("cursor-json", "begin:0 row row end begin:1 error:1 index")]
    public void Cursors_of_a_real_server_are_read_however_they_are_cut(string name, string expected)
    {
        var (messages, answer) = (Golden.Messages(name), Golden.Answer(name));
        var (head, entries) = Golden.ReadCursor(messages, answer);
        Assert.Equal(64, head.Baton!.Length);
        Assert.Equal(expected, string.Join(' ', entries.Select(e => e.Kind switch
        {
            CursorEntryKind.StepBegin => $"begin:{e.Step}",
            CursorEntryKind.StepError => $"error:{e.Step}",
            CursorEntryKind.StepEnd => "end",
            CursorEntryKind.Row => "row",
            CursorEntryKind.ReplicationIndex => e.ReplicationIndex > 0 ? "index" : "no index",
            _ => "error",
        })));
        var whole = messages.TakeMessage(answer, out _);
        for (var length = 0; length < whole; length++)
            Assert.Equal(0, messages.TakeMessage(answer.AsSpan(0, length), out _));
    }

    [Fact]
    public void Json_leaves_integers_and_base64_unescaped_and_all_else_valid()
    {
        var request = HranaRequest.Execute(new(new("SELECT 'é<>'"), [long.MinValue, new byte[] { 0xFB, 0xEF, 0xBE }, "\ud800 + \"\0", 0.5, SqlValue.Null, double.NaN], ["a", "b", "c", "d", "e", "f"]), 7);
        Assert.Equal(
            """{"baton":"b+/=","requests":[{"type":"execute","stmt":{"sql":"SELECT 'é<>'","named_args":[{"name":"a","value":{"type":"integer","value":"-9223372036854775808"}},{"name":"b","value":{"type":"blob","base64":"++++"}},{"name":"c","value":{"type":"text","value":"\uFFFD + \"\u0000"}},{"name":"d","value":{"type":"float","value":0.5}},{"name":"e","value":{"type":"null"}},{"name":"f","value":{"type":"null"}}],"want_rows":true,"replication_index":"7"}},{"type":"store_sql","sql_id":3,"sql":"SELECT 2"},{"type":"execute","stmt":{"sql_id":3,"args":[],"want_rows":true}},{"type":"close_sql","sql_id":3},{"type":"get_autocommit"},{"type":"close"}]}""",
            Write(JsonPipeline.Instance, "b+/=", request, new(RequestKind.StoreSql) { Id = 3, Statement = new(new("SELECT 2"), []) }, HranaRequest.Execute(new(new("SELECT 2"), [], SqlId: 3)), new(RequestKind.CloseSql) { Id = 3 }, new(RequestKind.GetAutocommit), Golden.Close));
    }

    [Fact]
    public void Json_conditions_are_written_as_the_protocol_has_them()
    {
        var condition = BatchCondition.All(BatchCondition.Not(BatchCondition.Ok(0)), BatchCondition.Any(BatchCondition.Error(0), BatchCondition.IsAutocommit));
        var buffer = new PooledBuffer();
        JsonPipeline.Instance.WriteCursor(buffer, null, HranaRequest.Batch([new(Requests.Bind("a"), null), new(Requests.Bind("b"), condition)], 9));
        Assert.Equal(
            """{"baton":null,"batch":{"steps":[{"stmt":{"sql":"a","args":[],"want_rows":true}},{"condition":{"type":"and","conds":[{"type":"not","cond":{"type":"ok","step":0}},{"type":"or","conds":[{"type":"error","step":0},{"type":"is_autocommit"}]}]},"stmt":{"sql":"b","args":[],"want_rows":true}}],"replication_index":"9"}}""",
            Encoding.UTF8.GetString(buffer.Written));
    }

    [Theory]
    [InlineData("""{"baton":null,"results":[]}""")]
    [InlineData("""{"results":[{"type":"ok","response":{"type":"batch","result":{}}}]}""")]
    [InlineData("""{"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"a"}],"rows":[[]]}}}]}""")]
    [InlineData("""{"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"a"}],"rows":[[{"type":"integer","value":"9223372036854775808"}]]}}}]}""")]
    [InlineData("""{"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"a"}],"rows":[[{"type":"blob","base64":"A"}]]}}}]}""")]
    [InlineData("""{"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"a"}],"rows":[[{"type":"blob","base64":" A=="}]]}}}]}""")]
    [InlineData("""{"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"a"}],"rows":[[{"type":"text","value":"\ud800"}]]}}}]}""")]
    [InlineData("""{"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"a"}],"rows":[[{"type":"text"}]]}}}]}""")]
    [InlineData("""{"results":[{"type":"ok"},{"type":"ok"}]}""")]
    [InlineData("""{"results":{}}""")]
    [InlineData("<html>")]
    [InlineData("")]
    public void Malformed_json_is_an_error_of_the_protocol(string json) =>
        Assert.Throws<HranaProtocolException>(() => Golden.Read(JsonPipeline.Instance, Encoding.UTF8.GetBytes(json), [Requests.Execute("SELECT 1")]));

    [Fact]
    public void A_short_message_cannot_ask_for_much_memory()
    {
        var buffer = new PooledBuffer();
        var (item, ok, response, result) = (buffer.Begin(3), buffer.Begin(1), buffer.Begin(2), buffer.Begin(1));
        for (var i = 0; i < 30_000; i++)
            buffer.WriteEmpty(1 + (i % 2));
        foreach (var start in new[] { result, response, ok, item })
            buffer.End(start);
        var error = Assert.Throws<HranaProtocolException>(() => Golden.Read(ProtobufPipeline.Instance, buffer.Written, [Requests.Execute("SELECT 1")]));
        Assert.Contains("cannot hold", error.Message, StringComparison.Ordinal);
    }

    private static string Write(PipelineMessages messages, string? baton, params HranaRequest[] requests)
    {
        var buffer = new PooledBuffer();
        messages.WritePipeline(buffer, baton, requests);
        return Encoding.UTF8.GetString(buffer.Written);
    }
}
