namespace Afterwit.LibSql.Protocol;

/// <summary>Answers in protobuf: the parts that WebSocket and HTTP share.</summary>
internal static class ProtobufResponses
{
    private static readonly ColumnDecoder DecodeColumns = ReadColumns;

    /// <summary>The answer to a request from its message.</summary>
    public static HranaResponse Read(ReadOnlySpan<byte> message, in HranaRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.Execute:
                return new(request.Kind, ReadResult(Only(message, 1), request.Statement.Prepared));
            case RequestKind.Batch:
                return new(request.Kind, ReadBatch(Only(message, 1), request.Steps!));
            case RequestKind.Describe:
                return new(request.Kind, ReadDescription(Only(message, 1)));
            case RequestKind.FetchCursor:
                return new(request.Kind, ReadPage(message));
            case RequestKind.GetAutocommit:
                var reader = new ProtobufReader(message);
                var isAutocommit = false;
                while (reader.Next())
                {
                    if (reader.Field == 1)
                        isAutocommit = reader.ReadBoolean();
                    else
                        reader.Skip();
                }

                return new(request.Kind, IsAutocommit: isAutocommit);
            default:
                return new(request.Kind);
        }
    }

    public static ServerError ReadError(ReadOnlySpan<byte> message)
    {
        var (text, code) = ("", default(string));
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    text = reader.ReadString();
                    break;
                case 2:
                    code = reader.ReadString();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new(text, code);
    }

    /// <summary>One entry of a cursor.</summary>
    public static CursorEntry ReadEntry(ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty)
            return new(CursorEntryKind.ReplicationIndex); // of a database nothing was written to yet
        var reader = new ProtobufReader(message);
        if (!reader.Next() || reader.Field > (int)CursorEntryKind.ReplicationIndex)
            throw new HranaProtocolException("An entry of a cursor is of no known kind.");
        var kind = (CursorEntryKind)reader.Field;
        var body = reader.ReadBytes();
        return kind switch
        {
            CursorEntryKind.Row => new(kind, Row: ReadRow(body)),
            CursorEntryKind.Error => new(kind, Error: ReadError(body)),
            _ => ReadEntry(kind, body),
        };
    }

    private static CursorEntry ReadEntry(CursorEntryKind kind, ReadOnlySpan<byte> body)
    {
        var (number, columns, error) = (0UL, new List<Column>(), default(ServerError));
        var reader = new ProtobufReader(body);
        while (reader.Next())
        {
            if (reader.Field == 1)
                number = reader.ReadUInt64();
            else if (reader.Field == 2 && kind == CursorEntryKind.StepBegin)
                columns.Add(ReadColumn(reader.ReadBytes()));
            else if (reader.Field == 2 && kind == CursorEntryKind.StepError)
                error = ReadError(reader.ReadBytes());
            else
                reader.Skip();
        }

        return kind == CursorEntryKind.ReplicationIndex ? new(kind, ReplicationIndex: number) : new(kind, (int)number, new([.. columns]), Error: error);
    }

    private static CursorPage ReadPage(ReadOnlySpan<byte> message)
    {
        var (entries, last) = (new List<CursorEntry>(), false);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    entries.Add(ReadEntry(reader.ReadBytes()));
                    break;
                case 2:
                    last = reader.ReadBoolean();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new(entries, last);
    }

    private static ResultSet ReadResult(ReadOnlySpan<byte> message, PreparedStatement statement)
    {
        // The columns come first and in a row; how many rows follow is counted before memory is taken for them.
        var (columnsEnd, columnCount, rows) = (0, 0, 0);
        var counting = new ProtobufReader(message);
        while (counting.Next())
        {
            var field = counting.Field;
            counting.Skip();
            if (field == 1)
                (columnsEnd, columnCount) = (counting.Position, columnCount + 1);
            else if (field == 2)
                rows++;
        }

        if ((long)rows * columnCount > message.Length)
            throw new HranaProtocolException($"A result of {message.Length} bytes cannot hold {rows} rows of {columnCount} columns.");
        statement.Answered(message.Length);
        var columns = statement.Columns(message[..columnsEnd], DecodeColumns);
        var values = rows * columnCount == 0 ? [] : new SqlValue[rows * columnCount];
        var (row, affected, rowId, index, read, written) = (0, 0L, default(long?), default(ulong?), 0L, 0L);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    ReadRow(reader.ReadBytes(), values.AsSpan(row++ * columnCount, columnCount));
                    break;
                case 3:
                    affected = (long)reader.ReadUInt64();
                    break;
                case 4:
                    rowId = reader.ReadSInt64();
                    break;
                case 5:
                    index = reader.ReadUInt64();
                    break;
                case 6:
                    read = (long)reader.ReadUInt64();
                    break;
                case 7:
                    written = (long)reader.ReadUInt64();
                    break;
                case 8:
                    statement.Took(reader.ReadDouble());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new(columns, values, rows) { AffectedRows = affected, LastInsertRowId = rowId, ReplicationIndex = index, RowsRead = read, RowsWritten = written };
    }

    private static BatchResult ReadBatch(ReadOnlySpan<byte> message, IReadOnlyList<BoundStep> steps)
    {
        var (results, errors) = (new ResultSet?[steps.Count], new ServerError?[steps.Count]);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field is not (1 or 2))
            {
                reader.Skip();
                continue;
            }

            // An entry of a map: the number of the step, which is left out when it is 0, and what it gave.
            var isResult = reader.Field == 1;
            var entry = new ProtobufReader(reader.ReadBytes());
            var step = 0UL;
            ReadOnlySpan<byte> body = default;
            while (entry.Next())
            {
                if (entry.Field == 1)
                    step = entry.ReadUInt64();
                else if (entry.Field == 2)
                    body = entry.ReadBytes();
                else
                    entry.Skip();
            }

            if (step >= (ulong)steps.Count)
                throw new HranaProtocolException($"The server answered step {step} of a batch of {steps.Count}.");
            if (isResult)
                results[step] = ReadResult(body, steps[(int)step].Statement.Prepared);
            else
                errors[step] = ReadError(body);
        }

        return new(results, errors);
    }

    private static StatementDescription ReadDescription(ReadOnlySpan<byte> message)
    {
        var (parameters, columns, isExplain, isReadOnly) = (new List<string?>(), new List<Column>(), false, false);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    var parameter = new ProtobufReader(reader.ReadBytes());
                    parameters.Add(parameter.Next() && parameter.Field == 1 ? parameter.ReadString() : null);
                    break;
                case 2:
                    columns.Add(ReadColumn(reader.ReadBytes()));
                    break;
                case 3:
                    isExplain = reader.ReadBoolean();
                    break;
                case 4:
                    isReadOnly = reader.ReadBoolean();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new(parameters, columns, isReadOnly, isExplain);
    }

    private static ResultColumns ReadColumns(ReadOnlySpan<byte> encoded)
    {
        var columns = new List<Column>();
        var reader = new ProtobufReader(encoded);
        while (reader.Next())
        {
            if (reader.Field == 1)
                columns.Add(ReadColumn(reader.ReadBytes()));
            else
                reader.Skip();
        }

        return columns.Count == 0 ? ResultColumns.None : new([.. columns]);
    }

    private static Column ReadColumn(ReadOnlySpan<byte> message)
    {
        var (name, type) = ("", default(string));
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.ReadString();
                    break;
                case 2:
                    type = reader.ReadString();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new(name, type);
    }

    private static SqlValue[] ReadRow(ReadOnlySpan<byte> message)
    {
        var count = 0;
        for (var reader = new ProtobufReader(message); reader.Next(); reader.Skip())
            count += reader.Field == 1 ? 1 : 0;
        var row = new SqlValue[count];
        ReadRow(message, row);
        return row;
    }

    private static void ReadRow(ReadOnlySpan<byte> message, Span<SqlValue> row)
    {
        var column = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field != 1)
                reader.Skip();
            else if (column < row.Length)
                row[column++] = ReadValue(reader.ReadBytes());
            else
                throw new HranaProtocolException($"A row has more than its {row.Length} columns.");
        }

        if (column < row.Length)
            throw new HranaProtocolException($"A row has {column} values for {row.Length} columns.");
    }

    private static SqlValue ReadValue(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        if (!reader.Next())
            throw new HranaProtocolException("A value has no type.");
        return reader.Field switch
        {
            1 => SqlValue.Null,
            2 => reader.ReadSInt64(),
            3 => reader.ReadDouble(),
            4 => reader.ReadString(),
            5 => reader.ReadBytes().ToArray(),
            _ => throw new HranaProtocolException($"A value has the unknown type {reader.Field}."),
        };
    }

    /// <summary>The content of a message that holds one other.</summary>
    private static ReadOnlySpan<byte> Only(ReadOnlySpan<byte> message, int field)
    {
        var found = default(ReadOnlySpan<byte>);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == field)
                found = reader.ReadBytes();
            else
                reader.Skip();
        }

        return found;
    }
}
