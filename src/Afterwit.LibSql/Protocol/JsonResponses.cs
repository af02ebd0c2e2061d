using System.Buffers.Text;
using System.Text.Json;

namespace Afterwit.LibSql.Protocol;

/// <summary>Answers in JSON. The members of an object may come in any order, and unknown ones are passed over.</summary>
internal static class JsonResponses
{
    private static readonly ColumnDecoder DecodeColumns = ReadColumns;

    public static StreamHead ReadPipeline(ReadOnlySpan<byte> json, ReadOnlySpan<HranaRequest> requests, Span<HranaResponse> responses)
    {
        try
        {
            var (head, answered) = (default(StreamHead), 0);
            var reader = Start(json);
            while (NextMember(ref reader, out var name))
            {
                if (!name.SequenceEqual("results"u8))
                {
                    ReadHeadMember(ref reader, name, ref head);
                    continue;
                }

                Expect(reader, JsonTokenType.StartArray);
                for (; NextItem(ref reader); answered++)
                {
                    if (answered >= requests.Length)
                        throw new HranaProtocolException($"The server gave more answers than the {requests.Length} requests of the message.");
                    responses[answered] = ReadAnswer(ref reader, json, requests[answered]);
                }
            }

            return answered == requests.Length ? head : throw new HranaProtocolException($"The server gave {answered} answers to {requests.Length} requests.");
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw Malformed(e);
        }
    }

    /// <summary>The first line of a cursor.</summary>
    public static StreamHead ReadHead(ReadOnlySpan<byte> json)
    {
        try
        {
            var head = default(StreamHead);
            var reader = Start(json);
            while (NextMember(ref reader, out var name))
                ReadHeadMember(ref reader, name, ref head);
            return head;
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw Malformed(e);
        }
    }

    /// <summary>Every other line of a cursor.</summary>
    public static CursorEntry ReadEntry(ReadOnlySpan<byte> json)
    {
        try
        {
            var (entry, kind) = (default(CursorEntry), default(CursorEntryKind?));
            var reader = Start(json);
            while (NextMember(ref reader, out var name))
            {
                if (name.SequenceEqual("type"u8))
                    kind = EntryKind(reader);
                else if (name.SequenceEqual("step"u8))
                    entry = entry with { Step = reader.GetInt32() };
                else if (name.SequenceEqual("cols"u8))
                    entry = entry with { Columns = new([.. ReadColumnList(ref reader)]) };
                else if (name.SequenceEqual("error"u8))
                    entry = entry with { Error = ReadError(ref reader) };
                else if (name.SequenceEqual("replication_index"u8))
                    entry = entry with { ReplicationIndex = ReadUInt64(reader) ?? 0 };
                else if (name.SequenceEqual("row"u8))
                {
                    var values = new List<SqlValue>();
                    ReadRow(ref reader, values);
                    entry = entry with { Row = [.. values] };
                }
                else
                    reader.Skip();
            }

            return entry with { Kind = kind ?? throw new JsonException("an entry of a cursor has no type") };
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw Malformed(e);
        }
    }

    /// <summary>What a body that is no answer says of its failure.</summary>
    /// <returns>Null when it is no JSON of the server's.</returns>
    public static ServerError? TryReadFailure(ReadOnlySpan<byte> json)
    {
        try
        {
            var error = default(ServerError);
            var reader = Start(json);
            while (NextMember(ref reader, out var name))
            {
                if (name.SequenceEqual("error"u8) || name.SequenceEqual("message"u8))
                    error = new(reader.GetString()!, error?.Code);
                else if (name.SequenceEqual("code"u8))
                    error = new(error?.Message ?? "", reader.GetString());
                else
                    reader.Skip();
            }

            return error;
        }
        catch (Exception e) when (IsMalformed(e))
        {
            return null;
        }
    }

    private static HranaResponse ReadAnswer(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in HranaRequest request)
    {
        var answer = default(HranaResponse?);
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            if (name.SequenceEqual("response"u8))
                answer = ReadResponse(ref reader, json, request);
            else if (name.SequenceEqual("error"u8))
                answer = new(request.Kind, Error: ReadError(ref reader));
            else
                reader.Skip();
        }

