namespace Afterwit.Storage;

/// <summary>
/// The one seam between the store and an engine: statements go in as data, so that an engine behind a network can send them in one round trip.
/// Only implementations know the engine; the store's SQL is written once, for SQLite 3.35 and later.
/// </summary>
public interface IDatabase : IAsyncDisposable
{
    /// <summary>What is open, for messages: a path or a URL without its credentials.</summary>
    string Name { get; }

    /// <summary>The engine's version, such as <c>3.40.1</c>.</summary>
    Version EngineVersion { get; }

    /// <summary>Runs queries on one connection, in one snapshot and one round trip. Each hands its rows to its own callback, in order.</summary>
    /// <exception cref="DatabaseException">The database failed; the message says how and what to do.</exception>
    Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken);

    /// <summary>Runs a unit of work in one transaction and returns after its commit. All of it is kept, or nothing.</summary>
    /// <remarks>An engine behind a network sends a unit again when its answer is lost: a unit that was kept already has to change nothing more, or to end in a conflict.</remarks>
    /// <returns>One result for each command.</returns>
    /// <exception cref="ConflictException">A command changed another number of rows than it had to; nothing was kept.</exception>
    /// <exception cref="DatabaseException">The database failed; nothing was kept.</exception>
    Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken);

    /// <summary>From now on other processes can see in <see cref="ForeignChangesAsync"/> that this one committed. A store says so once its tables are there.</summary>
    void AnnounceCommits();

    /// <summary>A number that is another one whenever a commit of somebody else came to be seen since it was last asked for. Commits through this database do not move it.</summary>
    /// <param name="along">Queries to run in the same round trip. What they read is no older than the number: a commit that they did not see will move it.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="DatabaseException">It cannot be told now: the database failed, or a commit takes long.</exception>
    Task<long> ForeignChangesAsync(IReadOnlyList<Query> along, CancellationToken cancellationToken);

    /// <summary>What the connections, the statement cache and the writer have done since the database was opened.</summary>
    DatabaseStatistics Statistics { get; }
}

/// <summary>A row that a query is positioned on. Valid only inside the callback.</summary>
public interface IRow
{
    /// <summary>True when the column is null.</summary>
    bool IsNull(int column);

    /// <summary>An integer.</summary>
    long GetInt64(int column);

    /// <summary>A real number.</summary>
    double GetDouble(int column);

    /// <summary>Text.</summary>
    string GetString(int column);

    /// <summary>Bytes.</summary>
    byte[] GetBlob(int column);
}

/// <summary>A query with its arguments and what to do with each of its rows.</summary>
/// <param name="Sql">One statement; parameters are ?1, ?2 and so on.</param>
/// <param name="Arguments">The values of the parameters.</param>
/// <param name="OnRow">Called for each row.</param>
public readonly record struct Query(string Sql, SqlValue[] Arguments, Action<IRow> OnRow);

/// <summary>A statement that changes something, run once for each row of arguments.</summary>
/// <remarks>
/// A statement for many rows is an UPDATE, a DELETE, or <c>INSERT INTO t(columns) VALUES (expressions) [ON CONFLICT ..]</c> in which what one row writes is not read by the next:
/// an engine behind a network sends all rows together and selects from them. Appending steps, one behind the other, is the exception.
/// </remarks>
/// <param name="Sql">One statement; parameters are ?1, ?2 and so on. With RETURNING, the first column of the first row is given back.</param>
/// <param name="Rows">The arguments: one array for each execution. None means that nothing is run.</param>
public sealed record Command(string Sql, IReadOnlyList<SqlValue[]> Rows)
{
    /// <summary>A statement that is run once.</summary>
    public Command(string sql, params SqlValue[] arguments) : this(sql, [arguments])
    {
    }

    /// <summary>Many statements without parameters, separated by semicolons: for schema changes.</summary>
    public static Command OfScript(string script) => new(script, Array.Empty<SqlValue[]>()) { IsScript = true };

    /// <summary>True when <see cref="Sql"/> is a script.</summary>
    public bool IsScript { get; private init; }

    /// <summary>When true, the unit of work is undone unless each execution changes exactly one row. Default false.</summary>
    public bool EachChangesOne { get; init; }

    /// <summary>What the conflict means, when <see cref="EachChangesOne"/> is not met.</summary>
    public string? Conflict { get; init; }
}

/// <summary>What a command did.</summary>
/// <param name="Changed">The number of rows changed.</param>
/// <param name="Returned">The first integer that a RETURNING clause gave.</param>
public readonly record struct CommandResult(int Changed, long? Returned);
