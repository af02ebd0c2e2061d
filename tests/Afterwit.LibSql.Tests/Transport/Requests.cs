using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Transport;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests.Transport;

/// <summary>Requests in few words.</summary>
internal static class Requests
{
    public static Deadline Soon => new(TimeProvider.System, Eventually.Patience);

    public static BoundStatement Bind(string sql, params SqlValue[] arguments) => new(new(sql), arguments);

    public static HranaRequest Execute(string sql, params SqlValue[] arguments) => HranaRequest.Execute(Bind(sql, arguments));

    public static HranaRequest Batch(params (string Sql, BatchCondition? Condition)[] steps) => HranaRequest.Batch([.. steps.Select(s => new BoundStep(Bind(s.Sql), s.Condition))]);

    /// <summary>Steps that run as one transaction, or not at all.</summary>
    public static HranaRequest Transaction(params string[] statements) => Batch(
    [
        ("BEGIN IMMEDIATE", null),
        .. statements.Select((s, i) => (s, (BatchCondition?)BatchCondition.Ok(i))),
        ("COMMIT", BatchCondition.Ok(statements.Length)),
        ("ROLLBACK", BatchCondition.All(BatchCondition.Not(BatchCondition.Ok(statements.Length + 1)), BatchCondition.Not(BatchCondition.IsAutocommit))),
    ]);

    public static async Task<ResultSet> RunAsync(this HranaStream stream, string sql, params SqlValue[] arguments) =>
        (await stream.SendAsync(Execute(sql, arguments), Soon, CancellationToken.None)).Get<ResultSet>();

    public static async Task<List<CursorEntry>> CursorAsync(this HranaStream stream, params string[] statements)
    {
        var entries = new List<CursorEntry>();
        await foreach (var entry in stream.ReadCursorAsync(Batch([.. statements.Select(s => (s, default(BatchCondition?)))]), Soon, CancellationToken.None))
            entries.Add(entry);
        return entries;
    }
}
