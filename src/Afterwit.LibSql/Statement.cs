namespace Afterwit.LibSql;

/// <summary>A statement with the values of its parameters.</summary>
public readonly record struct Statement
{
    /// <summary>A statement with positional parameters: ?, or ?1, ?2 and so on.</summary>
    public Statement(string sql, params SqlValue[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        Sql = sql;
        Arguments = arguments;
    }

    /// <summary>One statement of SQL.</summary>
    public string Sql { get; }

    /// <summary>The values, in the order of the parameters, or of <see cref="Names"/>.</summary>
    public IReadOnlyList<SqlValue> Arguments { get; }

    /// <summary>The names of the parameters, with or without their prefix (: @ $). Null when they are positional.</summary>
    public IReadOnlyList<string>? Names { get; private init; }

    /// <summary>A statement with named parameters: <c>:task</c>, <c>@task</c> or <c>$task</c>.</summary>
    public static Statement Named(string sql, params IReadOnlyList<(string Name, SqlValue Value)> arguments) =>
        new(sql, [.. arguments.Select(a => a.Value)]) { Names = [.. arguments.Select(a => a.Name)] };

    /// <summary>A statement without parameters.</summary>
    public static implicit operator Statement(string sql) => new(sql);
}

/// <summary>A step of a batch: a statement, and what has to hold for it to run.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="Condition">Null means always.</param>
public readonly record struct BatchStep(Statement Statement, BatchCondition? Condition = null);

/// <summary>A statement of a unit of work.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="ExpectedRows">When set, the unit is undone unless the statement changes exactly so many rows.</param>
public readonly record struct WriteStep(Statement Statement, int? ExpectedRows = null);

/// <summary>What the server looks at before it runs a step of a batch. It may look at earlier steps only.</summary>
public sealed class BatchCondition
{
    private BatchCondition(ConditionKind kind, int step = 0, params IReadOnlyList<BatchCondition> operands) => (Kind, Step, Operands) = (kind, step, operands);

    internal enum ConditionKind
    {
        Ok = 1,
        Error = 2,
        Not = 3,
        And = 4,
        Or = 5,
        IsAutocommit = 6,
    }

    /// <summary>No transaction is open.</summary>
    public static BatchCondition IsAutocommit { get; } = new(ConditionKind.IsAutocommit);

    internal ConditionKind Kind { get; }

    internal int Step { get; }

    internal IReadOnlyList<BatchCondition> Operands { get; }

    /// <summary>The step ran and succeeded.</summary>
    public static BatchCondition Ok(int step) => new(ConditionKind.Ok, step);

    /// <summary>The step did not succeed: it failed, or it was skipped.</summary>
    public static BatchCondition Error(int step) => new(ConditionKind.Error, step);

    /// <summary>The opposite.</summary>
    public static BatchCondition Not(BatchCondition condition) => new(ConditionKind.Not, 0, condition);

    /// <summary>All of them.</summary>
    public static BatchCondition All(params IReadOnlyList<BatchCondition> conditions) => new(ConditionKind.And, 0, conditions);

    /// <summary>One of them at least.</summary>
    public static BatchCondition Any(params IReadOnlyList<BatchCondition> conditions) => new(ConditionKind.Or, 0, conditions);
}
