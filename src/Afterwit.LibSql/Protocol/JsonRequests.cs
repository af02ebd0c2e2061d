using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Afterwit.LibSql.Protocol;

/// <summary>Requests as JSON (https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md).</summary>
internal static class JsonRequests
{
    // The server reads integers and base64 only where nothing in them is escaped, not even the + that other encoders escape.
    private static readonly JsonWriterOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void WritePipeline(PooledBuffer buffer, string? baton, ReadOnlySpan<HranaRequest> requests)
    {
        using var json = new Utf8JsonWriter(buffer, Unescaped);
        json.WriteStartObject();
        json.WriteString("baton"u8, baton);
        json.WriteStartArray("requests"u8);
        foreach (ref readonly var request in requests)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, JsonPipeline.Name(request.Kind));
            WriteFields(json, request);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteCursor(PooledBuffer buffer, string? baton, in HranaRequest batch)
    {
        using var json = new Utf8JsonWriter(buffer, Unescaped);
        json.WriteStartObject();
        json.WriteString("baton"u8, baton);
        WriteBatch(json, batch);
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, in HranaRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.Execute:
                WriteStatement(json, request.Statement, request.ReplicationIndex);
                break;
            case RequestKind.Batch:
                WriteBatch(json, request);
                break;
            case RequestKind.Sequence:
            case RequestKind.Describe:
                json.WriteString("sql"u8, request.Statement.Prepared.Utf8);
                WriteIndex(json, request.ReplicationIndex);
                break;
            case RequestKind.StoreSql:
                json.WriteNumber("sql_id"u8, request.Id);
                json.WriteString("sql"u8, request.Statement.Prepared.Utf8);
                break;
            case RequestKind.CloseSql:
                json.WriteNumber("sql_id"u8, request.Id);
                break;
        }
    }

    private static void WriteBatch(Utf8JsonWriter json, in HranaRequest request)
    {
        json.WriteStartObject("batch"u8);
        json.WriteStartArray("steps"u8);
        foreach (var (statement, condition) in request.Steps!)
        {
            json.WriteStartObject();
            if (condition is not null)
            {
                json.WritePropertyName("condition"u8);
                WriteCondition(json, condition);
            }

            WriteStatement(json, statement, null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteIndex(json, request.ReplicationIndex);
        json.WriteEndObject();
    }

    private static void WriteStatement(Utf8JsonWriter json, in BoundStatement statement, ulong? replicationIndex)
    {
        json.WriteStartObject("stmt"u8);
        if (statement.SqlId != 0)
            json.WriteNumber("sql_id"u8, statement.SqlId);
        else
            json.WriteString("sql"u8, statement.Prepared.Utf8);
        json.WriteStartArray(statement.Names is null ? "args"u8 : "named_args"u8);
        for (var i = 0; i < statement.Arguments.Count; i++)
        {
            if (statement.Names is null)
            {
                WriteValue(json, statement.Arguments[i]);
                continue;
            }

            json.WriteStartObject();
            json.WriteString("name"u8, statement.Names[i]);
            json.WritePropertyName("value"u8);
            WriteValue(json, statement.Arguments[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("want_rows"u8, true);
        WriteIndex(json, replicationIndex);
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, in SqlValue value)
    {
        json.WriteStartObject();
        switch (value.Type)
        {
            case SqlType.Integer:
                json.WriteString("type"u8, "integer"u8);
                WriteDigits(json, "value"u8, value.AsInt64());
                break;
            case SqlType.Real when double.IsInfinity(value.AsDouble()):
                throw new ArgumentException("JSON has no infinity, so it cannot be a parameter; set HttpEncoding to Protobuf, which has.");
            case SqlType.Real when !double.IsNaN(value.AsDouble()): // to SQLite, what is no number is null
                json.WriteString("type"u8, "float"u8);
                json.WriteNumber("value"u8, value.AsDouble());
                break;
            case SqlType.Text:
                json.WriteString("type"u8, "text"u8);
                if (value.AsUtf8() is { } utf8)
                    json.WriteString("value"u8, utf8);
                else
                    json.WriteString("value"u8, value.AsString());
                break;
            case SqlType.Blob:
                json.WriteString("type"u8, "blob"u8);
                json.WriteBase64String("base64"u8, value.AsBlob());
                break;
            default:
                json.WriteString("type"u8, "null"u8);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteCondition(Utf8JsonWriter json, BatchCondition condition)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, condition.Kind switch
        {
            BatchCondition.ConditionKind.Ok => "ok"u8,
            BatchCondition.ConditionKind.Error => "error"u8,
            BatchCondition.ConditionKind.Not => "not"u8,
            BatchCondition.ConditionKind.And => "and"u8,
            BatchCondition.ConditionKind.Or => "or"u8,
            _ => "is_autocommit"u8,
        });
        if (condition.Kind is BatchCondition.ConditionKind.Ok or BatchCondition.ConditionKind.Error)
            json.WriteNumber("step"u8, condition.Step);
        else if (condition.Kind == BatchCondition.ConditionKind.Not)
        {
            json.WritePropertyName("cond"u8);
            WriteCondition(json, condition.Operands[0]);
        }
        else if (condition.Kind != BatchCondition.ConditionKind.IsAutocommit)
        {
            json.WriteStartArray("conds"u8);
            foreach (var operand in condition.Operands)
                WriteCondition(json, operand);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteIndex(Utf8JsonWriter json, ulong? replicationIndex)
    {
        if (replicationIndex is { } index)
            json.WriteString("replication_index"u8, index.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void WriteDigits(Utf8JsonWriter json, ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        json.WriteString(name, digits[..length]);
    }
}
