namespace Afterwit.Storage;

/// <summary>
/// The database on a libSQL server. Every unit of work has ids of its client's making and is safe to repeat: one whose answer was lost is sent again.
/// </summary>
public sealed class LibSqlDatabase : IDatabase
{
    // With each commit a row of this process moves: what moved in the rows of others, others did.
    private const string Announcement = """
        INSERT INTO writers(id, commits, at) VALUES (?1, 1, CAST(strftime('%s', 'now') AS INTEGER) * 1000)
        ON CONFLICT(id) DO UPDATE SET commits = commits + 1, at = excluded.at
        """;

    private const string ForeignCommits = "SELECT coalesce(sum(commits), 0) FROM writers WHERE id <> ?1";

    // A process that was not seen for so long is gone. What it committed stays in the sum, in row 0: a number that fell could hide a commit that came at the same time.
    private static readonly WriteStep[] ForgetWriters =
    [
        new(new("""
            INSERT INTO writers(id, commits, at)
            SELECT 0, coalesce(sum(w.commits), 0), t.at FROM (SELECT (CAST(strftime('%s', 'now') AS INTEGER) - 7 * 24 * 3600) * 1000 AS at) t LEFT JOIN writers w ON w.id <> 0 AND w.at < t.at
            WHERE true
            ON CONFLICT(id) DO UPDATE SET commits = commits + excluded.commits, at = excluded.at
            """)),
        new(new("DELETE FROM writers WHERE id <> 0 AND at < (SELECT at FROM writers WHERE id = 0)")),
    ];

    private readonly LibSqlClient _client;
    private readonly Lock _looking = new();
    private long _writer = NewWriter();
    private int _forgetting;
    private long _seen = -1;
    private long _changes;
    private bool _settled;

    private LibSqlDatabase(LibSqlClient client, Version version)
    {
        _client = client;
        EngineVersion = version;
        Statistics = new(client);
    }

    /// <inheritdoc/>
    public string Name => _client.Name;

    /// <inheritdoc/>
    public Version EngineVersion { get; }

    /// <inheritdoc/>
    public DatabaseStatistics Statistics { get; }

    /// <summary>The client that the database speaks through.</summary>
    public LibSqlClient Client => _client;

