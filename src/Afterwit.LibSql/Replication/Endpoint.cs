using System.Runtime.CompilerServices;
using Afterwit.LibSql.Pooling;
using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql.Replication;

/// <summary>A server, with its streams and what is known of its health.</summary>
internal sealed class Endpoint : IAsyncDisposable
{
    /// <summary>So often an answer may be lost before it is taken for the work's own doing: the server closes a connection over what it cannot say, such as text that is no UTF-8.</summary>
    private const int MaxLost = 4;

    private static readonly TimeSpan SaveInterval = TimeSpan.FromHours(1);

    private readonly LibSqlStatistics _statistics;
    private readonly TimeProvider _time;
    private readonly ProfileFile _file;
    private readonly LoadProfile _profile;
    private readonly ITimer _saving;
    private ulong _seen;
    private ulong _left;

    public Endpoint(ServerAddress address, LibSqlOptions options, int maxStreams, LibSqlStatistics statistics, TimeProvider time)
    {
        (Address, _statistics, _time) = (address, statistics, time);
        ITransport transport = address.IsSocket ? new SocketTransport(address, options, statistics, time) : new HttpTransport(address, options, statistics, time);
        _file = new(options.PredictiveSize ? options.LoadProfileFolder : null, $"{address.Name}/{options.Namespace}");
        _profile = _file.Load();
        Pool = new(transport, address.Name, options, new(time, options.MinStreams, maxStreams, options.PredictiveSize ? new(_profile) : null), statistics, time);
        _saving = time.CreateTimer(static e => ((Endpoint)e!).SaveProfile(), this, SaveInterval, SaveInterval);
        Circuit = new(time, statistics);
    }

    public ServerAddress Address { get; }

    public StreamPool Pool { get; }

    /// <summary>The usual week of the load.</summary>
    public LoadProfile Profile => _profile;

    public Circuit Circuit { get; }

    /// <summary>How far in the primary's log it is known to be.</summary>
    public ulong Seen => Volatile.Read(ref _seen);

    /// <summary>True while it may follow a log that the primary has left: what it answers says nothing.</summary>
    public bool IsInDoubt => Volatile.Read(ref _left) > 0;

    /// <summary>Notes how far it is.</summary>
    /// <param name="index">What it answered.</param>
    /// <param name="seen">How far this client has seen in the log of now.</param>
    public void Advance(ulong index, ulong seen)
    {
        if (Volatile.Read(ref _left) is > 0 and var left)
        {
            // It has gone back, so it has the new log; or what is asked of it is more than the old log ever had.
            var isOld = index >= left && seen <= left;
            Volatile.Write(ref _left, isOld ? index : 0);
            if (!isOld)
                Pool.CloseIdle(); // what was opened meanwhile may be on the old file too
            Volatile.Write(ref _seen, index);
        }
        else if (index > Seen)
        {
            Volatile.Write(ref _seen, index);
        }
    }

    /// <summary>The primary has begun a new log: this one may still have the old one, which had come so far at least.</summary>
    public void Doubt(ulong index)
    {
        Pool.CloseIdle(); // the server keeps them on the old file
        Volatile.Write(ref _left, Math.Max(index, Seen));
        Volatile.Write(ref _seen, 0);
    }

    /// <summary>Runs work on one of its streams. When the way is lost it is found again, and the work is done again where that is safe, until the deadline.</summary>
    /// <param name="holder">What the stream is used for.</param>
    /// <param name="safeToRepeat">Whether the work may be done again although it may have been done already.</param>
    /// <param name="state">Handed to the work.</param>
    /// <param name="work">The work.</param>
    /// <param name="deadline">By when it has to be done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="keepsStream">Whether the stream is what the work gives: then whoever gets it returns it.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<T> RunAsync<TState, T>(
        string holder, bool safeToRepeat, TState state, Func<HranaStream, TState, Deadline, CancellationToken, ValueTask<T>> work, Deadline deadline, CancellationToken cancellationToken, bool keepsStream = false)
    {
        var lost = 0;
        for (var attempt = 0; ; attempt++)
        {
            var pause = attempt > 0 ? Backoff.Delay(attempt - 1, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(500)) : TimeSpan.Zero;
            var isProbe = await EnterAsync(deadline, cancellationToken).ConfigureAwait(false);
            try
            {
                return await TryAsync(holder, isProbe, keepsStream, state, work, deadline, cancellationToken).ConfigureAwait(false);
            }
            catch (LibSqlConnectionException e) when (Circuit.HasWorked && (!e.OutcomeUnknown || (safeToRepeat && ++lost < MaxLost)) && deadline.Remaining > pause)
            {
                _statistics.Add(Counter.Retries);
            }
            catch (LibSqlServerException e) when (e.IsBusy && deadline.Remaining > pause)
            {
                _statistics.Add(Counter.BusyRetries);
            }

            // The first time at once: most often only an idle connection had been closed.
            if (attempt > 0)
                await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the circuit lets a call through.</summary>
    /// <returns>Whether the call is the one that finds out whether the server answers again.</returns>
    /// <exception cref="LibSqlConnectionException">It does not before the deadline.</exception>
    public async ValueTask<bool> EnterAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        while (!Circuit.TryEnter(out var wait))
        {
            if (!Circuit.HasWorked || wait >= deadline.Remaining)
                throw LeftAlone();
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }

        return !Circuit.IsClosed;
    }

    private LibSqlConnectionException LeftAlone() =>
        new($"{Address.Name} is left alone for a moment because it does not answer. {Circuit.LastFailure?.Message}", Circuit.LastFailure);

    public async ValueTask DisposeAsync()
    {
        await _saving.DisposeAsync().ConfigureAwait(false);
        await Pool.DisposeAsync().ConfigureAwait(false);
        SaveProfile();
    }

    private void SaveProfile() => _file.Save(Pool.Quietly(_profile.Save));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> TryAsync<TState, T>(
        string holder, bool isProbe, bool keepsStream, TState state, Func<HranaStream, TState, Deadline, CancellationToken, ValueTask<T>> work, Deadline deadline, CancellationToken cancellationToken)
    {
        var (known, left) = (false, false);
        try
        {
            var stream = await Pool.RentAsync(holder, deadline, cancellationToken).ConfigureAwait(false);
            try
            {
                if (!isProbe && !Circuit.IsClosed)
                {
                    // While it waited for its stream others found that the server is dead.
                    left = true;
                    throw LeftAlone();
                }

                var result = await work(stream, state, deadline, cancellationToken).ConfigureAwait(false);
                Circuit.Succeeded();
                known = true;
                return result;
            }
            finally
            {
                if (!known || !keepsStream)
                    Pool.Return(stream);
            }
        }
        catch (LibSqlServerException)
        {
            Circuit.Succeeded(); // it answers, if only with an error
            known = true;
            throw;
        }
        catch (LibSqlConnectionException e) when (!left)
        {
            Circuit.Failed(e);
            known = true;
            throw;
        }
        finally
        {
            if (!known && isProbe)
                Circuit.Left();
        }
    }
}
