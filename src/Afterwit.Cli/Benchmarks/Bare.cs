using Afterwit.Storage;
using Microsoft.Data.Sqlite;

namespace Afterwit.Cli.Benchmarks;

/// <summary>The baseline of reads: prepared statements on one connection, nothing else. What is packed is not unpacked.</summary>
internal sealed class BareReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _head;
    private readonly SqliteCommand _steps;

    private BareReader(SqliteConnection connection)
    {
        _connection = connection;
        _head = Prepare("SELECT key, id, source_id, task, project, agent, user, run, domain, language, framework, complexity, status, score, reward, started_at, ended_at FROM episodes WHERE id = $a");
        _steps = Prepare("SELECT key, payload FROM step_packs WHERE key >= $a << 20 AND key < ($a + 1) << 20 ORDER BY key");
    }

    public static BareReader Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return new(connection);
    }

    public void Read(EpisodeId id)
    {
        _head.Parameters[0].Value = id.Value.ToByteArray(bigEndian: true);
        using (var reader = _head.ExecuteReader())
        {
            reader.Read();
            Fetch(reader);
            _steps.Parameters[0].Value = reader.GetInt64(0);
        }

        using var steps = _steps.ExecuteReader();
        while (steps.Read())
            Fetch(steps);
    }

    public void Dispose()
    {
        _head.Dispose();
        _steps.Dispose();
        _connection.Dispose();
    }

    private static void Fetch(SqliteDataReader reader)
    {
        for (var i = 0; i < reader.FieldCount; i++)
            _ = reader.GetValue(i);
    }

    private SqliteCommand Prepare(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.Add(new SqliteParameter("$a", DBNull.Value));
        command.Prepare();
        return command;
    }
}

/// <summary>The baseline of writes: prepared inserts on one connection, a commit for each row.</summary>
internal sealed class BareWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _step;
    private readonly SqliteCommand _head;

    private BareWriter(SqliteConnection connection)
    {
        _connection = connection;
        _step = Prepare("INSERT INTO steps(kind, tool, arguments, observation, is_error, at) VALUES ($1, $2, $3, $4, $5, $6)", 6);
        _head = Prepare("INSERT INTO episodes(id, task, status, started_at) VALUES ($1, $2, $3, $4)", 4);
    }

    public static BareWriter Open(string path, SqliteOptions options)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var setup = connection.CreateCommand();
        setup.CommandText = $"""
            PRAGMA journal_mode=WAL; PRAGMA synchronous={options.Synchronous};
            CREATE TABLE steps(key INTEGER PRIMARY KEY, kind INTEGER, tool TEXT, arguments TEXT, observation TEXT, is_error INTEGER, at INTEGER);
            CREATE TABLE episodes(key INTEGER PRIMARY KEY, id BLOB UNIQUE, task TEXT, status INTEGER, started_at INTEGER);
            """;
        setup.ExecuteNonQuery();
        return new(connection);
    }

    public void Insert(Step step) => Run(_step, (long)step.Kind, step.Tool, step.Arguments, step.Observation, step.IsError ? 1L : 0L, 0L);

    public void InsertHead(Episode episode) => Run(_head, episode.Id.Value.ToByteArray(), episode.Task, (long)episode.Status, episode.StartedAt.ToUnixTimeMilliseconds());

    public void Dispose()
    {
        _step.Dispose();
        _head.Dispose();
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
