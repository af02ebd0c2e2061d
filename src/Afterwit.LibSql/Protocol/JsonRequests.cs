using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Afterwit.LibSql.Protocol;

/// <summary>Requests as JSON (https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md).</summary>
internal static class JsonRequests
{
    // The server reads integers and base64 only where nothing in them is escaped, not even the + that other encoders escape.
    private static readonly JsonWriterOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void WritePipeline(PooledBuffer buffer, string? baton, ReadOnlySpan<HranaRequest> requests) =>
        Write(buffer, new() { ["baton"] = baton, ["requests"] = Array(requests.ToArray(), r => Request(r)) });

    public static void WriteCursor(PooledBuffer buffer, string? baton, in HranaRequest batch) => Write(buffer, new() { ["baton"] = baton, ["batch"] = Batch(batch) });

    private static void Write(PooledBuffer buffer, JsonObject message)
    {
        using var json = new Utf8JsonWriter(buffer, Unescaped);
        message.WriteTo(json);
    }

    private static JsonObject Request(in HranaRequest request)
    {
        var json = new JsonObject { ["type"] = JsonPipeline.Name(request.Kind) };
        if (request.Kind is RequestKind.StoreSql or RequestKind.CloseSql)
            json["sql_id"] = request.Id;
        if (request.Kind is RequestKind.StoreSql or RequestKind.Sequence or RequestKind.Describe)
            json["sql"] = request.Statement.Prepared.Sql;
        if (request.Kind is RequestKind.Sequence or RequestKind.Describe)
            AddIndex(json, request.ReplicationIndex);
        else if (request.Kind == RequestKind.Execute)
            json["stmt"] = AddIndex(Statement(request.Statement), request.ReplicationIndex);
        else if (request.Kind == RequestKind.Batch)
            json["batch"] = Batch(request);
        return json;
    }

    private static JsonObject Batch(in HranaRequest request) => AddIndex(new() { ["steps"] = Array(request.Steps!, Step) }, request.ReplicationIndex);

    private static JsonObject Step(BoundStep step)
    {
        var json = new JsonObject();
        if (step.Condition is not null)
            json["condition"] = Condition(step.Condition);
        json["stmt"] = Statement(step.Statement);
        return json;
    }

    private static JsonObject Statement(in BoundStatement statement)
    {
        var json = new JsonObject();
        if (statement.SqlId != 0)
            json["sql_id"] = statement.SqlId;
        else
            json["sql"] = statement.Prepared.Sql;
        if (statement.Names is { } names)
            json["named_args"] = Array(names.Zip(statement.Arguments), n => new JsonObject { ["name"] = n.First, ["value"] = Value(n.Second) });
        else
            json["args"] = Array(statement.Arguments, Value);
        json["want_rows"] = true;
        return json;
    }

    private static JsonObject Value(SqlValue value) => value.Type switch
    {
        SqlType.Integer => new() { ["type"] = "integer", ["value"] = value.AsInt64().ToString(CultureInfo.InvariantCulture) },
        SqlType.Real when double.IsInfinity(value.AsDouble()) => throw new ArgumentException("JSON has no infinity, so it cannot be a parameter; set HttpEncoding to Protobuf, which has."),
        SqlType.Real when !double.IsNaN(value.AsDouble()) => new() { ["type"] = "float", ["value"] = value.AsDouble() },
        SqlType.Text => new() { ["type"] = "text", ["value"] = value.AsString() },
        SqlType.Blob => new() { ["type"] = "blob", ["base64"] = Convert.ToBase64String(value.AsBlob()) },
        _ => new() { ["type"] = "null" }, // to SQLite, what is no number is null as well
    };

    private static JsonObject Condition(BatchCondition condition) => condition.Kind switch
    {
        BatchCondition.ConditionKind.Ok => new() { ["type"] = "ok", ["step"] = condition.Step },
        BatchCondition.ConditionKind.Error => new() { ["type"] = "error", ["step"] = condition.Step },
        BatchCondition.ConditionKind.Not => new() { ["type"] = "not", ["cond"] = Condition(condition.Operands[0]) },
        BatchCondition.ConditionKind.And => new() { ["type"] = "and", ["conds"] = Array(condition.Operands, Condition) },
        BatchCondition.ConditionKind.Or => new() { ["type"] = "or", ["conds"] = Array(condition.Operands, Condition) },
        _ => new() { ["type"] = "is_autocommit" },
    };

    private static JsonObject AddIndex(JsonObject json, ulong? replicationIndex)
    {
        if (replicationIndex is { } index)
            json["replication_index"] = index.ToString(CultureInfo.InvariantCulture);
        return json;
    }

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode> json) => new([.. items.Select(json)]);
}
