using System.Runtime.CompilerServices;
using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql.Replication;

/// <summary>
/// The primary and its replicas. Reads go to the healthy replica with the least load and never see less than this client has seen: every answer tells how far
/// in the primary's log it is, and a read waits until its replica is there. One that takes too long, or is dead, is left for a while and the primary answers.
/// </summary>
internal sealed class Servers : IAsyncDisposable
{
    /// <summary>So many streams more in use are worth going to another replica for.</summary>
    private const int MuchLoad = 2;

    private readonly LibSqlOptions _options;
    private readonly LibSqlStatistics _statistics;
    private readonly Endpoint[] _replicas;
    private Endpoint? _current;
    private ulong _seen;

    public Servers(ServerAddress primary, LibSqlOptions options, LibSqlStatistics statistics, TimeProvider time)
    {
        (_options, _statistics) = (options, statistics);
        Primary = Open(primary);
        _replicas = [.. options.Replicas.Select(url => Open(ServerAddress.Parse(url)))];

        Endpoint Open(ServerAddress address)
        {
            // No client takes more than its fair part of what the server allows to all.
            var most = Math.Max(1, Math.Min(options.MaxStreams, options.ServerStreamLimit / options.ServerClients));
            return new(address, options, most, statistics, time);
        }
    }

    public Endpoint Primary { get; }

    public LibSqlStatistics Statistics => _statistics;

    public IReadOnlyList<Endpoint> Replicas => _replicas;

    /// <summary>Whether answers have to tell how far they were.</summary>
    public bool IsReplicated => _replicas.Length > 0;

    /// <summary>How far in the primary's log this client has seen: what a read has to reflect. Null when it has seen nothing; a server with an empty log would wait for it.</summary>
    public ulong? Seen => Volatile.Read(ref _seen) is > 0 and var seen ? seen : null;

    /// <summary>Notes how far an answer was.</summary>
    /// <param name="from">Who gave it.</param>
    /// <param name="index">How far it was.</param>
    /// <param name="known">How far this client had seen when it asked. A primary that answers less has begun a new log, as it does after a crash.</param>
    public void Advance(Endpoint from, ulong? index, ulong? known = null)
    {
        if (_replicas.Length == 0 || index is not { } at)
            return;
        if (from == Primary && at < known)
        {
            foreach (var replica in _replicas)
                replica.Doubt(known.Value);
            Volatile.Write(ref _seen, at);
            return;
        }

        from.Advance(at, Volatile.Read(ref _seen));
        if (from.IsInDoubt)
            return; // its number may be of the log that is no more
        for (var seen = Volatile.Read(ref _seen); at > seen;)
        {
            var before = Interlocked.CompareExchange(ref _seen, at, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    /// <summary>Runs work that only reads: on a replica where one can do it in time, else on the primary.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<T> ReadAsync<TState, T>(
        string holder, TState state, Func<HranaStream, (TState State, Servers Servers, Endpoint At, ulong? Seen), Deadline, CancellationToken, ValueTask<T>> work, Deadline deadline, CancellationToken cancellationToken)
    {
        if (_replicas.Length > 0 && Choose() is { } replica)
        {
            try
            {
                // Half of the time at most, and not longer than a connection may take: a replica that never answers leaves the rest to the primary.
                var seen = Seen;
                var patience = deadline.Remaining / 2 < _options.ConnectTimeout ? deadline.Remaining / 2 : _options.ConnectTimeout;
                var limit = deadline.AtMost(replica.Seen >= (seen ?? 0) && replica.Circuit.IsClosed ? patience : _options.ReplicaWait);
                var stream = await replica.Pool.RentAsync(holder, limit, cancellationToken).ConfigureAwait(false);
                try
                {
                    var result = await work(stream, (state, this, replica, seen), limit, cancellationToken).ConfigureAwait(false);
                    replica.Circuit.Succeeded();
                    if (!replica.IsInDoubt)
                    {
                        _statistics.Add(Counter.ReplicaReads);
                        return result;
                    }

                    _statistics.Add(Counter.PrimaryFallbacks);
                }
                finally
                {
                    replica.Pool.Return(stream);
                }
            }
            catch (PoolExhaustedException) when (!deadline.HasPassed)
            {
                replica.Circuit.Left(); // it is we who hold its streams
                _statistics.Add(Counter.PrimaryFallbacks);
            }
            catch (Exception e) when (e is LibSqlConnectionException or HranaProtocolException && !deadline.HasPassed)
            {
                replica.Circuit.Failed(e);
                _statistics.Add(Counter.PrimaryFallbacks);
            }
            catch
            {
                replica.Circuit.Left();
                throw;
            }
        }

        return await Primary.RunAsync(holder, safeToRepeat: true, (state, this, Primary, Seen), work, deadline, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Primary.DisposeAsync().ConfigureAwait(false);
        foreach (var replica in _replicas)
            await replica.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// The replica that reads go to: the healthy one with the least load, and from then on the same one until it fails or others have much less to do. A replica
    /// shows a commit a moment before its answers tell the number of it, so that another one could be asked for less than was seen: the read between two
    /// replicas is the primary's.
    /// </summary>
    private Endpoint? Choose()
    {
        var best = _replicas.OrderBy(r => r.Pool.InUse).ThenBy(_ => Random.Shared.Next()).FirstOrDefault(r => r.Circuit.TryEnter(out _));
        var current = Volatile.Read(ref _current);
        if (best == current || best is null)
            return best;
        if (current is { Circuit.IsClosed: true } && current.Pool.InUse <= best.Pool.InUse + MuchLoad)
        {
            best.Circuit.Left();
            return current;
        }

        Volatile.Write(ref _current, best);
        if (current is null)
            return best;
        best.Circuit.Left();
        return null;
    }
}
