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

    /// <summary>A statement that can be sent. Named arguments are put in the order of the parameters once these are known.</summary>
    /// <exception cref="ArgumentException">An argument has a name that no parameter has, or is missing.</exception>
    public BoundStatement Bind(Statement statement)
    {
        var prepared = Get(statement.Sql);
        if (statement.Names is not { } names || prepared.Description is not { } description)
            return new(prepared, statement.Arguments, statement.Names);

        var arguments = new SqlValue[description.Parameters.Count];
        var given = new bool[arguments.Length];
        for (var i = 0; i < names.Count; i++)
        {
            var at = Find(description.Parameters, names[i]);
            if (at < 0)
                throw new ArgumentException($"There is no parameter '{names[i]}' in: {statement.Sql}");
            (arguments[at], given[at]) = (statement.Arguments[i], true);
        }

        var missing = Array.IndexOf(given, false);
        return missing < 0 ? new(prepared, arguments) : throw new ArgumentException($"The parameter {description.Parameters[missing] ?? $"?{missing + 1}"} has no value in: {statement.Sql}");
    }

    private static int Find(IReadOnlyList<string?> parameters, string name)
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            if (parameters[i] is { } parameter && (parameter == name || parameter.AsSpan(1).SequenceEqual(name)))
                return i;
        }

        return -1;
    }
}
