using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Afterwit.Storage;

/// <summary>The prepared statements of one connection, the least recently used evicted first. Not thread-safe: a connection has one user at a time.</summary>
internal sealed class PreparedStatements(SqliteConnection connection, int capacity, DatabaseStatistics statistics) : IDisposable
{
    private readonly Dictionary<string, LinkedListNode<SqliteCommand>> _bySql = new(capacity, StringComparer.Ordinal);
    private readonly LinkedList<SqliteCommand> _byUse = new();

    /// <summary>The statement, prepared, with parameters ?1 to ?n bound to the values.</summary>
    public SqliteCommand Get(string sql, SqlValue[] arguments)
    {
        if (_bySql.TryGetValue(sql, out var node))
        {
            statistics.StatementHit();
            if (node != _byUse.First)
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
            }
        }
        else
        {
            node = Prepare(sql, arguments.Length);
        }

        Bind(node.Value, arguments);
        return node.Value;
    }

    /// <summary>Gives a command that <see cref="Get"/> returned another row of values.</summary>
    public static void Bind(SqliteCommand command, SqlValue[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
            command.Parameters[i].Value = arguments[i].AsObject();
    }

    public void Dispose()
    {
        foreach (var command in _byUse)
            command.Dispose();
        _byUse.Clear();
        _bySql.Clear();
    }

    private LinkedListNode<SqliteCommand> Prepare(string sql, int parameters)
    {
        if (_bySql.Count == capacity)
        {
            var coldest = _byUse.Last!;
            _byUse.RemoveLast();
            _bySql.Remove(coldest.Value.CommandText);
            coldest.Value.Dispose();
        }

        var start = Stopwatch.GetTimestamp();
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 1; i <= parameters; i++)
            command.Parameters.Add(new SqliteParameter($"?{i}", DBNull.Value));
        command.Prepare();
        statistics.StatementPrepared(Stopwatch.GetTimestamp() - start);
        var node = _byUse.AddFirst(command);
        _bySql.Add(sql, node);
        return node;
    }
}
