using Afterwit.LibSql.Pooling;
using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql.Replication;

/// <summary>A server, with its streams and what is known of its health.</summary>
internal sealed class Endpoint : IAsyncDisposable
{
    private readonly LibSqlStatistics _statistics;
    private readonly TimeProvider _time;
    private ulong _seen;

    public Endpoint(ServerAddress address, LibSqlOptions options, PoolSizer sizer, LibSqlStatistics statistics, TimeProvider time)
    {
        (Address, _statistics, _time) = (address, statistics, time);
        ITransport transport = address.IsSocket ? new SocketTransport(address, options, statistics, time) : new HttpTransport(address, options, statistics, time);
        Pool = new(transport, address.Name, options, sizer, statistics, time);
        Circuit = new(time, statistics);
    }

    public ServerAddress Address { get; }

    public StreamPool Pool { get; }

    public Circuit Circuit { get; }

    /// <summary>How far in the primary's log it is known to be.</summary>
    public ulong Seen => Volatile.Read(ref _seen);

    /// <summary>Notes how far it is.</summary>
    public void Advance(ulong index)
    {
        if (index > Seen)
            Volatile.Write(ref _seen, index);
    }

    /// <summary>Runs work on one of its streams. When the way is lost it is found again, and the work is done again where that is safe, until the deadline.</summary>
    /// <param name="holder">What the stream is used for.</param>
    /// <param name="safeToRepeat">Whether the work may be done again although it may have been done already.</param>
    /// <param name="state">Handed to the work.</param>
    /// <param name="work">The work.</param>
    /// <param name="deadline">By when it has to be done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async ValueTask<T> RunAsync<TState, T>(
        string holder, bool safeToRepeat, TState state, Func<HranaStream, TState, Deadline, CancellationToken, ValueTask<T>> work, Deadline deadline, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var pause = attempt > 0 ? Backoff.Delay(attempt - 1, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(500)) : TimeSpan.Zero;
            while (!Circuit.TryEnter(out var wait))
            {
                if (!Circuit.HasWorked || wait >= deadline.Remaining)
                    throw new LibSqlConnectionException($"{Address.Name} is left alone for a moment because it does not answer. {Circuit.LastFailure?.Message}", Circuit.LastFailure);
                await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                return await TryAsync(holder, state, work, deadline, cancellationToken).ConfigureAwait(false);
            }
            catch (LibSqlConnectionException e) when (Circuit.HasWorked && (safeToRepeat || !e.OutcomeUnknown) && deadline.Remaining > pause)
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

    public ValueTask DisposeAsync() => Pool.DisposeAsync();

    private async ValueTask<T> TryAsync<TState, T>(
        string holder, TState state, Func<HranaStream, TState, Deadline, CancellationToken, ValueTask<T>> work, Deadline deadline, CancellationToken cancellationToken)
    {
        var known = false;
        try
        {
            var stream = await Pool.RentAsync(holder, deadline, cancellationToken).ConfigureAwait(false);
            try
            {
                var result = await work(stream, state, deadline, cancellationToken).ConfigureAwait(false);
                Circuit.Succeeded();
                known = true;
                return result;
            }
            finally
            {
                Pool.Return(stream);
            }
        }
        catch (LibSqlServerException)
        {
            Circuit.Succeeded(); // it answers, if only with an error
            known = true;
            throw;
        }
        catch (LibSqlConnectionException e)
        {
            Circuit.Failed(e);
            known = true;
            throw;
        }
        finally
        {
            if (!known)
                Circuit.Left();
        }
    }
}
