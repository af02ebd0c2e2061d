using System.Runtime.CompilerServices;
using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Reading;
using Afterwit.LibSql.Replication;
using Afterwit.LibSql.Transport;
using Afterwit.LibSql.Writing;

namespace Afterwit.LibSql;

/// <summary>
/// A client of a libSQL server and of its read replicas. One client serves a whole process: it is safe to use from many threads, keeps its streams, gathers
/// concurrent writes into one commit, and finds its server again when it was lost. Every call ends by <see cref="LibSqlOptions.Timeout"/>.
/// </summary>
public sealed class LibSqlClient : IAsyncDisposable
{
    private static readonly PreparedStatement BeginRead = new("BEGIN");
    private static readonly PreparedStatement EndRead = new("COMMIT");

    private readonly LibSqlOptions _options;
    private readonly TimeProvider _time;
    private readonly Servers _servers;
    private readonly GroupedReads _reads;
    private readonly Writer _writer;
    private readonly StatementCache _statements;
    private readonly bool _mayOnlyRead;

    /// <summary>A client. Nothing is sent before the first call.</summary>
    /// <param name="url"><c>libsql://</c> or <c>wss://</c>, <c>ws://</c> (WebSocket), <c>https://</c>, <c>http://</c>.</param>
    /// <param name="options">Null means the defaults.</param>
    /// <param name="time">The clock. Null means the system's.</param>
    /// <exception cref="ArgumentException">The URL or an option is not allowed; the message says which and why.</exception>
    public LibSqlClient(string url, LibSqlOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        _options = options ?? new();
        _options.Validate();
        _time = time ?? TimeProvider.System;
        var address = ServerAddress.Parse(url);
        Statistics = new(address.NameOf(_options.Namespace));
        _mayOnlyRead = Authentication.IsReadOnly(_options.AuthToken ?? address.Token);
        _servers = new(address, _options, Statistics, _time);
        _reads = new(_servers, Statistics);
        _writer = new(_servers, _options, Statistics, _time);
        _statements = new(_options.StatementCacheSize, Statistics);
    }

    /// <summary>Where the primary is, without credentials.</summary>
    public string Name => _servers.Primary.Address.Name;

    /// <summary>The database on a server that has several. Null for its only one.</summary>
    internal string? Namespace => _options.Namespace;

    /// <summary>What the client has done so far.</summary>
    public LibSqlStatistics Statistics { get; }

    /// <summary>Whether a text is the URL of a server, by its scheme.</summary>
    public static bool IsServerUrl(string text) => ServerAddress.IsServer(text);

    /// <summary>A statement that every transaction which changes rows ends with, once for all units that share it. Null when there is none.</summary>
    internal Statement? WithEachCommit
    {
        get;
        set => _writer.WithEachCommit = (field = value) is { } statement ? _statements.Bind(statement) : null;
    }

    internal Servers Servers => _servers;

    internal StatementCache Statements => _statements;

    /// <summary>
    /// Runs a statement. The first time, the server is asked in the same message what kind of statement it is; from then on one that only reads goes to a
    /// replica, and one that writes shares its commit with others that write at the same time.
    /// </summary>
    /// <exception cref="LibSqlServerException">The server refused the statement.</exception>
    /// <exception cref="LibSqlException">The server could not be reached in time, or no stream was free.</exception>
    public Task<ResultSet> ExecuteAsync(Statement statement, CancellationToken cancellationToken = default)
    {
        var bound = _statements.Bind(statement);
        return bound.Prepared.Description is { IsReadOnly: true } ? _reads.ReadAsync(bound, Deadline(), cancellationToken).AsTask() : ExecuteAsync(statement, bound, cancellationToken);
    }

