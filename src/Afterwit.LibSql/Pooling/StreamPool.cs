using System.Globalization;
using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql.Pooling;

/// <summary>
/// The streams to one server. A returned stream goes on top of the stack and is lent again first. At most as many are open as the sizer says; who comes later
/// waits, first come first served. A clock drives the rest: sizing, pings of idle streams, closing of those that are not needed.
/// </summary>
internal sealed class StreamPool : IAsyncDisposable
{
    private readonly ITransport _transport;
    private readonly string _server;
    private readonly LibSqlOptions _options;
    private readonly LibSqlStatistics _statistics;
    private readonly TimeProvider _time;
    private readonly PoolSizer _sizer;
    private readonly ITimer _clock;
    private readonly TimeSpan _keepAlive;
    private readonly Lock _gate = new();
    private readonly List<HranaStream> _idle = [];
    private readonly List<HranaStream> _leased = [];
    private readonly LinkedList<TaskCompletionSource<HranaStream?>> _waiting = [];
    private int _open;
    private int _size;
    private int _peak;
    private int _calls;
    private int _waited;
    private double _busySeconds;
    private long _busySince;
    private long _tickAt;
    private bool _served;
    private bool _disposed;

    public StreamPool(ITransport transport, string server, LibSqlOptions options, PoolSizer sizer, LibSqlStatistics statistics, TimeProvider time)
    {
        (_transport, _server, _options, _sizer, _statistics, _time) = (transport, server, options, sizer, statistics, time);
        _size = sizer.Size;
        _busySince = _tickAt = time.GetTimestamp();
        _keepAlive = transport.IdleLimit is { } limit && limit * 0.85 < options.KeepAlive ? limit * 0.85 : options.KeepAlive;
        var tick = _keepAlive / 4 < TimeSpan.FromSeconds(1) ? _keepAlive / 4 : TimeSpan.FromSeconds(1);
        _clock = time.CreateTimer(static p => ((StreamPool)p!).Tick(), this, tick, tick);
    }

    /// <summary>Streams open now: lent, idle, or being opened or checked.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Streams lent now.</summary>
    public int InUse => _leased.Count;

    /// <summary>How many may be open now.</summary>
    public int Size => Volatile.Read(ref _size);

    /// <summary>How many may ever be open.</summary>
    public int MaxSize => _sizer.Max;

    /// <summary>How many may be open for the time being, however many the sizer wants; at most <see cref="MaxSize"/>.</summary>
    public int Bound
    {
        get => _sizer.Bound;
        set
        {
            lock (_gate)
            {
                _sizer.Bound = value;
                Resize();
            }
        }
    }

    /// <summary>Why it has its size.</summary>
    public string? LastReason { get; private set; }

    /// <summary>All of it at one moment.</summary>
    public PoolFigures Figures
    {
        get
        {
            lock (_gate)
                return new(_open, _leased.Count, _size, MaxSize, _waiting.Count, LastReason);
        }
    }

    /// <summary>Lends a stream. Completes at once when one is idle.</summary>
    /// <param name="holder">Who wants it: named when the pool is exhausted.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="PoolExhaustedException">All streams were in use until the deadline.</exception>
    /// <exception cref="LibSqlConnectionException">A stream could not be opened.</exception>
    public ValueTask<HranaStream> RentAsync(string holder, Deadline deadline, CancellationToken cancellationToken)
    {
        TaskCompletionSource<HranaStream?>? turn = null;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(LibSqlClient));
            _calls++;
            if (TakeIdle() is { } idle)
            {
                _statistics.Add(Counter.StreamsReused);
                Lend(idle, holder);
                return ValueTask.FromResult(idle);
            }

