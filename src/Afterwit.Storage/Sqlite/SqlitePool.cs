using System.Diagnostics;

namespace Afterwit.Storage;

/// <summary>
/// The connections of one embedded database. A returned connection goes on top of the stack and is lent again first: its statements are prepared and its pages
/// are cached. The number of connections in use never passes the limit; who comes later waits.
/// </summary>
internal sealed class SqlitePool(Func<SqliteSession> open, int limit, DatabaseStatistics statistics) : IDisposable
{
    private readonly Stack<SqliteSession> _idle = new(limit);
    private readonly SemaphoreSlim _free = new(limit, limit);
    private int _open;
    private int _waiting;
    private bool _disposed;

    /// <summary>The connections at this moment.</summary>
    public PoolFigures Figures => new(Volatile.Read(ref _open), limit - _free.CurrentCount, limit, limit, Volatile.Read(ref _waiting), null);

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
            var start = Stopwatch.GetTimestamp();
            Interlocked.Increment(ref _waiting);
            try
            {
                await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
                statistics.Measures.Waited(Stopwatch.GetElapsedTime(start));
            }

            return TakeOrOpen();
        }
    }

    /// <summary>Takes a connection back. A broken one is closed instead of being lent again.</summary>
    public void Return(SqliteSession session, bool broken)
    {
        lock (_idle)
        {
            if (broken || _disposed)
            {
                session.Dispose();
                Interlocked.Decrement(ref _open);
            }
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
            {
                session.Dispose();
                Interlocked.Decrement(ref _open);
            }
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

            var opened = open();
            Interlocked.Increment(ref _open);
            return opened;
        }
        catch
        {
            _free.Release();
            throw;
        }
    }
}
