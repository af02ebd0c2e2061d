using Afterwit.Storage;
using Microsoft.Data.Sqlite;

namespace Afterwit.Cli.Benchmarks;

/// <summary>The baseline of writes: prepared inserts on one connection, a commit for each row.</summary>
internal sealed class BareWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _step;

    private BareWriter(SqliteConnection connection)
    {
        _connection = connection;
        _step = Prepare("INSERT INTO steps(kind, tool, arguments, observation, is_error, at) VALUES ($1, $2, $3, $4, $5, $6)", 6);
    }

    public static BareWriter Open(string path, SqliteOptions options)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var setup = connection.CreateCommand();
        setup.CommandText = $"""
            PRAGMA journal_mode=WAL; PRAGMA synchronous={options.Synchronous};
            CREATE TABLE steps(key INTEGER PRIMARY KEY, kind INTEGER, tool TEXT, arguments TEXT, observation TEXT, is_error INTEGER, at INTEGER);
            """;
        setup.ExecuteNonQuery();
        return new(connection);
    }

    public void Insert(Step step) => Run(_step, (long)step.Kind, step.Tool, step.Arguments, step.Observation, step.IsError ? 1L : 0L, 0L);

    public void Dispose()
    {
        _step.Dispose();
        _connection.Dispose();
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 1; i <= parameters; i++)
            command.Parameters.Add(new SqliteParameter($"${i}", DBNull.Value));
        command.Prepare();
        return command;
    }
}