            if (_open >= _size)
            {
                _waited++;
                _statistics.Add(Counter.Waits);
                _waiting.AddLast(turn = new(TaskCreationOptions.RunContinuationsAsynchronously));
                Measure();
                Resize(); // a caller who waits is a reason to grow now, not at the next tick
            }
            else
            {
                _open++;
            }
        }

        return turn is null ? OpenAsync(holder, deadline, cancellationToken) : WaitAsync(turn, holder, deadline, cancellationToken);
    }

    /// <summary>Takes a stream back. One that is dead, or was left with an open transaction, is not lent again as it is.</summary>
    public void Return(HranaStream stream)
    {
        if (stream is { IsAlive: true, InTransaction: true })
        {
            lock (_gate)
            {
                Measure();
                _leased.Remove(stream);
            }

            CheckAsync(stream, rollBack: true).Forget();
            return;
        }

        lock (_gate)
        {
            Measure();
            _leased.Remove(stream);
            GiveBack(stream);
        }
    }

    /// <summary>Reads something that the sizer writes, while it does not.</summary>
    public T Quietly<T>(Func<T> read)
    {
        lock (_gate)
            return read();
    }

    /// <summary>Closes the streams that nobody uses now.</summary>
    public void CloseIdle()
    {
        lock (_gate)
        {
            foreach (var stream in _idle)
                Drop(stream);
            _idle.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (var stream in _idle)
                stream.Close();
            _idle.Clear();
            while (NextWaiting() is { } turn)
                turn.TrySetException(new ObjectDisposedException(nameof(LibSqlClient)));
        }

        await _clock.DisposeAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<HranaStream> OpenAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        var stream = await _transport.OpenAsync(deadline, cancellationToken).ConfigureAwait(false);
        _statistics.Add(Counter.StreamsOpened);
        _statistics.Measures.Created(_time.GetElapsedTime(start));
        return stream;
    }

    private async ValueTask<HranaStream> OpenAsync(string holder, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await OpenAsync(deadline, cancellationToken).ConfigureAwait(false);
            lock (_gate)
                Lend(stream, holder);
            return stream;
        }
        catch
        {
            lock (_gate)
                Closed();
            throw;
        }
    }

    private async ValueTask<HranaStream> WaitAsync(TaskCompletionSource<HranaStream?> turn, string holder, Deadline deadline, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        try
        {
            if (await turn.Task.WaitAsync(deadline.Remaining, _time, cancellationToken).ConfigureAwait(false) is { } stream)
            {
                lock (_gate)
                    Lend(stream, holder);
                return stream;
            }
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // The turn may come at this very moment: then what it brings goes to the next.
            var gaveUp = turn.TrySetCanceled(CancellationToken.None);
            lock (_gate)
            {
                _waiting.Remove(turn);
                if (!gaveUp && turn.Task.IsCompletedSuccessfully)
                {
                    if (turn.Task.Result is { } stream)
                        GiveBack(stream);
                    else
                        Closed();
                }
            }

            throw e is TimeoutException ? Exhausted(deadline) : e;
        }
        finally
        {
            _statistics.Measures.Waited(_time.GetElapsedTime(start));
        }

        return await OpenAsync(holder, deadline, cancellationToken).ConfigureAwait(false);
    }

    private PoolExhaustedException Exhausted(Deadline deadline)
    {
        lock (_gate)
        {
            var holders = _leased.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Holder} for {_time.GetElapsedTime(s.Since).TotalSeconds:0.0} s"));
            return new($"No stream to {_server} came free within {deadline.Allowed.TotalSeconds:0.###} s: all {_open} are in use ({string.Join(", ", holders)}). {(_sizer.Max < _options.MaxStreams ? $"This client's part of the server's streams is {_sizer.Max}: raise ServerStreamLimit (now {_options.ServerStreamLimit}) with the server's, or lower ServerClients (now {_options.ServerClients})" : $"Raise MaxStreams (now {_options.MaxStreams})")}, or hold them shorter.");
        }
    }

    /// <summary>The stream used last, so that those that are not needed grow old. Stale ones are checked first.</summary>
    private HranaStream? TakeIdle()
    {
        for (var i = _idle.Count - 1; i >= 0; i--)
        {
            var stream = _idle[i];
            _idle.RemoveAt(i);
            if (!stream.IsAlive)
                Drop(stream);
            else if (_time.GetElapsedTime(stream.Since) >= Stale)
                Refresh(stream);
            else
                return stream;
        }

        return null;
    }

    private void Refresh(HranaStream stream)
    {
        _statistics.Add(Counter.Refreshed);
        CheckAsync(stream, rollBack: false).Forget();
    }

    private TimeSpan Stale => _transport.IdleLimit is { } limit && limit < _options.StaleAfter ? limit : _options.StaleAfter;

    private void Lend(HranaStream stream, string holder)
    {
        Measure();
        (stream.Holder, stream.Since) = (holder, _time.GetTimestamp());
        _leased.Add(stream);
        _peak = Math.Max(_peak, _leased.Count + _waiting.Count);
    }

    private void GiveBack(HranaStream stream)
    {
        stream.Since = _time.GetTimestamp();
        if (_disposed || !stream.IsAlive || _open > _size)
        {
            Drop(stream);
            return;
        }

        while (NextWaiting() is { } turn)
        {
            _served = true;
            if (turn.TrySetResult(stream))
                return;
        }

        _idle.Add(stream);
    }

    private void Drop(HranaStream stream)
    {
        stream.Close();
        _transport.Released(stream);
        _statistics.Add(Counter.StreamsClosed);
        Closed();
    }

    /// <summary>A place has come free: the first who waits may open a stream in it.</summary>
    private void Closed()
    {
        _open--;
        Admit();
    }

    private TaskCompletionSource<HranaStream?>? NextWaiting()
    {
        var turn = _waiting.First?.Value;
        if (turn is not null)
            _waiting.RemoveFirst();
        return turn;
    }

    private void Admit()
    {
        while (_open < _size && NextWaiting() is { } turn)
        {
            _served = true;
            if (turn.TrySetResult(null))
                _open++;
        }
    }

    /// <summary>Asks a stream whether it is alive, which also renews it, and undoes what was left open on it.</summary>
    private async Task CheckAsync(HranaStream stream, bool rollBack)
    {
        var alive = false;
        try
        {
            var deadline = new Deadline(_time, _options.ConnectTimeout);
            if (rollBack)
            {
                stream.InTransaction = false;
                alive = (await stream.SendAsync(HranaRequest.Batch([new(new(Rollback, []), BatchCondition.Not(BatchCondition.IsAutocommit))]), deadline, CancellationToken.None).ConfigureAwait(false)).Error is null;
            }
            else
            {
                _statistics.Add(Counter.Pings);
                alive = (await stream.SendAsync(new HranaRequest(RequestKind.GetAutocommit), deadline, CancellationToken.None).ConfigureAwait(false)) is { Error: null, IsAutocommit: true };
            }
        }
        catch (LibSqlException)
        {
            // It is dead, which is what was asked; it is counted below.
        }

        if (!alive && !rollBack)
            _statistics.Add(Counter.FailedPings);
        lock (_gate)
        {
            if (alive)
                GiveBack(stream);
            else
                Drop(stream);
        }
    }

    private static PreparedStatement Rollback { get; } = new("ROLLBACK");

    private void Tick()
    {
        var warm = 0;
        lock (_gate)
        {
            if (_disposed)
                return;
            if (_waiting.Count > 0 && !_served)
            {
                // Streams that are held come back in their own time: who waits for them is not to wait for a cooldown.
                _sizer.EndCooldown();
                _waited += _waiting.Count;
            }

            _served = false;
            Resize();
            for (var i = _idle.Count - 1; i >= 0; i--)
            {
                var stream = _idle[i];
                if (stream.IsAlive && _time.GetElapsedTime(stream.Since) < _keepAlive)
                    continue;
                _idle.RemoveAt(i);
                if (stream.IsAlive)
                    CheckAsync(stream, rollBack: false).Forget();
                else
                    Drop(stream);
            }

            // What was grown for is made ready before it is needed; a pool that nobody used yet stays closed.
            if (_open > 0)
                warm = _size - _open;
            _open += Math.Max(0, warm);
        }

        for (; warm > 0; warm--)
            WarmAsync().Forget();
    }

    private async Task WarmAsync()
    {
        HranaStream stream;
        try
        {
            stream = await OpenAsync(new(_time, _options.ConnectTimeout), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is LibSqlException or ObjectDisposedException)
        {
            lock (_gate)
                Closed(); // callers find out for themselves, and say so
            return;
        }

        await CheckAsync(stream, rollBack: false).ConfigureAwait(false);
    }

    /// <summary>Tells the sizer what happened since it was last asked, and follows it.</summary>
    private void Resize()
    {
        Measure();
        var now = _time.GetTimestamp();
        var seconds = Math.Max(1e-6, _time.GetElapsedTime(_tickAt, now).TotalSeconds);
        var decision = _sizer.Observe(new(Math.Max(_peak, _leased.Count + _waiting.Count), _busySeconds / seconds, _calls, _waited));
        (_peak, _busySeconds, _calls, _waited, _tickAt) = (_leased.Count + _waiting.Count, 0, 0, 0, now);
        if (decision.Size != _size)
        {
            LastReason = decision.Reason;
            _statistics.Add(Counter.Resizes);
        }

        Volatile.Write(ref _size, decision.Size);
        while (_open > _size && _idle.Count > 0)
        {
            var oldest = _idle[0];
            _idle.RemoveAt(0);
            Drop(oldest);
        }

        Admit();
    }

    private void Measure()
    {
        var now = _time.GetTimestamp();
        _busySeconds += _leased.Count * _time.GetElapsedTime(_busySince, now).TotalSeconds;
        _busySince = now;
    }
}
