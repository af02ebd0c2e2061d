using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql;

/// <summary>The statements that a client has seen, by their text. The least recently used goes first.</summary>
internal sealed class StatementCache(int capacity, LibSqlStatistics statistics)
{
    private readonly Dictionary<string, LinkedListNode<PreparedStatement>> _known = new(StringComparer.Ordinal);
    private readonly LinkedList<PreparedStatement> _byUse = [];
    private readonly Lock _gate = new();

    /// <summary>How many are remembered.</summary>
    public int Count => _known.Count;

    /// <summary>What is known of a statement.</summary>
    public PreparedStatement Get(string sql)
    {
        lock (_gate)
        {
            if (_known.TryGetValue(sql, out var node))
            {
                statistics.Add(Counter.StatementHits);
                if (node != _byUse.First)
                {
                    _byUse.Remove(node);
                    _byUse.AddFirst(node);
                }

                return node.Value;
            }
        }

        // Its text is encoded outside of the lock; two callers may both do so, and one of them is kept.
        var prepared = new PreparedStatement(sql);
        statistics.Add(Counter.StatementMisses);
        lock (_gate)
        {
            if (_known.TryGetValue(sql, out var other))
                return other.Value;
            _known[sql] = _byUse.AddFirst(prepared);
            if (_known.Count > capacity)
            {
                _known.Remove(_byUse.Last!.Value.Sql);
                _byUse.RemoveLast();
            }
        }

        return prepared;
    }

    /// <summary>A statement that can be sent. Once its parameters are known, arguments that do not fit them are refused here, not by the server.</summary>
    /// <exception cref="ArgumentException">An argument is missing, or there is no parameter for it; the message says which.</exception>
    /// <param name="statement">The statement.</param>
    /// <param name="mayControl">Whether it may begin or end a transaction: on a shared stream it would do so for others.</param>
    public BoundStatement Bind(Statement statement, bool mayControl = false)
    {
        var prepared = Get(statement.Sql);
        if (prepared.IsTransactionControl && !mayControl)
            throw new ArgumentException($"'{statement.Sql}' would begin or end a transaction on a shared stream: use {nameof(LibSqlClient.BeginTransactionAsync)}.");
        if (prepared.Description is { } description)
            Check(statement, description.Parameters);
        return new(prepared, statement.Arguments, statement.Names);
    }

    private static void Check(Statement statement, IReadOnlyList<string?> parameters)
    {
        if (statement.Names is not { } names)
        {
            if (statement.Arguments.Count != parameters.Count)
                throw new ArgumentException($"{statement.Arguments.Count} values were given for {parameters.Count} parameters of: {statement.Sql}");
            return;
        }

        foreach (var name in names)
        {
            if (!parameters.Any(p => IsNamed(p, name)))
                throw new ArgumentException($"There is no parameter '{name}' in: {statement.Sql}");
        }

        foreach (var parameter in parameters)
        {
            if (!names.Any(n => IsNamed(parameter, n)))
                throw new ArgumentException($"The parameter '{parameter}' has no value in: {statement.Sql}");
        }
    }

    /// <summary>A name may leave out the prefix that the parameter has.</summary>
    private static bool IsNamed(string? parameter, string name) => parameter is not null && (parameter == name || parameter.AsSpan(1).SequenceEqual(name));
}