        return answer ?? throw new JsonException($"the answer to {request.Kind} is empty");
    }

    private static HranaResponse ReadResponse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, in HranaRequest request)
    {
        var answer = new HranaResponse(request.Kind);
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            if (name.SequenceEqual("type"u8) && !reader.ValueTextEquals(JsonPipeline.Name(request.Kind)))
                throw new HranaProtocolException($"The server answered something else than {request.Kind}.");
            if (name.SequenceEqual("is_autocommit"u8))
                answer = answer with { IsAutocommit = reader.GetBoolean() };
            else if (name.SequenceEqual("result"u8))
            {
                answer = answer with
                {
                    Payload = request.Kind switch
                    {
                        RequestKind.Execute => ReadResult(ref reader, json, request.Statement.Prepared),
                        RequestKind.Batch => ReadBatch(ref reader, json, request.Steps!),
                        RequestKind.Describe => ReadDescription(ref reader),
                        _ => throw new JsonException($"{request.Kind} has no result"),
                    },
                };
            }
            else
                reader.Skip();
        }

        return answer;
    }

    private static ResultSet ReadResult(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, PreparedStatement statement)
    {
        var (start, columns, values, rows) = ((int)reader.TokenStartIndex, ResultColumns.None, new List<SqlValue>(), 0);
        var (affected, rowId, index, read, written, width) = (0L, default(long?), default(ulong?), 0L, 0L, 0);
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            if (name.SequenceEqual("cols"u8))
            {
                var from = (int)reader.TokenStartIndex;
                reader.Skip();
                columns = statement.Columns(json[from..(int)reader.BytesConsumed], DecodeColumns);
            }
            else if (name.SequenceEqual("rows"u8))
            {
                Expect(reader, JsonTokenType.StartArray);
                for (; NextItem(ref reader); rows++)
                {
                    var before = values.Count;
                    ReadRow(ref reader, values);
                    if (rows == 0)
                        width = values.Count;
                    else if (values.Count - before != width)
                        throw new JsonException($"a row has {values.Count - before} values, another one {width}");
                }
            }
            else if (name.SequenceEqual("affected_row_count"u8))
                affected = ReadInt64(reader) ?? 0;
            else if (name.SequenceEqual("last_insert_rowid"u8))
                rowId = ReadInt64(reader);
            else if (name.SequenceEqual("replication_index"u8))
                index = ReadUInt64(reader);
            else if (name.SequenceEqual("rows_read"u8))
                read = ReadInt64(reader) ?? 0;
            else if (name.SequenceEqual("rows_written"u8))
                written = ReadInt64(reader) ?? 0;
            else
                reader.Skip();
        }

        if (rows > 0 && width != columns.Columns.Length)
            throw new JsonException($"a row has {width} values for {columns.Columns.Length} columns");
        statement.Answered((int)reader.BytesConsumed - start);
        return new(columns, [.. values], rows) { AffectedRows = affected, LastInsertRowId = rowId, ReplicationIndex = index, RowsRead = read, RowsWritten = written };
    }

    private static BatchResult ReadBatch(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, IReadOnlyList<BoundStep> steps)
    {
        var (results, errors, index) = (new ResultSet?[steps.Count], new ServerError?[steps.Count], default(ulong?));
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            var isResult = name.SequenceEqual("step_results"u8);
            if (isResult || name.SequenceEqual("step_errors"u8))
            {
                Expect(reader, JsonTokenType.StartArray);
                for (var step = 0; NextItem(ref reader); step++)
                {
                    if (step >= steps.Count)
                        throw new HranaProtocolException($"The server answered step {step} of a batch of {steps.Count}.");
                    if (reader.TokenType == JsonTokenType.Null)
                        continue;
                    if (isResult)
                        results[step] = ReadResult(ref reader, json, steps[step].Statement.Prepared);
                    else
                        errors[step] = ReadError(ref reader);
                }
            }
            else if (name.SequenceEqual("replication_index"u8))
                index = ReadUInt64(reader);
            else
                reader.Skip();
        }

        return new(results, errors) { ReplicationIndex = index };
    }

    private static StatementDescription ReadDescription(ref Utf8JsonReader reader)
    {
        var (parameters, columns, isExplain, isReadOnly) = (new List<string?>(), new List<Column>(), false, false);
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            if (name.SequenceEqual("params"u8))
            {
                Expect(reader, JsonTokenType.StartArray);
                while (NextItem(ref reader))
                    parameters.Add(ReadNames(ref reader).Name);
            }
            else if (name.SequenceEqual("cols"u8))
                columns = ReadColumnList(ref reader);
            else if (name.SequenceEqual("is_explain"u8))
                isExplain = reader.GetBoolean();
            else if (name.SequenceEqual("is_readonly"u8))
                isReadOnly = reader.GetBoolean();
            else
                reader.Skip();
        }

        return new(parameters, columns, isReadOnly, isExplain);
    }

    private static ResultColumns ReadColumns(ReadOnlySpan<byte> encoded)
    {
        var reader = new Utf8JsonReader(encoded);
        reader.Read();
        return new([.. ReadColumnList(ref reader)]);
    }

    private static List<Column> ReadColumnList(ref Utf8JsonReader reader)
    {
        var columns = new List<Column>();
        Expect(reader, JsonTokenType.StartArray);
        while (NextItem(ref reader))
        {
            var (name, type) = ReadNames(ref reader);
            columns.Add(new(name ?? "", type));
        }

        return columns;
    }

    /// <summary>The name of a parameter or column, and the declared type of a column.</summary>
    private static (string? Name, string? Type) ReadNames(ref Utf8JsonReader reader)
    {
        var (text, type) = (default(string), default(string));
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            if (name.SequenceEqual("name"u8))
                text = reader.GetString();
            else if (name.SequenceEqual("decltype"u8))
                type = reader.GetString();
            else
                reader.Skip();
        }

        return (text, type);
    }

    private static ServerError ReadError(ref Utf8JsonReader reader)
    {
        var (message, code) = (default(string), default(string));
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            if (name.SequenceEqual("message"u8))
                message = reader.GetString();
            else if (name.SequenceEqual("code"u8))
                code = reader.GetString();
            else
                reader.Skip();
        }

        return new(message ?? "", code);
    }

    private static void ReadRow(ref Utf8JsonReader reader, List<SqlValue> values)
    {
        Expect(reader, JsonTokenType.StartArray);
        while (NextItem(ref reader))
            values.Add(ReadValue(ref reader));
    }

    private static SqlValue ReadValue(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> type = default;
        var content = default(Utf8JsonReader);
        Expect(reader, JsonTokenType.StartObject);
        while (NextMember(ref reader, out var name))
        {
            if (name.SequenceEqual("type"u8) && reader.TokenType == JsonTokenType.String)
                type = reader.ValueSpan;
            else if (name.SequenceEqual("value"u8) || name.SequenceEqual("base64"u8))
                content = reader;
            reader.Skip();
        }

        if (type.SequenceEqual("text"u8))
            return content.GetString() ?? throw new JsonException("a text has no value");
        if (type.SequenceEqual("integer"u8))
            return ReadInt64(content) ?? throw new JsonException("an integer has no value");
        if (type.SequenceEqual("float"u8))
            return content.TokenType == JsonTokenType.Null ? double.NaN : content.GetDouble(); // infinity looks the same: JSON has neither
        if (type.SequenceEqual("blob"u8))
            return ReadBase64(content);
        return type.SequenceEqual("null"u8) ? SqlValue.Null : throw new JsonException("a value has an unknown type");
    }

    /// <summary>Base64 as the server writes it: without padding.</summary>
    private static byte[] ReadBase64(in Utf8JsonReader reader)
    {
        Expect(reader, JsonTokenType.String);
        var text = reader.ValueSpan.TrimEnd((byte)'=');
        var (whole, rest) = (text.Length / 4 * 4, text.Length % 4);
        var bytes = new byte[text.Length * 3 / 4];
        Span<byte> last = [(byte)'=', (byte)'=', (byte)'=', (byte)'='];
        text[whole..].CopyTo(last);
        var isValid = Base64.DecodeFromUtf8(text[..whole], bytes, out _, out var first) == System.Buffers.OperationStatus.Done
            && first == whole / 4 * 3
            && (rest == 0 || (Base64.DecodeFromUtf8(last, bytes.AsSpan(first), out _, out var second) == System.Buffers.OperationStatus.Done && first + second == bytes.Length));
        return isValid ? bytes : throw new JsonException("a blob is no base64");
    }

    private static long? ReadInt64(in Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Expect(reader, reader.TokenType == JsonTokenType.Number ? JsonTokenType.Number : JsonTokenType.String);
        return Utf8Parser.TryParse(reader.ValueSpan, out long value, out var length) && length == reader.ValueSpan.Length ? value : throw new JsonException("an integer is none");
    }

    private static ulong? ReadUInt64(in Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Expect(reader, reader.TokenType == JsonTokenType.Number ? JsonTokenType.Number : JsonTokenType.String);
        return Utf8Parser.TryParse(reader.ValueSpan, out ulong value, out var length) && length == reader.ValueSpan.Length ? value : throw new JsonException("a replication index is no number");
    }

    private static CursorEntryKind EntryKind(in Utf8JsonReader reader) => reader.GetString() switch
    {
        "step_begin" => CursorEntryKind.StepBegin,
        "step_end" => CursorEntryKind.StepEnd,
        "step_error" => CursorEntryKind.StepError,
        "row" => CursorEntryKind.Row,
        "error" => CursorEntryKind.Error,
        "replication_index" => CursorEntryKind.ReplicationIndex,
        var kind => throw new JsonException($"an entry of a cursor has the unknown type '{kind}'"),
    };

    private static void ReadHeadMember(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, ref StreamHead head)
    {
        if (name.SequenceEqual("baton"u8))
            head = head with { Baton = reader.GetString() };
        else if (name.SequenceEqual("base_url"u8))
            head = head with { BaseUrl = reader.GetString() };
        else
            reader.Skip();
    }

    private static Utf8JsonReader Start(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Expect(reader, JsonTokenType.StartObject);
        return reader;
    }

    /// <summary>Moves to the value of the next member of an object.</summary>
    private static bool NextMember(ref Utf8JsonReader reader, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndObject)
            return false;
        name = reader.ValueSpan;
        return reader.Read();
    }

    private static bool NextItem(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    private static void Expect(in Utf8JsonReader reader, JsonTokenType token)
    {
        if (reader.TokenType != token)
            throw new JsonException($"{token} expected at byte {reader.TokenStartIndex}, not {reader.TokenType}");
    }

    // The reader refuses in four ways: no JSON, another kind of value, a number that does not fit, text that is no UTF-8.
    private static bool IsMalformed(Exception e) => e is JsonException or InvalidOperationException or FormatException or OverflowException;

    private static HranaProtocolException Malformed(Exception cause) => new($"The server's JSON is malformed: {cause.Message}.", cause);
}
