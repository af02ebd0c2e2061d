namespace Afterwit.LibSql.Protocol;

/// <summary>Requests as protobuf messages: the parts that WebSocket and HTTP share. Field numbers: libsql-hrana, hrana3.</summary>
internal static class ProtobufRequests
{
    /// <summary>The fields of a request behind the number of its stream.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="request">The request.</param>
    /// <param name="first">The number of its first field: 2 where field 1 is the stream, else 1.</param>
    public static void WriteFields(PooledBuffer buffer, in HranaRequest request, int first)
    {
        switch (request.Kind)
        {
            case RequestKind.Execute:
                // A socket reads the index beside the statement, a pipeline inside it.
                WriteStatement(buffer, first, request.Statement, first == 1 ? request.ReplicationIndex : null);
                if (first != 1)
                    WriteIndex(buffer, first + 1, request.ReplicationIndex);
                break;
            case RequestKind.Batch:
                WriteBatch(buffer, first, request.Steps!, request.ReplicationIndex);
                break;
            case RequestKind.OpenCursor:
                buffer.WriteInt32(first, request.Id);
                WriteBatch(buffer, first + 1, request.Steps!, request.ReplicationIndex);
                break;
            case RequestKind.Sequence:
            case RequestKind.Describe:
                buffer.WriteBytes(first, request.Statement.Prepared.Utf8);
                WriteIndex(buffer, first + 2, request.ReplicationIndex);
                break;
            case RequestKind.OpenStream:
            case RequestKind.CloseStream:
            case RequestKind.GetAutocommit:
                break;
            default:
                throw new InvalidOperationException($"{request.Kind} is not a request of a stream.");
        }
    }

    /// <summary>Many statements with conditions between them.</summary>
    public static void WriteBatch(PooledBuffer buffer, int field, IReadOnlyList<BoundStep> steps, ulong? replicationIndex)
    {
        var batch = buffer.Begin(field, steps.Sum(s => s.Statement.Length));
        foreach (var (statement, condition) in steps)
        {
            var step = buffer.Begin(1, statement.Length);
            if (condition is not null)
                WriteCondition(buffer, 1, condition);
            WriteStatement(buffer, 2, statement, null);
            buffer.End(step);
        }

        WriteIndex(buffer, 2, replicationIndex);
        buffer.End(batch);
    }

    private static void WriteStatement(PooledBuffer buffer, int field, in BoundStatement statement, ulong? replicationIndex)
    {
        var start = buffer.Begin(field, statement.Length);
        if (statement.SqlId != 0)
            buffer.WriteInt32(2, statement.SqlId);
        else
            buffer.WriteBytes(1, statement.Prepared.Utf8);
        for (var i = 0; i < statement.Arguments.Count; i++)
        {
            if (statement.Names is null)
            {
                WriteValue(buffer, 3, statement.Arguments[i]);
                continue;
            }

            var named = buffer.Begin(4);
            buffer.WriteString(1, statement.Names[i]);
            WriteValue(buffer, 2, statement.Arguments[i]);
            buffer.End(named);
        }

        buffer.WriteUInt64(5, 1);
        WriteIndex(buffer, 6, replicationIndex);
        buffer.End(start);
    }

    private static void WriteValue(PooledBuffer buffer, int field, in SqlValue value)
    {
        var start = buffer.Begin(field, value.Length);
        switch (value.Type)
        {
            case SqlType.Integer:
                buffer.WriteSInt64(2, value.AsInt64());
                break;
            case SqlType.Real:
                buffer.WriteDouble(3, value.AsDouble());
                break;
            case SqlType.Text when value.AsUtf8() is { } utf8:
                buffer.WriteBytes(4, utf8);
                break;
            case SqlType.Text:
                buffer.WriteString(4, value.AsString());
                break;
            case SqlType.Blob:
                buffer.WriteBytes(5, value.AsBlob());
                break;
            default:
                buffer.WriteEmpty(1);
                break;
        }

        buffer.End(start);
    }

    private static void WriteCondition(PooledBuffer buffer, int field, BatchCondition condition)
    {
        var start = buffer.Begin(field);
        var kind = (int)condition.Kind;
        switch (condition.Kind)
        {
            case BatchCondition.ConditionKind.Ok:
            case BatchCondition.ConditionKind.Error:
                buffer.WriteUInt64(kind, (uint)condition.Step);
                break;
            case BatchCondition.ConditionKind.Not:
                WriteCondition(buffer, kind, condition.Operands[0]);
                break;
            case BatchCondition.ConditionKind.IsAutocommit:
                buffer.WriteEmpty(kind);
                break;
            default:
                var list = buffer.Begin(kind);
                foreach (var operand in condition.Operands)
                    WriteCondition(buffer, 1, operand);
                buffer.End(list);
                break;
        }

        buffer.End(start);
    }

    private static void WriteIndex(PooledBuffer buffer, int field, ulong? replicationIndex)
    {
        if (replicationIndex is { } index)
            buffer.WriteUInt64(field, index);
    }
}
