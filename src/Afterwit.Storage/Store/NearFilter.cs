using System.Text;

namespace Afterwit.Storage;

/// <summary>Which episodes may be near: finished ones that are equal in every value that is set.</summary>
internal sealed record NearFilter(Scope Scope, string? Domain, bool IncludeFailed, DateTimeOffset? Since = null, DateTimeOffset? Until = null)
{
    /// <summary>In SQL, of the episode e.</summary>
    /// <param name="before">The arguments that stand before those of the filter.</param>
    public (string Conditions, SqlValue[] Arguments) Sql(ReadOnlySpan<SqlValue> before)
    {
        var conditions = new StringBuilder(IncludeFailed ? "e.status <> 0" : "e.status IN (1, 2)");
        List<SqlValue> arguments = [.. before];
        Add("e.project =", Scope.Project);
        Add("e.agent =", Scope.Agent);
        Add("e.user =", Scope.User);
        Add("e.run =", Scope.Run);
        Add("e.domain =", Domain);
        Add("e.started_at >=", Since);
        Add("e.started_at <", Until);
        return (conditions.ToString(), [.. arguments]);

        void Add(string condition, SqlValue value)
        {
            if (value.IsNull)
                return;
            arguments.Add(value);
            conditions.Append(" AND ").Append(condition).Append(" ?").Append(arguments.Count);
        }
    }
}
