using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Afterwit.Storage;

/// <summary>An open connection with its prepared statements: what the pool keeps and lends.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly PreparedStatements _statements;
    private readonly DatabaseStatistics _statistics;

    private SqliteSession(SqliteConnection connection, PreparedStatements statements, DatabaseStatistics statistics)
    {
        _connection = connection;
        _statements = statements;
        _statistics = statistics;
    }

    public static SqliteSession Open(string connectionString, SqliteOptions options, DatabaseStatistics statistics)
    {
        // The engine itself waits for the busy timeout; the driver's own waiting on top of it is kept to its least.
        var connection = new SqliteConnection(connectionString) { DefaultTimeout = 1 };
        var start = Stopwatch.GetTimestamp();
        try
        {
            connection.Open();
            var session = new SqliteSession(connection, new PreparedStatements(connection, options.StatementCacheSize, statistics), statistics);
            session.Run($"PRAGMA busy_timeout={(long)options.BusyTimeout.TotalMilliseconds}; PRAGMA foreign_keys=ON; PRAGMA synchronous={options.Synchronous}; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192;");
            statistics.ConnectionOpened(Stopwatch.GetElapsedTime(start));
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements that are not worth keeping prepared.</summary>
    public void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first value of the first row, as text.</summary>
    public string? Scalar(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()?.ToString();
    }

    public void Read(in Query query, CancellationToken cancellationToken)
    {
        var command = _statements.Get(query.Sql, query.Arguments);
        using var reader = command.ExecuteReader();
        var row = new SqliteRow(reader);
        var rows = 0;
        for (; reader.Read(); rows++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            query.OnRow(row);
        }

        _statistics.RowsRead(rows);
    }

    /// <summary>Runs a command for each of its rows.</summary>
    /// <exception cref="ConflictException">An execution had to change one row, and did not.</exception>
    public CommandResult Execute(Command command)
    {
        if (command.Rows.Count == 0)
            return default;
        var changed = 0;
        long? returned = null;
        var prepared = _statements.Get(command.Sql, command.Rows[0]);
        for (var i = 0; i < command.Rows.Count; i++)
        {
            if (i > 0)
                PreparedStatements.Bind(prepared, command.Rows[i]);
            using var reader = prepared.ExecuteReader();
            if (reader.FieldCount > 0)
            {
                while (reader.Read())
                {
                    changed++;
                    returned ??= reader.IsDBNull(0) ? null : reader.GetInt64(0);
                }
            }
            else
            {
                changed += reader.RecordsAffected;
            }

            if (command.EachChangesOne && changed != i + 1)
                throw new ConflictException(command.Conflict ?? $"expected one changed row, found {changed - i}: {command.Sql}");
        }

        return new(changed, returned);
    }

    /// <summary>Runs a statement of transaction control, kept prepared like any other.</summary>
    public void Control(string sql) => _statements.Get(sql, []).ExecuteNonQuery();

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    private sealed class SqliteRow(SqliteDataReader reader) : IRow
    {
        public bool IsNull(int column) => reader.IsDBNull(column);

        public long GetInt64(int column) => reader.GetInt64(column);

        public double GetDouble(int column) => reader.GetDouble(column);

        public string GetString(int column) => reader.GetString(column);

        public byte[] GetBlob(int column) => reader.GetFieldValue<byte[]>(column);
    }
}
