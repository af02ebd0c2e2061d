using System.Collections;

namespace Afterwit.LibSql;

/// <summary>A column of a result.</summary>
/// <param name="Name">Its name, or the text of its expression.</param>
/// <param name="DeclaredType">The type in the table's declaration. Null for an expression.</param>
public sealed record Column(string Name, string? DeclaredType);

/// <summary>What a statement gave: its rows, and what it changed.</summary>
public sealed class ResultSet : IReadOnlyList<Row>
{
    private readonly SqlValue[] _values;

    internal ResultSet(ResultColumns columns, SqlValue[] values, int rows)
    {
        ColumnSet = columns;
        _values = values;
        Count = rows;
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<Column> Columns => ColumnSet.Columns;

    /// <summary>How many rows there are.</summary>
    public int Count { get; }

    /// <summary>Rows inserted, updated or deleted.</summary>
    public long AffectedRows { get; internal init; }

    /// <summary>The rowid of the last insert on the connection. Null when the statement was no insert.</summary>
    public long? LastInsertRowId { get; internal init; }

    /// <summary>Rows that the server read to answer.</summary>
    public long RowsRead { get; internal init; }

    /// <summary>Rows that the server wrote.</summary>
    public long RowsWritten { get; internal init; }

    /// <summary>The place in the server's log that the answer reflects. Null where the server does not say.</summary>
    public ulong? ReplicationIndex { get; internal init; }

    internal ResultColumns ColumnSet { get; }

    /// <summary>A row.</summary>
    public Row this[int index] => index >= 0 && index < Count ? new(this, index) : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} rows.");

    /// <summary>A value.</summary>
    public SqlValue this[int row, int column] => column >= 0 && column < ColumnSet.Columns.Length ? _values[(row * ColumnSet.Columns.Length) + column] : throw new ArgumentOutOfRangeException(nameof(column), column, $"There are {Columns.Count} columns.");

    /// <inheritdoc/>
    public IEnumerator<Row> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return new(this, i);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A row of a result.</summary>
/// <param name="Result">The result it belongs to.</param>
/// <param name="Index">Its place in it.</param>
public readonly record struct Row(ResultSet Result, int Index)
{
    /// <summary>A value by its column's place.</summary>
    public SqlValue this[int column] => Result[Index, column];

    /// <summary>A value by its column's name.</summary>
    /// <exception cref="ArgumentException">There is no such column; the message names those there are.</exception>
    public SqlValue this[string column] => Result[Index, Result.ColumnSet.Ordinal(column)];
}

/// <summary>The columns of a statement's results, decoded once and shared by all of them.</summary>
internal sealed class ResultColumns(Column[] columns)
{
    private Dictionary<string, int>? _ordinals;

    public static ResultColumns None { get; } = new([]);

    public Column[] Columns => columns;

    public int Ordinal(string name)
    {
        var ordinals = _ordinals;
        if (ordinals is null)
        {
            ordinals = new(columns.Length, StringComparer.Ordinal);
            for (var i = 0; i < columns.Length; i++)
                ordinals.TryAdd(columns[i].Name, i);
            _ordinals = ordinals;
        }

        return ordinals.TryGetValue(name, out var ordinal) ? ordinal : throw new ArgumentException($"There is no column '{name}'; there are {string.Join(", ", columns.Select(c => c.Name))}.", nameof(name));
    }
}

/// <summary>What a batch gave, step by step.</summary>
public sealed class BatchResult
{
    internal BatchResult(ResultSet?[] results, ServerError?[] errors) => (Results, Errors) = (results, errors);

    /// <summary>The result of each step. Null for one that failed or was skipped.</summary>
    public IReadOnlyList<ResultSet?> Results { get; }

    /// <summary>The error of each step. Null for one that succeeded or was skipped.</summary>
    public IReadOnlyList<ServerError?> Errors { get; }

    internal ulong? ReplicationIndex { get; init; }
}

/// <summary>An error as the server tells it.</summary>
/// <param name="Message">What it says.</param>
/// <param name="Code">Its code, such as SQLITE_CONSTRAINT. Null when it has none.</param>
public sealed record ServerError(string Message, string? Code);

/// <summary>What the server says of a statement without running it.</summary>
/// <param name="Parameters">The names of the parameters in order, with their prefix; null for one without a name.</param>
/// <param name="Columns">The columns of its result.</param>
/// <param name="IsReadOnly">Whether it changes nothing.</param>
/// <param name="IsExplain">Whether it is an EXPLAIN.</param>
public sealed record StatementDescription(IReadOnlyList<string?> Parameters, IReadOnlyList<Column> Columns, bool IsReadOnly, bool IsExplain);
