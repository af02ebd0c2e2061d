using System.Diagnostics;

namespace Afterwit.Storage;

/// <summary>
/// The connections of one embedded database. A returned connection goes on top of the stack and is lent again first: its statements are prepared and its pages
/// are cached. The number of connections in use never passes the limit; who comes later waits.
/// </summary>
internal sealed class SqlitePool(Func<SqliteSession> open, int most, DatabaseStatistics statistics) : IDisposable
{
    private readonly Stack<SqliteSession> _idle = new(most);
    private readonly SemaphoreSlim _free = new(most, most);
    private int _limit = most;
    private int _owed;
    private int _peak;
    private int _open;
    private int _waiting;
    private bool _disposed;

    /// <summary>The connections at this moment.</summary>
    public PoolFigures Figures => new(Volatile.Read(ref _open), InUse, Limit, Most, Volatile.Read(ref _waiting), null);

    /// <summary>The most connections that may ever be open.</summary>
    public int Most { get; } = most;

    /// <summary>How many may be open now, 1 to <see cref="Most"/>. Those in use beyond it are closed when they come back.</summary>
    public int Limit
    {
        get => Volatile.Read(ref _limit);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Most);
            lock (_idle)
            {
                _owed += _limit - value;
                Volatile.Write(ref _limit, value);
                for (; _owed < 0; _owed++)
                    _free.Release();
                for (; _owed > 0 && _free.Wait(0, CancellationToken.None); _owed--)
                {
                    if (_open > value && _idle.TryPop(out var session))
                        Close(session);
                }
            }
        }
    }

    private int InUse => Limit + Volatile.Read(ref _owed) - _free.CurrentCount;

    /// <summary>The most connections that were in use at a time since it was last asked.</summary>
    public int TakePeak() => Interlocked.Exchange(ref _peak, InUse);

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
            if (_owed > 0)
            {
                _owed--;
                Close(session);
                return;
            }

            if (broken || _disposed)
                Close(session);
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
                Close(session);
        }
    }

    private void Close(SqliteSession session)
    {
        session.Dispose();
        Interlocked.Decrement(ref _open);
    }

    private SqliteSession TakeOrOpen()
    {
        try
        {
            // Of two at the same time one may go uncounted: it is a hint.
            if (InUse is var inUse && inUse > _peak)
                _peak = inUse;
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