    /// <summary>Runs statements that only read in one snapshot and one round trip.</summary>
    /// <exception cref="LibSqlServerException">The server refused one of them.</exception>
    public async Task<IReadOnlyList<ResultSet>> ReadAsync(IReadOnlyList<Statement> statements, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(statements);
        if (statements.Count == 0)
            return [];
        if (statements.Count == 1)
            return [await _reads.ReadAsync(BindRead(statements[0]), Deadline(), cancellationToken).ConfigureAwait(false)];
        var steps = new List<BoundStep>(statements.Count + 2) { new(new(BeginRead, []), null) };
        foreach (var statement in statements)
            steps.Add(new(BindRead(statement), BatchCondition.Ok(steps.Count - 1)));
        steps.Add(new(new(EndRead, []), BatchCondition.Not(BatchCondition.IsAutocommit)));
        return await _servers.ReadAsync("read", steps, static async (stream, s, deadline, token) =>
        {
            var batch = await Writer.BatchAsync(s.Servers, s.At, stream, s.State, s.Seen, deadline, token).ConfigureAwait(false);
            return batch.Errors.FirstOrDefault(e => e is not null) is { } error ? throw new LibSqlServerException(error) : (IReadOnlyList<ResultSet>)[.. batch.Results.Skip(1).SkipLast(1).Select(r => r!)];
        }, Deadline(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a unit of work in one transaction and one round trip, and returns after its commit. Units that arrive together share a commit; one that fails is undone alone.
    /// One of more than 20 MB takes several round trips, and has <see cref="LibSqlOptions.Timeout"/> for each.</summary>
    /// <param name="unit">The statements, in order.</param>
    /// <param name="safeToRepeat">Whether it may be sent again when its answer was lost. True for writes whose repetition changes nothing, such as inserts with an id of the client's and ON CONFLICT DO NOTHING.</param>
    /// <param name="cancellationToken">Takes effect until the unit is picked up; from then on it is committed or fails on its own.</param>
    /// <returns>The result of each statement.</returns>
    /// <exception cref="UnexpectedRowsException">A statement changed another number of rows than was expected; nothing was kept.</exception>
    /// <exception cref="LibSqlServerException">The server refused a statement; nothing was kept.</exception>
    public Task<IReadOnlyList<ResultSet>> WriteAsync(IReadOnlyList<WriteStep> unit, bool safeToRepeat = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(unit);
        if (_mayOnlyRead)
            throw Authentication.MayOnlyRead(_servers.Primary.Address);
        return unit.Count == 0 ? Task.FromResult<IReadOnlyList<ResultSet>>([]) : _writer.WriteAsync(new([.. unit.Select(s => (_statements.Bind(s.Statement), s.ExpectedRows))], safeToRepeat, _time, _options.Timeout), cancellationToken);
    }

    /// <summary>Inserts many rows in one transaction, in the fastest form the server knows: see <see cref="BulkInsert"/>.</summary>
    /// <param name="sql"><c>INSERT INTO t(columns) VALUES (expressions) [ON CONFLICT ..]</c> with parameters ?1, ?2 and so on.</param>
    /// <param name="rows">The arguments of each row.</param>
    /// <param name="safeToRepeat">As of <see cref="WriteAsync"/>.</param>
    /// <param name="cancellationToken">As of <see cref="WriteAsync"/>.</param>
    /// <returns>The number of rows inserted or updated.</returns>
    public async Task<long> BulkInsertAsync(string sql, IReadOnlyList<SqlValue[]> rows, bool safeToRepeat = false, CancellationToken cancellationToken = default) =>
        (await WriteAsync([.. BulkInsert.Of(sql, rows).Select(s => new WriteStep(s.Statement))], safeToRepeat, cancellationToken).ConfigureAwait(false)).Sum(r => r.AffectedRows);

    /// <summary>Runs the steps of a batch on the primary, each when its condition holds. They are no transaction unless they say so.</summary>
    public async Task<BatchResult> BatchAsync(IReadOnlyList<BatchStep> steps, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(steps);
        return await _servers.Primary.RunAsync("batch", safeToRepeat: false, (_servers, steps: (IReadOnlyList<BoundStep>)[.. steps.Select(s => new BoundStep(_statements.Bind(s.Statement, mayControl: true), s.Condition))]), static async (stream, s, deadline, token) =>
        {
            var result = await Writer.BatchAsync(s._servers, s._servers.Primary, stream, s.steps, null, deadline, token).ConfigureAwait(false);
            stream.InTransaction = true; // whatever the steps say: what they leave open is undone
            return result;
        }, Deadline(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs many statements without parameters, separated by semicolons, in one transaction: for schema changes.</summary>
    public async Task ExecuteScriptAsync(string script, CancellationToken cancellationToken = default)
    {
        var transaction = await BeginTransactionAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await transaction.ExecuteScriptAsync(script, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What a statement takes and gives, without running it.</summary>
    public async Task<StatementDescription> DescribeAsync(string sql, CancellationToken cancellationToken = default)
    {
        var prepared = _statements.Get(sql);
        if (prepared.Description is { } known)
            return known;
        Statistics.Add(Counter.Described);
        return prepared.Description = await _servers.Primary.RunAsync("describe", safeToRepeat: true, prepared, static async (stream, prepared, deadline, token) =>
            (await stream.SendAsync(HranaRequest.Describe(prepared), deadline, token).ConfigureAwait(false)).Get<StatementDescription>(), Deadline(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Streams the rows of a statement as they come, without holding all of them. A stream is held until the last row, or until the caller stops.</summary>
    public async IAsyncEnumerable<Row> StreamAsync(Statement statement, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var bound = _statements.Bind(statement);
        var pool = _servers.Primary.Pool;
        var stream = await pool.RentAsync("rows of a query", Deadline(), cancellationToken).ConfigureAwait(false);
        try
        {
            var columns = ResultColumns.None;
            await foreach (var entry in stream.ReadCursorAsync(HranaRequest.Batch([new(bound, null)]), Deadline(), cancellationToken).ConfigureAwait(false))
            {
                if (entry.Error is { } error)
                    throw new LibSqlServerException(error);
                if (entry.Columns is { } begun && entry.Kind == CursorEntryKind.StepBegin)
                    columns = begun;
                if (entry.Kind == CursorEntryKind.ReplicationIndex)
                    _servers.Advance(_servers.Primary, entry.ReplicationIndex);
                if (entry.Row is { } row)
                    yield return new(new(columns, row, 1), 0);
            }
        }
        finally
        {
            pool.Return(stream);
        }
    }

    /// <summary>Begins a transaction of several calls on a stream of its own. Others wait for its write lock: keep it short; the server ends it after 5 s when another writer waits. Prefer <see cref="WriteAsync"/> where the statements are known.</summary>
    /// <param name="holder">Who holds the stream, for the message of an exhausted pool. Default: the calling method.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<LibSqlTransaction> BeginTransactionAsync([CallerMemberName] string holder = "", CancellationToken cancellationToken = default)
    {
        if (_mayOnlyRead)
            throw Authentication.MayOnlyRead(_servers.Primary.Address);
        return await _servers.Primary.RunAsync($"transaction of {holder}", safeToRepeat: true, this, static async (stream, client, deadline, token) =>
        {
            var transaction = new LibSqlTransaction(client, stream, client._options.Timeout, client._time);
            await transaction.BeginAsync(deadline, token).ConfigureAwait(false);
            return transaction;
        }, Deadline(), cancellationToken, keepsStream: true).ConfigureAwait(false);
    }

    /// <summary>Writes what is queued, then closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _servers.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A statement that changes something, or of which it is not known yet.</summary>
    private async Task<ResultSet> ExecuteAsync(Statement statement, BoundStatement bound, CancellationToken cancellationToken)
    {
        switch (bound.Prepared.Description)
        {
            case not null when _mayOnlyRead:
                throw Authentication.MayOnlyRead(_servers.Primary.Address);
            case null when _mayOnlyRead || WithEachCommit is not null: // what has to go with a commit is not forgotten the first time
                await DescribeAsync(statement.Sql, cancellationToken).ConfigureAwait(false);
                return await ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
            case not null when bound.Prepared.IsDataChange:
                return (await _writer.WriteAsync(new([(bound, null)], safeToRepeat: false, _time, _options.Timeout), cancellationToken).ConfigureAwait(false))[0];
            default:
                return await _servers.Primary.RunAsync("execute", safeToRepeat: false, (_servers, bound), static async (stream, s, deadline, token) =>
                {
                    ResultSet result;
                    if (s.bound.Prepared.Description is null)
                    {
                        var answers = await stream.SendAsync([HranaRequest.Describe(s.bound.Prepared), HranaRequest.Execute(s.bound)], deadline, token).ConfigureAwait(false);
                        s._servers.Statistics.Add(Counter.Described);
                        s.bound.Prepared.Description ??= answers[0].Payload as StatementDescription;
                        result = answers[1].Get<ResultSet>();
                    }
                    else
                    {
                        result = (await stream.SendAsync(HranaRequest.Execute(s.bound), deadline, token).ConfigureAwait(false)).Get<ResultSet>();
                    }

                    s._servers.Advance(s._servers.Primary, result.ReplicationIndex);
                    return result;
                }, Deadline(), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A statement that is repeated when its answer was lost: one that is known to change something is refused.</summary>
    private BoundStatement BindRead(Statement statement)
    {
        var bound = _statements.Bind(statement);
        return bound.Prepared.Description is { IsReadOnly: false } ? throw new ArgumentException($"'{statement.Sql}' changes something: use {nameof(WriteAsync)}.") : bound;
    }

    private Deadline Deadline() => new(_time, _options.Timeout);
}
