using System.Text.Json;
using static Afterwit.LibSql.Protocol.JsonReading;

namespace Afterwit.LibSql.Protocol;

/// <summary>Results in JSON: what the answers to requests hold.</summary>
internal static class JsonResults
{
    private static readonly ColumnDecoder DecodeColumns = ReadColumns;

    public static ResultSet ReadResult(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, PreparedStatement statement)
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

    public static BatchResult ReadBatch(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, IReadOnlyList<BoundStep> steps)
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

    public static StatementDescription ReadDescription(ref Utf8JsonReader reader)
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

    public static List<Column> ReadColumnList(ref Utf8JsonReader reader)
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

    public static void ReadRow(ref Utf8JsonReader reader, List<SqlValue> values)
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

    public static ServerError ReadError(ref Utf8JsonReader reader)
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
}
