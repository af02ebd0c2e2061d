using System.Diagnostics;
using SQLitePCL;

namespace Afterwit.Storage;

/// <summary>The prepared statements of one connection, the least recently used evicted first. Not thread-safe: a connection has one user at a time.</summary>
internal sealed class PreparedStatements(sqlite3 connection, int capacity, DatabaseStatistics statistics) : IDisposable
{
    private readonly Dictionary<string, LinkedListNode<SqliteStatement>> _bySql = new(capacity, StringComparer.Ordinal);
    private readonly LinkedList<SqliteStatement> _byUse = new();

    /// <summary>The statement, prepared.</summary>
    public SqliteStatement Get(string sql)
    {
        if (!_bySql.TryGetValue(sql, out var node))
            return Prepare(sql);
        statistics.StatementHit();
        if (node != _byUse.First)
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        return node.Value;
    }

    public void Dispose()
    {
        foreach (var statement in _byUse)
            statement.Dispose();
        _byUse.Clear();
        _bySql.Clear();
    }

    private SqliteStatement Prepare(string sql)
    {
        if (_bySql.Count == capacity)
        {
            var coldest = _byUse.Last!.Value;
            _byUse.RemoveLast();
            _bySql.Remove(coldest.Sql);
            coldest.Dispose();
        }

        var start = Stopwatch.GetTimestamp();
        var statement = new SqliteStatement(connection, sql);
        statistics.StatementPrepared(Stopwatch.GetTimestamp() - start);
        _bySql.Add(sql, _byUse.AddFirst(statement));
        return statement;
    }
}
