using Afterwit.Tests.Shared;
using Xunit.Abstractions;

namespace Afterwit.Storage.Tests;

/// <summary>No statement of the store reads a large table whole, or sorts what an index can give in order.</summary>
public sealed class QueryPlanTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_statement_finds_its_rows_by_an_index()
    {
        using var folder = new TemporaryFolder();
        await using var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(folder["memory.db"]));
        var plans = await QueryPlan.ExplainAsync(store.Database, await StatementCatalogue.CollectAsync(), CancellationToken.None);
        var wrong = new List<string>();
        foreach (var plan in plans)
        {
            output.WriteLine($"[{plan.Statement.Operation}] {plan.Statement.Sql}\n    {string.Join("\n    ", plan.Steps)}");
            wrong.AddRange(plan.Problems.Where(_ => plan.Statement.Operation != StatementCatalogue.Counting).Select(p => $"[{plan.Statement.Operation}] {p}: {plan.Statement.Sql}\n    {string.Join("\n    ", plan.Steps)}"));
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }
}
