using Microsoft.Data.Sqlite;

namespace Afterwit.Storage;

/// <summary>
/// One SQLite file, or a database in memory. Reads run on the caller's thread over pooled connections and never block each other or the writer (WAL);
/// writes go through one queue with group commit, and wait for other processes that write to the file.
/// </summary>
public sealed class SqliteDatabase : IDatabase
{
    /// <summary>The path that means a database in memory, gone when it is closed.</summary>
    public const string InMemory = ":memory:";

    // A commit may wait long for another process; a read that wants to know what is new must not.
    private static readonly TimeSpan CommitPatience = TimeSpan.FromMilliseconds(10);

    private readonly SqliteOptions _options;
    private readonly SqlitePool _pool;
    private readonly CommitQueue _writer;
    private readonly Func<SqliteSession> _open;
    private readonly bool _inMemory;
    private readonly SemaphoreSlim _writing = new(1);
    private SqliteSession? _writeSession;
    private bool _disposed;

    private SqliteDatabase(string name, string connectionString, SqliteOptions options, Version version)
    {
        Name = name;
        EngineVersion = version;
        _options = options;
        _inMemory = name == InMemory;
        Statistics = new(name, () => _pool!.Figures);
        _open = () => SqliteSession.Open(connectionString, options, Statistics);
        _pool = new(_open, _inMemory ? 1 : options.MaxReaders, Statistics);
        _writer = new(CommitAsync, options.MaxGroupCommit);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public Version EngineVersion { get; }

    /// <inheritdoc/>
    public DatabaseStatistics Statistics { get; }

    /// <summary>The connections that read.</summary>
    internal SqlitePool Pool => _pool;

    /// <summary>Opens a file, and creates it readable by its owner alone when it is not there.</summary>
    /// <param name="path">A path, or <see cref="InMemory"/>.</param>
    /// <param name="options">Null means the defaults.</param>
    /// <exception cref="DatabaseException">It cannot be opened: a folder, another kind of file, read-only, no SQLite library.</exception>
    public static SqliteDatabase Open(string path, SqliteOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new();
        options.Validate();
        path = PathOf(path);
        var version = NativeSqlite.EnsureLoaded();
        if (path == InMemory)
            return new(path, new SqliteConnectionStringBuilder { DataSource = InMemory, Pooling = false }.ToString(), options, version);

        path = Path.GetFullPath(path);
        PrepareFile(path);
        var connectionString = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString();
        var database = new SqliteDatabase(path, connectionString, options, version);
        try
        {
            database._writeSession = database._open();
            database.SetJournal(database._writeSession);
            return database;
        }
        catch (SqliteException e)
        {
            database._writeSession?.Dispose();
            throw SqliteErrors.Map(e, path, options.BusyTimeout);
        }
        catch
        {
            database._writeSession?.Dispose();
            throw;
        }
    }

    /// <summary>The path that a name stands for, without <c>file:</c>.</summary>
    /// <exception cref="DatabaseException">It is the URL of something else.</exception>
    internal static string PathOf(string name)
    {
        if (name.StartsWith("file:", StringComparison.Ordinal))
            return name["file:".Length..];
        var scheme = name.IndexOf("://", StringComparison.Ordinal);
        return scheme < 0 ? name : throw new DatabaseException($"{name[..scheme]}:// is not a kind of database that this release opens. Give a path, {InMemory}, or the URL of a server: libsql://, wss://, ws://, https:// or http://.");
    }

    /// <inheritdoc/>
    public async Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queries);
        cancellationToken.ThrowIfCancellationRequested();
        Statistics.Read();
        var session = await RentAsync(cancellationToken).ConfigureAwait(false);
        var broken = true;
        try
        {
            var snapshot = queries.Count > 1;
            if (snapshot)
                session.Control("BEGIN");
            try
            {
                for (var i = 0; i < queries.Count; i++)
                    session.Read(queries[i], cancellationToken);
            }
            finally
            {
                if (snapshot)
                    session.Control("COMMIT"); // nothing was written: it only ends the snapshot
            }

            broken = false;
        }
        catch (OperationCanceledException)
        {
            broken = false; // the reader is closed, the connection is sound
            throw;
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.Map(e, Name, _options.BusyTimeout);
        }
        finally
        {
            // A connection in memory is the database itself: it is never thrown away.
            _pool.Return(session, broken && !_inMemory);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(unitOfWork);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _writer.EnqueueAsync(unitOfWork, cancellationToken);
    }

