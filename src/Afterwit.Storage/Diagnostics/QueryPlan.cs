using System.Text.RegularExpressions;

namespace Afterwit.Storage;

/// <summary>How an engine runs a statement, by <c>EXPLAIN QUERY PLAN</c>.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="Steps">What the engine does, in its own words.</param>
internal sealed partial record QueryPlan(IssuedStatement Statement, IReadOnlyList<string> Steps)
{
    /// <summary>Tables that never grow large: reading them whole is right.</summary>
    private static readonly HashSet<string> Small = new(StringComparer.Ordinal) { "totals", "schema_versions", "dictionaries", "writers", "hot_items", "sqlite_master" };

    /// <summary>Indexes that it uses.</summary>
    public IEnumerable<string> Indexes => Steps.Select(s => UsedIndex().Match(s)).Where(m => m.Success).Select(m => m.Groups["index"].Value);

    /// <summary>
    /// What costs more the larger the memory is: a table or an index read whole (an index that is walked in the order asked for until a limit is not), and rows that are sorted
    /// although they come from one table alone, which an index could have given in order.
    /// </summary>
    public IEnumerable<string> Problems
    {
        get
        {
            var sorts = Steps.Any(s => s.StartsWith("USE TEMP B-TREE FOR ORDER BY", StringComparison.Ordinal));
            foreach (var step in Steps)
            {
                if (ScannedTable(step) is { } table && !(step.Contains(" USING ", StringComparison.Ordinal) && !sorts && Statement.Sql.Contains("LIMIT", StringComparison.Ordinal)))
                    yield return $"reads the whole of {table}";
                else if (step.StartsWith("USE TEMP B-TREE FOR ORDER BY", StringComparison.Ordinal) && Steps.All(s => !s.Contains(" j ", StringComparison.Ordinal) && !IsList(s)))
                    yield return "sorts what an index could give in order";
            }
        }
    }

    /// <summary>Asks the engine.</summary>
    public static async Task<IReadOnlyList<QueryPlan>> ExplainAsync(IDatabase database, IReadOnlyList<IssuedStatement> statements, CancellationToken cancellationToken)
    {
        var plans = statements.Select(s => new QueryPlan(s, new List<string>())).ToList();
        await database.ReadAsync([.. plans.Select(p => new Query("EXPLAIN QUERY PLAN " + p.Statement.Sql, p.Statement.Arguments, row => ((List<string>)p.Steps).Add(row.GetString(3))))], cancellationToken).ConfigureAwait(false);
        return plans;
    }

    /// <summary>The large table of our own that a step reads whole. Null when it does not.</summary>
    private string? ScannedTable(string step)
    {
        if (Scan().Match(step) is not { Success: true } scan || step.Contains("VIRTUAL TABLE", StringComparison.Ordinal))
            return null;
        var name = scan.Groups["name"].Value;
        if (Steps.Any(s => s == $"CO-ROUTINE {name}" || s == $"MATERIALIZE {name}"))
            return null; // a subquery, whose own steps say how its rows are found
        var alias = Aliases().Matches(Statement.Sql).FirstOrDefault(m => m.Groups["alias"].Value == name || m.Groups["table"].Value == name);
        var table = alias?.Groups["table"].Value;
        return table is null || Small.Contains(table) || CommonTables().Matches(Statement.Sql).Any(m => m.Groups["name"].Value == table) ? null : table;
    }

    /// <summary>Rows chosen one by one from a list of arguments or from an index of another table come in no order.</summary>
    private static bool IsList(string step) => step.Contains("LIST SUBQUERY", StringComparison.Ordinal) || step.Contains("VIRTUAL TABLE", StringComparison.Ordinal) || step.StartsWith("MULTI-INDEX", StringComparison.Ordinal);

    [GeneratedRegex(@"^SCAN (TABLE )?(?<name>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Scan();

    [GeneratedRegex(@"USING (COVERING )?INDEX (?<index>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex UsedIndex();

    [GeneratedRegex(@"\b(FROM|JOIN|UPDATE|INTO|,)\s+(?<table>[a-z_]+)(\s+AS)?(\s+(?<alias>(?!WHERE\b|SET\b|ON\b|ORDER\b|JOIN\b|CROSS\b|GROUP\b|LIMIT\b)[a-z]\w*))?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Aliases();

    [GeneratedRegex(@"(WITH RECURSIVE|WITH|,)\s+(?<name>[a-z_]+)\s*(\([^)]*\))?\s+AS\s*\(", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CommonTables();
}
