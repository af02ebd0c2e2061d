using Afterwit.Storage;
using Microsoft.Data.Sqlite;

namespace Afterwit.Cli.Benchmarks;

/// <summary>The baseline of writes: a prepared insert on one connection, a commit for each row.</summary>
internal sealed class BareWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _step;

    public BareWriter(string path, SqliteOptions options)
    {
        _connection = new($"Data Source={path};Pooling=False");
        _connection.Open();
        using var setup = _connection.CreateCommand();
        setup.CommandText = $"""
            PRAGMA journal_mode=WAL; PRAGMA synchronous={options.Synchronous};
            CREATE TABLE steps(key INTEGER PRIMARY KEY, kind INTEGER, tool TEXT, arguments TEXT, observation TEXT, is_error INTEGER, at INTEGER);
            """;
        setup.ExecuteNonQuery();
        _step = _connection.CreateCommand();
        _step.CommandText = "INSERT INTO steps(kind, tool, arguments, observation, is_error, at) VALUES ($0, $1, $2, $3, $4, $5)";
        for (var i = 0; i < 6; i++)
            _step.Parameters.AddWithValue($"${i}", DBNull.Value);
        _step.Prepare();
    }

    public void Insert(Step step)
    {
        object?[] values = [(long)step.Kind, step.Tool, step.Arguments, step.Observation, step.IsError ? 1L : 0L, 0L];
        for (var i = 0; i < values.Length; i++)
            _step.Parameters[i].Value = values[i] ?? DBNull.Value;
        _step.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _step.Dispose();
        _connection.Dispose();
    }
}