    /// <summary>Connects to a server.</summary>
    /// <param name="url"><c>libsql://</c> or <c>wss://</c>, <c>ws://</c>, <c>https://</c>, <c>http://</c>.</param>
    /// <param name="options">Null means the defaults.</param>
    /// <param name="time">The clock. Null means the system's.</param>
    /// <param name="cancellationToken">Stops connecting.</param>
    /// <exception cref="DatabaseException">The server cannot be reached, refuses the token, or has no such database.</exception>
    public static async Task<LibSqlDatabase> OpenAsync(string url, LibSqlOptions? options = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        var client = new LibSqlClient(url, options, time);
        try
        {
            var version = await client.ReadAsync([new("SELECT sqlite_version()")], cancellationToken).ConfigureAwait(false);
            return new(client, Version.Parse(version[0][0, 0].AsString()));
        }
        catch (LibSqlException e)
        {
            await client.DisposeAsync().ConfigureAwait(false);
            // Over a WebSocket a server that lacks the namespace says no more than that it failed.
            throw e is LibSqlConnectionException && options?.Namespace is { } name ? new DatabaseException($"{e.Message} Check also that it has the tenant '{name}'.", true, e) : Map(e);
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether a text names a server, rather than a file.</summary>
    public static bool IsServer(string database) => LibSqlClient.IsServerUrl(database);

    /// <summary>Whether a read failed because it brings more than a server sends in one answer: 10 MB, unless the server was told otherwise.</summary>
    internal static bool IsTooLarge(DatabaseException error) => error.InnerException is LibSqlServerException { Code: "RESPONSE_TOO_LARGE" };

    /// <inheritdoc/>
    public async Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queries);
        if (queries.Count == 0)
            return;
        Statistics.Read();
        IReadOnlyList<ResultSet> results;
        try
        {
            results = await _client.ReadAsync([.. queries.Select(q => new Statement(q.Sql, q.Arguments))], cancellationToken).ConfigureAwait(false);
        }
        catch (LibSqlException e)
        {
            throw Map(e);
        }

        for (var i = 0; i < results.Count; i++)
        {
            var row = new ResultRow(results[i]);
            while (row.Next())
                queries[i].OnRow(row);
            Statistics.RowsRead(results[i].Count);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(unitOfWork);
        try
        {
            return await RunAsync(unitOfWork, cancellationToken).ConfigureAwait(false);
        }
        catch (LibSqlException e)
        {
            if (e.OutcomeUnknown && _client.WithEachCommit is not null)
            {
                // It may be kept yet, after its caller looked: from now on what was announced so far counts as another's.
                Volatile.Write(ref _writer, NewWriter());
                AnnounceCommits();
            }

            throw Map(e);
        }
    }

    /// <inheritdoc/>
    public void AnnounceCommits() => _client.WithEachCommit = new(Announcement, [Volatile.Read(ref _writer)]);

    /// <inheritdoc/>
    /// <remarks>One round trip. A replica tells what it has seen so far, as with every read.</remarks>
    public async Task<long> ForeignChangesAsync(IReadOnlyList<Query> along, CancellationToken cancellationToken)
    {
        var number = 0L;
        await ReadAsync([new(ForeignCommits, [Volatile.Read(ref _writer)], row => number = row.GetInt64(0)), .. along], cancellationToken).ConfigureAwait(false);
        if (!_client.Servers.IsReplicated)
            return number;
        // What is read after a commit was seen may come from a replica that has not seen it: the look after that counts as a change as well.
        lock (_looking)
        {
            var moved = number != _seen;
            if (moved || !_settled)
                _changes++;
            (_seen, _settled) = (number, !moved);
            return _changes;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static long NewWriter() => Random.Shared.NextInt64(1, long.MaxValue);

    private static DatabaseException Map(LibSqlException e) => new(
        e.Message.Contains("too big", StringComparison.Ordinal)
            ? $"A text, or a step with all its texts, is larger than the server takes (sqld: 5 MB a value). Nothing was written; keep the long part elsewhere, and a reference to it here. ({e.Message})"
            : e.Message,
        e.IsTransient, e);

    private static CommandResult Result(IEnumerable<ResultSet> results)
    {
        var (changed, returned) = (0L, default(long?));
        foreach (var result in results)
        {
            changed += result.AffectedRows;
            if (returned is null && result.Count > 0 && result[0, 0].Type == SqlType.Integer)
                returned = result[0, 0].AsInt64();
        }

        return new((int)changed, returned);
    }

    private async Task<IReadOnlyList<CommandResult>> RunAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        List<WriteStep> steps = [];
        var ends = new int[unitOfWork.Count];
        for (var i = 0; i < ends.Length; i++)
        {
            var command = unitOfWork[i];
            steps.AddRange(command.IsScript ? Split(command.Sql) : BulkInsert.Of(command.Sql, command.Rows).Select(s => new WriteStep(s.Statement, command.EachChangesOne ? s.Rows : null)));
            ends[i] = steps.Count;
        }

        // Each process adds a row: each removes those of the dead once.
        if (_client.WithEachCommit is not null && Interlocked.Exchange(ref _forgetting, 1) == 0)
            steps.AddRange(ForgetWriters);
        try
        {
            var results = await _client.WriteAsync(steps, safeToRepeat: true, cancellationToken).ConfigureAwait(false);
            return [.. ends.Select((end, i) => Result(results.Take(new Range(i == 0 ? 0 : ends[i - 1], end))))];
        }
        catch (UnexpectedRowsException e)
        {
            var command = unitOfWork[Array.FindIndex(ends, end => e.Step < end)];
            throw new ConflictException(command.Conflict ?? "The data changed meanwhile; nothing was written.");
        }
    }

    /// <summary>The statements of a script, so that it goes in the same batch as the rest. The scripts are this library's own: no semicolon stands inside of a statement, but for triggers of one.</summary>
    private static IEnumerable<WriteStep> Split(string script) =>
        string.Join('\n', script.Split('\n').Where(line => !line.TrimStart().StartsWith("--", StringComparison.Ordinal))).Replace(";\nEND;", "\0END;", StringComparison.Ordinal)
            .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(sql => new WriteStep(sql.Replace('\0', ';')));

    /// <summary>The rows of a result, one after the other.</summary>
    private sealed class ResultRow(ResultSet result) : IRow
    {
        private int _row = -1;

        public bool Next() => ++_row < result.Count;

        public bool IsNull(int column) => result[_row, column].IsNull;

        public long GetInt64(int column) => result[_row, column].AsInt64();

        public double GetDouble(int column) => result[_row, column].AsDouble();

        public string GetString(int column) => result[_row, column].AsString();

        public byte[] GetBlob(int column) => result[_row, column].AsBlob();
    }
}
