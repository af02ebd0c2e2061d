using System.Globalization;
using Afterwit.LibSql;
using Afterwit.Storage;
using Microsoft.Data.Sqlite;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// The baseline: what a store does that nobody thought about. Each operation opens a connection, prepares its statement, runs it, reads back what it wrote, compares, and closes.
/// Text is found with LIKE.
/// </summary>
/// <param name="address">A file or a server.</param>
/// <param name="server">How the server is opened.</param>
internal sealed class NaiveStore(string address, LibSqlOptions server)
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS naive_episodes(id TEXT PRIMARY KEY, task TEXT NOT NULL, domain TEXT, status INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS naive_steps(id INTEGER PRIMARY KEY, episode TEXT NOT NULL, tool TEXT, arguments TEXT, observation TEXT);
        CREATE INDEX IF NOT EXISTS naive_steps_by_episode ON naive_steps(episode);
        """;

    private long _roundTrips;

    /// <summary>Calls to a file; to a server, round trips.</summary>
    public long RoundTrips => Interlocked.Read(ref _roundTrips);

    /// <summary>Makes its tables beside those of the memory.</summary>
    public async Task PrepareAsync()
    {
        if (LibSqlDatabase.IsServer(address))
        {
            await using var client = new LibSqlClient(address, server);
            await client.ExecuteScriptAsync(Schema);
            return;
        }

        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=WAL;" + Schema;
        command.ExecuteNonQuery();
    }

    public Task StartAsync(EpisodeId id, string task) => WriteAsync(
        "INSERT INTO naive_episodes(id, task, status) VALUES (?1, ?2, 0)", [id.ToString(), task], "SELECT task FROM naive_episodes WHERE id = ?1", [id.ToString()], task);

    public Task LogAsync(EpisodeId id, Step step) => WriteAsync(
        "INSERT INTO naive_steps(episode, tool, arguments, observation) VALUES (?1, ?2, ?3, ?4)", [id.ToString(), step.Tool, step.Arguments, step.Observation],
        "SELECT observation FROM naive_steps WHERE episode = ?1 ORDER BY id DESC LIMIT 1", [id.ToString()], step.Observation!);

    public Task CompleteAsync(EpisodeId id) => WriteAsync(
        "UPDATE naive_episodes SET status = 1 WHERE id = ?1", [id.ToString()], "SELECT CAST(status AS TEXT) FROM naive_episodes WHERE id = ?1", [id.ToString()], "1");

    public async Task GetAsync(EpisodeId id)
    {
        if ((await RunAsync([("SELECT e.task, s.tool, s.arguments, s.observation FROM naive_episodes e LEFT JOIN naive_steps s ON s.episode = e.id WHERE e.id = ?1 ORDER BY s.id", [id.ToString()])])).Count == 0)
            throw new InvalidDataException($"The episode {id} of the baseline is not there.");
    }

    public Task RecallAsync(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var any = string.Join(" OR ", words.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"task LIKE '%' || ?{i + 1} || '%'")));
        return RunAsync([($"SELECT id, task FROM naive_episodes WHERE status = 1 AND ({any}) ORDER BY rowid DESC LIMIT 10", [.. words.Select(w => (SqlValue)w)])]);
    }

    /// <summary>A whole episode: its head, its steps one by one, and the head read back, over one connection.</summary>
    public async Task StoreAsync(Episode episode)
    {
        var id = episode.Id.ToString();
        var found = await RunAsync(
        [
            ("INSERT INTO naive_episodes(id, task, status) VALUES (?1, ?2, 1)", [id, episode.Task]),
            .. episode.Steps.Select(s => ("INSERT INTO naive_steps(episode, tool, arguments, observation) VALUES (?1, ?2, ?3, ?4)", (SqlValue[])[id, s.Tool, s.Arguments, s.Observation])),
            ("SELECT task FROM naive_episodes WHERE id = ?1", [id]),
        ]);
        if (found is not [var task] || task != episode.Task)
            throw new InvalidDataException("The baseline did not read what it wrote.");
    }

    private async Task WriteAsync(string write, SqlValue[] arguments, string read, SqlValue[] key, string expected)
    {
        var found = await RunAsync([(write, arguments), (read, key)]);
        if (found is not [var value] || value != expected)
            throw new InvalidDataException("The baseline did not read what it wrote.");
    }

    /// <summary>The first column of what the last of the statements gives.</summary>
    private async Task<IReadOnlyList<string>> RunAsync((string Sql, SqlValue[] Arguments)[] statements)
    {
        if (!LibSqlDatabase.IsServer(address))
            return RunOnFile(statements);
        await using var client = new LibSqlClient(address, server);
        ResultSet? last = null;
        for (var i = 0; i < statements.Length; i++)
        {
            if (i == 0)
                await client.DescribeAsync(statements[i].Sql);
            last = await client.ExecuteAsync(new(statements[i].Sql, statements[i].Arguments));
        }

        Interlocked.Add(ref _roundTrips, client.Statistics.RoundTrips);
        return [.. last!.Select(row => row[0].AsString())];
    }

    private List<string> RunOnFile((string Sql, SqlValue[] Arguments)[] statements)
    {
        using var connection = Connect();
        List<string> found = [];
        foreach (var (sql, arguments) in statements)
        {
            found.Clear();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < arguments.Length; i++)
                command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"?{i + 1}"), arguments[i].IsNull ? DBNull.Value : arguments[i].AsString());
            command.Prepare();
            using var reader = command.ExecuteReader();
            while (reader.Read())
                found.Add(reader.GetString(0));
            Interlocked.Increment(ref _roundTrips);
        }

        return found;
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={address};Pooling=False");
        connection.Open();
        Interlocked.Increment(ref _roundTrips);
        return connection;
    }
}
