using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

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
            var session = new SqliteSession(connection, new PreparedStatements(connection.Handle!, options.StatementCacheSize, statistics), statistics);
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

    /// <summary>Whether the file is no longer where it was opened.</summary>
    public bool HasMoved => NativeSqlite.HasMoved(_connection.Handle!);

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
        var rows = 0;
        var statement = _statements.Get(query.Sql);
        statement.Bind(query.Arguments);
        try
        {
            for (; statement.Step(); rows++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                query.OnRow(statement);
            }
        }
        finally
        {
            statement.Reset();
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
        var statement = _statements.Get(command.Sql);
        for (var i = 0; i < command.Rows.Count; i++)
        {
            statement.Bind(command.Rows[i]);
            try
            {
                while (statement.Step())
                {
                    changed++;
                    returned ??= statement.IsNull(0) ? null : statement.GetInt64(0);
                }
            }
            finally
            {
                statement.Reset();
            }

            if (statement.Columns == 0)
                changed += raw.sqlite3_changes(_connection.Handle!);
            if (command.EachChangesOne && changed != i + 1)
                throw new ConflictException(command.Conflict ?? $"expected one changed row, found {changed - i}: {command.Sql}");
        }

        return new(changed, returned);
    }

    /// <summary>Runs a statement of transaction control, kept prepared like any other.</summary>
    public void Control(string sql)
    {
        var statement = _statements.Get(sql);
        try
        {
            statement.Step();
        }
        finally
        {
            statement.Reset();
        }
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }
}
