using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Afterwit.LibSql.Protocol;

/// <summary>Answers in JSON. The members of an object may come in any order, and unknown ones are passed over.</summary>
internal static class JsonResponses
{
    private static readonly ColumnDecoder DecodeColumns = encoded => new(Columns(JsonElement.Parse(encoded)));

    public static StreamHead ReadPipeline(ReadOnlySpan<byte> json, ReadOnlySpan<HranaRequest> requests, Span<HranaResponse> responses)
    {
        var asked = requests.ToArray();
        var (head, answers) = Read(json, message => (Head(message), Answers(message.Member("results"), asked)));
        answers.CopyTo(responses);
        return head;
    }

    /// <summary>The first line of a cursor.</summary>
    public static StreamHead ReadHead(ReadOnlySpan<byte> json) => Read(json, Head);

    /// <summary>Every other line of a cursor.</summary>
    public static CursorEntry ReadEntry(ReadOnlySpan<byte> json) => Read(json, Entry);

    /// <summary>What a body that is no answer says of its failure. Null when it says nothing.</summary>
    public static ServerError? ReadFailure(ReadOnlySpan<byte> json) =>
        Read(json, body => (body.Text("error") ?? body.Text("message")) is { } message ? new ServerError(message, body.Text("code")) : null);

    /// <summary>JSON is refused in four ways: it is none, it has another kind of value, a number that does not fit, or text that is no UTF-8.</summary>
    private static T Read<T>(ReadOnlySpan<byte> json, Func<JsonElement, T> read)
    {
        try
        {
            return read(JsonElement.Parse(json));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new HranaProtocolException($"The server's JSON is malformed: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static StreamHead Head(JsonElement json) => new(json.Text("baton"), json.Text("base_url"));

    private static HranaResponse[] Answers(JsonElement json, HranaRequest[] requests)
    {
        var count = json.GetArrayLength();
        return count == requests.Length
            ? [.. json.EnumerateArray().Zip(requests, Answer)]
            : throw new HranaProtocolException($"The server gave {count} answers to {requests.Length} requests.");
    }

    private static HranaResponse Answer(JsonElement json, HranaRequest request)
    {
        if (json.Optional("error") is { } error)
            return new(request.Kind, Error: Error(error));
        var response = json.Member("response");
        if (!response.Member("type").ValueEquals(JsonPipeline.Name(request.Kind)))
            throw new HranaProtocolException($"The server answered something else than {request.Kind}.");
        return request.Kind switch
        {
            RequestKind.Execute => new(request.Kind, Result(response.Member("result"), request.Statement.Prepared)),
            RequestKind.Batch => new(request.Kind, Batch(response.Member("result"), request.Steps!)),
            RequestKind.Describe => new(request.Kind, Description(response.Member("result"))),
            RequestKind.GetAutocommit => new(request.Kind, IsAutocommit: response.Member("is_autocommit").GetBoolean()),
            _ => new(request.Kind),
        };
    }

    private static ResultSet Result(JsonElement json, PreparedStatement statement)
    {
        var columns = statement.Columns(JsonMarshal.GetRawUtf8Value(json.Member("cols")), DecodeColumns);
        var (rows, values) = (json.Member("rows"), new List<SqlValue>());
        foreach (var row in rows.EnumerateArray())
        {
            if (row.GetArrayLength() != columns.Columns.Length)
                throw new JsonException($"a row has {row.GetArrayLength()} values for {columns.Columns.Length} columns");
            values.AddRange(row.EnumerateArray().Select(Value));
        }

        statement.Answered(JsonMarshal.GetRawUtf8Value(json).Length);
        return new(columns, [.. values], rows.GetArrayLength())
        {
            AffectedRows = json.Optional("affected_row_count")?.Int64() ?? 0,
            LastInsertRowId = json.Optional("last_insert_rowid")?.Int64(),
            ReplicationIndex = json.Index(),
            RowsRead = json.Optional("rows_read")?.Int64() ?? 0,
            RowsWritten = json.Optional("rows_written")?.Int64() ?? 0,
        };
    }

    private static BatchResult Batch(JsonElement json, IReadOnlyList<BoundStep> steps) => new(
        OfSteps(json.Member("step_results"), steps, (result, step) => Result(result, step.Statement.Prepared)),
        OfSteps(json.Member("step_errors"), steps, (error, _) => Error(error)))
    {
        ReplicationIndex = json.Index(),
    };

    private static T?[] OfSteps<T>(JsonElement json, IReadOnlyList<BoundStep> steps, Func<JsonElement, BoundStep, T> read) where T : class
    {
        if (json.GetArrayLength() > steps.Count)
            throw new HranaProtocolException($"The server answered {json.GetArrayLength()} steps of a batch of {steps.Count}.");
        var all = new T?[steps.Count];
        foreach (var (step, item) in json.EnumerateArray().Index())
            all[step] = item.ValueKind == JsonValueKind.Null ? null : read(item, steps[step]);
        return all;
    }

    private static StatementDescription Description(JsonElement json) => new(
        [.. json.Member("params").EnumerateArray().Select(p => p.Text("name"))],
        Columns(json.Member("cols")),
        json.Member("is_readonly").GetBoolean(),
        json.Member("is_explain").GetBoolean());

    private static CursorEntry Entry(JsonElement json) => json.Text("type") switch
    {
        "step_begin" => new(CursorEntryKind.StepBegin, json.Member("step").GetInt32(), new(Columns(json.Member("cols")))),
        "step_end" => new(CursorEntryKind.StepEnd),
        "step_error" => new(CursorEntryKind.StepError, json.Member("step").GetInt32(), Error: Error(json.Member("error"))),
        "row" => new(CursorEntryKind.Row, Row: [.. json.Member("row").EnumerateArray().Select(Value)]),
        "error" => new(CursorEntryKind.Error, Error: Error(json.Member("error"))),
        "replication_index" => new(CursorEntryKind.ReplicationIndex, ReplicationIndex: json.Index() ?? 0),
        var type => throw new JsonException($"an entry of a cursor has the unknown type '{type}'"),
    };

    private static Column[] Columns(JsonElement json) => [.. json.EnumerateArray().Select(c => new Column(c.Text("name") ?? "", c.Text("decltype")))];

    private static SqlValue Value(JsonElement json) => json.Text("type") switch
    {
        "null" => SqlValue.Null,
        "integer" => json.Member("value").Int64(),
        "float" => json.Member("value") is { ValueKind: not JsonValueKind.Null } real ? real.GetDouble() : double.NaN, // infinity looks the same: JSON has neither
        "text" => json.Text("value") ?? throw new JsonException("a text has no value"),
        "blob" => Base64(json.Text("base64") ?? throw new JsonException("a blob has no value")),
        var type => throw new JsonException($"a value has the unknown type '{type}'"),
    };

    /// <summary>The server writes no padding.</summary>
    private static byte[] Base64(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));

    private static ServerError Error(JsonElement json) => new(json.Text("message") ?? "", json.Text("code"));

    private static JsonElement Member(this JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value : throw new JsonException($"{name} is missing");

    private static JsonElement? Optional(this JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(this JsonElement json, string name) => json.Optional(name)?.GetString();

    /// <summary>The integers of SQL come as strings: numbers of JSON are doubles to many.</summary>
    private static long Int64(this JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? long.Parse(json.GetString()!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : json.GetInt64();

    private static ulong? Index(this JsonElement json) => json.Optional("replication_index") is not { } index ? null
        : index.ValueKind == JsonValueKind.String ? ulong.Parse(index.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture) : index.GetUInt64();
}
