namespace Afterwit.Storage;

/// <summary>
/// The connections of one embedded database. A returned connection goes on top of the stack and is lent again first: its statements are prepared and its pages
/// are cached. The number of connections in use never passes the limit; who comes later waits.
/// </summary>
internal sealed class SqlitePool(Func<SqliteSession> open, int limit, DatabaseStatistics statistics) : IDisposable
{
    private readonly Stack<SqliteSession> _idle = new(limit);
    private readonly SemaphoreSlim _free = new(limit, limit);
    private bool _disposed;

    /// <summary>Lends a connection. Completes at once unless all are in use.</summary>
    public ValueTask<SqliteSession> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(IDatabase));
        if (_free.Wait(0, CancellationToken.None))
            return ValueTask.FromResult(TakeOrOpen());
        statistics.ConnectionWaited();
        return WaitAsync(cancellationToken);

        async ValueTask<SqliteSession> WaitAsync(CancellationToken cancellationToken)
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
            return TakeOrOpen();
        }
    }

    /// <summary>Takes a connection back. A broken one is closed instead of being lent again.</summary>
    public void Return(SqliteSession session, bool broken)
    {
        lock (_idle)
        {
            if (broken || _disposed)
                session.Dispose();
            else
                _idle.Push(session);
        }

        _free.Release();
    }

    public void Dispose()
    {
        lock (_idle)
        {
            _disposed = true;
            while (_idle.TryPop(out var session))
                session.Dispose();
        }
    }

    private SqliteSession TakeOrOpen()
    {
        try
        {
            lock (_idle)
            {
                ObjectDisposedException.ThrowIf(_disposed, typeof(IDatabase));
                if (_idle.TryPop(out var session))
                {
                    statistics.ConnectionReused();
                    return session;
                }
            }

            return open();
        }
        catch
        {
            _free.Release();
            throw;
        }
    }
}