    /// <summary>Gives the room of what was deleted back to the file system: SQLite's VACUUM. Takes as much free disk as the file has bytes; writers wait meanwhile.</summary>
    /// <exception cref="DatabaseException">The disk is full, or another process holds the file; it is as it was.</exception>
    public Task CompactAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _inMemory ? Task.CompletedTask : Task.Run(Compact, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>SQLite sees what others commit by the file itself: there is nothing to announce.</remarks>
    public void AnnounceCommits()
    {
    }

    /// <inheritdoc/>
    /// <remarks>Asks the one connection whose own commits do not count: the writer's.</remarks>
    public async Task<long> ForeignChangesAsync(IReadOnlyList<Query> along, CancellationToken cancellationToken)
    {
        var version = _inMemory ? 0 : await DataVersionAsync(cancellationToken).ConfigureAwait(false);
        if (along.Count > 0)
            await ReadAsync(along, cancellationToken).ConfigureAwait(false); // behind the number: what is committed between is seen, and moves it as well
        return version;
    }

    private async Task<long> DataVersionAsync(CancellationToken cancellationToken)
    {
        if (!await _writing.WaitAsync(CommitPatience, cancellationToken).ConfigureAwait(false))
            throw new DatabaseException($"{Name}: a commit is under way; whether others wrote cannot be told before its end.", true);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var version = 0L;
            _writeSession!.Read(new("PRAGMA data_version", [], row => version = row.GetInt64(0)), cancellationToken);
            return version;
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.Map(e, Name, _options.BusyTimeout);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _writing.WaitAsync().ConfigureAwait(false);
        _pool.Dispose();
        _writeSession?.Dispose(); // the last connection to close checkpoints the log into the file
        _writing.Release();
    }

    private void Compact()
    {
        try
        {
            using var session = _open();
            session.Run("PRAGMA temp_store=FILE"); // the copy can be larger than memory
            session.Run("VACUUM");
            session.Run("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.Map(e, Name, _options.BusyTimeout);
        }
    }

    private static void PrepareFile(string path)
    {
        if (Directory.Exists(path))
            throw new DatabaseException($"{path} is a folder, not a database file. Give the path of a file, such as {Path.Combine(path, "memory.db")}.");
        var file = new FileInfo(path);
        try
        {
            if (!file.Exists)
            {
                file.Directory!.Create();
                var create = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete };
                if (!OperatingSystem.IsWindows())
                    create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                using (new FileStream(path, create))
                {
                }
            }
            else if (file.IsReadOnly)
            {
                throw new DatabaseException($"{path} is read-only. Make it writable (`chmod u+w {path}`), or copy it and open the copy.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseException($"{path} cannot be opened or created: {e.Message} Check that its folder exists and may be written.", false, e);
        }
    }

    /// <summary>Turns the log on. Switching needs the file for itself for a moment, and SQLite does not wait for that by its own timeout.</summary>
    private void SetJournal(SqliteSession session)
    {
        var deadline = Environment.TickCount64 + (long)_options.BusyTimeout.TotalMilliseconds;
        for (var pause = 1; ; pause = Math.Min(pause * 2, 50))
        {
            try
            {
                if (IsForeign(session))
                    return;
                if (session.Scalar("PRAGMA journal_mode=WAL") != "wal")
                    throw new DatabaseException($"{Name} does not allow a write-ahead log: its file system has no shared memory. Move it to a local disk.");
                if (_options.MaxBytes > 0)
                    session.Run($"PRAGMA max_page_count={_options.MaxBytes / long.Parse(session.Scalar("PRAGMA page_size")!, System.Globalization.CultureInfo.InvariantCulture)}");
                return;
            }
            catch (SqliteException e) when (SqliteErrors.IsBusy(e) && Environment.TickCount64 < deadline)
            {
                Thread.Sleep(pause);
            }
        }
    }

    /// <summary>The journal mode is written into the file: the database of another program, which the store is about to refuse, has to stay as it is.</summary>
    private static bool IsForeign(SqliteSession session) => session.Scalar($"SELECT ours = 0 AND tables > 0 FROM ({Migrations.TablesSql})") == "1";

    private async ValueTask<SqliteSession> RentAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _pool.RentAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.Map(e, Name, _options.BusyTimeout);
        }
    }

    private async Task CommitAsync(IReadOnlyList<QueuedUnit> group)
    {
        await _writing.WaitAsync().ConfigureAwait(false);
        var session = _inMemory ? await RentAsync(CancellationToken.None).ConfigureAwait(false) : _writeSession!;
        try
        {
            // On most systems an open file can be removed: what goes into it then is gone when it is closed.
            if (!_inMemory && session.HasMoved)
            {
                var gone = new DatabaseException($"{Name} was removed, renamed or replaced while it was open. Nothing was written: put it back, or start again to begin a new one.");
                foreach (var write in group)
                    write.Completion.TrySetException(gone);
                return;
            }

            SqliteTransactionRunner.Commit(session, group, Statistics, e => SqliteErrors.Map(e, Name, _options.BusyTimeout));
        }
        finally
        {
            if (_inMemory)
                _pool.Return(session, broken: false);
            _writing.Release();
        }
    }
}
