using System.Collections.Concurrent;

namespace Afterwit.Storage;

/// <summary>
/// A store whose reads come from a cache first. Nothing that this process wrote is ever seen as it was before; what another process wrote is seen after
/// <see cref="CacheOptions.CheckInterval"/> at the latest. Everything kept remembers what it depends on (<see cref="Generations"/>); a write moves exactly that, after its commit and
/// before its caller hears of it.
/// </summary>
public sealed partial class CachingMemoryStore : IStoreDecorator
{
    private readonly IDatabase _database;
    private readonly CacheOptions _options;
    private readonly TimeProvider _time;
    private readonly Cache<QueryKey, CachedValue> _cache;
    private readonly Generations _generations = new();
    private readonly ConcurrentDictionary<QueryKey, Flight> _flights = new();
    private readonly BackgroundTasks _background = new();
    private readonly ITimer _upkeep;
    private bool _disposed;

    /// <summary>A cache in front of a store, which it owns.</summary>
    /// <param name="inner">The store.</param>
    /// <param name="database">The database that the store is kept in: it tells what other processes wrote.</param>
    /// <param name="options">Null means the defaults.</param>
    /// <param name="time">The clock of the cache. Null means the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public CachingMemoryStore(IMemoryStore inner, IDatabase database, CacheOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(database);
        (Inner, _database, _options, _time) = (inner, database, options ?? new(), time ?? TimeProvider.System);
        _cache = new(_options, new(QueryKey.Kinds), _time, static key => (int)key.Kind);
        _interval = (long)(_options.CheckInterval.TotalSeconds * _time.TimestampFrequency);
        _pause = Math.Min(_interval, _time.TimestampFrequency) / 10;
        _look = new(this);
        // What ends while nobody writes gives its memory back, too.
        _upkeep = _time.CreateTimer(static c => ((CachingMemoryStore)c!).Maintain(), this, _options.MinLifetime / 4, _options.MinLifetime / 4);
        _background.Run(StartAsync);
    }

    /// <inheritdoc/>
    public IMemoryStore Inner { get; }

    /// <summary>Waits for what goes on behind answers, leaves a note of what was used most, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _upkeep.DisposeAsync().ConfigureAwait(false);
        await _background.DrainAsync().ConfigureAwait(false);
        _background.Run(RememberAsync); // a note that cannot be left is counted, and keeps nothing from being closed
        await _background.DrainAsync().ConfigureAwait(false);
        await Inner.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What is kept for a key, as far as this process knows valid.</summary>
    private CachedValue? Look(in QueryKey key, out bool refresh)
    {
        if (!_cache.TryGet(key, out var kept, out refresh))
            return null;
        if (!kept.IsValid(_generations))
        {
            CountStale(key.Kind);
            refresh = false;
            return null;
        }

        if (kept.IsAbsent)
            Interlocked.Increment(ref _absent[(int)key.Kind]);
        return kept;
    }

    /// <summary>A value that is kept, or is read and then kept.</summary>
    private Task<T> ReadAsync<T>(QueryKey key, Dependencies on, Func<CancellationToken, Task<T>> load, CancellationToken cancellationToken)
    {
        var kept = Look(key, out var refresh);
        return kept is not null && !refresh && IsFresh() ? (Task<T>)kept.Task : ReadAsync(key, kept, refresh, on, load, null, cancellationToken);
    }

    /// <summary>A value of which it is yet to be seen whether what is kept may be given.</summary>
    private async Task<T> ReadAsync<T>(
        QueryKey key, CachedValue? kept, bool refresh, Dependencies on, Func<CancellationToken, Task<T>> load, Func<T, Dependencies>? narrow, CancellationToken cancellationToken)
    {
        if (kept is null || !await MayGiveAsync(key, kept).WaitAsync(cancellationToken).ConfigureAwait(false))
            return await LoadAsync(key, on, load, narrow, cancellationToken).ConfigureAwait(false);
        if (refresh)
            _background.Run(() => RefreshAsync(key, on, load, narrow));
        return await ((Task<T>)kept.Task).ConfigureAwait(false);
    }

    private async Task<bool> MayGiveAsync(QueryKey key, CachedValue kept)
    {
        if (IsFresh())
            return true;
        if (!await SeesOthersAsync().ConfigureAwait(false))
            return false;
        if (kept.IsValid(_generations))
            return true;
        CountStale(key.Kind);
        return false;
    }

    private Task<T> LoadAsync<T>(QueryKey key, Dependencies on, Func<CancellationToken, Task<T>> load, Func<T, Dependencies>? narrow, CancellationToken cancellationToken)
    {
        return ShareAsync(key, _generations.Sum(on), LoadCountedAsync, flight => Keep(key, on, flight.Stamp, flight.Task, narrow), cancellationToken);

        Task<T> LoadCountedAsync(CancellationToken deserted)
        {
            _cache.Counters.Load((int)key.Kind);
            return load(deserted);
        }
    }

    /// <summary>Reads once for all who ask for it meanwhile. A caller who gives up leaves the others their read; when all did, it is given up.</summary>
    private async Task<T> ShareAsync<T>(QueryKey key, long stamp, Func<CancellationToken, Task<T>> load, Action<Flight<T>> keep, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var flight = new Flight<T>(stamp, _time.GetTimestamp());
        while (true)
        {
            var current = _flights.GetOrAdd(key, flight);
            if (current != flight)
            {
                // Who asks after a write finds a sum that the reads from before it do not have. And of what others wrote, a read that began an interval ago may not have seen enough.
                if (current is Flight<T> same && same.Stamp == stamp && flight.Began - same.Began < _interval && same.TryBoard())
                {
                    flight = same;
                    break;
                }

                if (!_flights.TryUpdate(key, flight, current))
                    continue;
            }

            _ = FlyAsync(key, flight, load, keep);
            break;
        }

        try
        {
            return await flight.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            flight.Leave();
        }
    }

    private async Task FlyAsync<T>(QueryKey key, Flight<T> flight, Func<CancellationToken, Task<T>> load, Action<Flight<T>> keep)
    {
        try
        {
            var start = _time.GetTimestamp();
            try
            {
                flight.Succeed(await load(flight.Deserted).ConfigureAwait(false));
            }
            catch (Exception e)
            {
                flight.Fail(e); // everyone who waits hears of it, and nothing is kept
                return;
            }

            CountLoads(1, start);
            keep(flight);
        }
        finally
        {
            _flights.TryRemove(new(key, flight));
        }
    }

    /// <summary>Keeps a finished task whose value was read after the sum was taken.</summary>
    private void Keep<T>(QueryKey key, Dependencies on, long stamp, Task<T> task, Func<T, Dependencies>? narrow = null)
    {
        var value = task.Result;
        if (narrow is not null)
        {
            var precise = narrow(value);
            var sum = _generations.Sum(precise);
            if (_generations.Sum(on) != stamp)
                return; // something moved between: which of the finer counters did so before the read is not known
            (on, stamp) = (precise, sum);
        }

        if (_generations.Sum(on) != stamp)
            return;
        var isAbsent = value is null;
        var lifetime = isAbsent ? _options.AbsentLifetime : key.Kind >= CacheKind.Episodes ? _options.QueryLifetime : default(TimeSpan?);
        if (lifetime != TimeSpan.Zero)
            _cache.Set(key, new(task, on, stamp, isAbsent), CachedSize.Of(key) + CachedSize.Of(value), lifetime);
    }

    /// <summary>Many items in the order asked: those that are kept, and the others with one call.</summary>
    private async Task<IReadOnlyList<T>> ManyAsync<TId, T>(
        IReadOnlyList<TId> ids, Func<TId, QueryKey> keyOf, Func<TId, Dependencies> onOf, Func<IReadOnlyList<TId>, CancellationToken, Task<IReadOnlyList<T>>> load, Func<T, Dependencies>? narrow,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        List<TId> ending = [];
        var kept = new CachedValue?[ids.Count];
        for (var i = 0; i < kept.Length; i++)
        {
            kept[i] = Look(keyOf(ids[i]), out var refresh);
            if (refresh)
                ending.Add(ids[i]);
        }

        if (Array.Exists(kept, k => k is not null) && !IsFresh() && !await SeesOthersAsync().WaitAsync(cancellationToken).ConfigureAwait(false))
            Array.Clear(kept);
        if (ending.Count > 0)
            _background.Run(() => RefreshManyAsync(ending, keyOf, onOf, load, narrow));
        var values = new T[ids.Count];
        List<int> missing = [];
        for (var i = 0; i < kept.Length; i++)
        {
            if (kept[i] is { } valid && valid.IsValid(_generations))
                values[i] = await ((Task<T>)valid.Task).ConfigureAwait(false);
            else
                missing.Add(i);
        }

        if (missing.Count == 0)
            return values;
        var loaded = await LoadManyAsync(missing.ConvertAll(i => ids[i]), keyOf, onOf, load, narrow, cancellationToken).ConfigureAwait(false);
        for (var m = 0; m < missing.Count; m++)
            values[missing[m]] = loaded[m];
        return values;
    }

    /// <summary>Items that are not kept: one read for all who miss the same ones, and each is kept for itself.</summary>
    private Task<IReadOnlyList<T>> LoadManyAsync<TId, T>(
        List<TId> ids, Func<TId, QueryKey> keyOf, Func<TId, Dependencies> onOf, Func<IReadOnlyList<TId>, CancellationToken, Task<IReadOnlyList<T>>> load, Func<T, Dependencies>? narrow,
        CancellationToken cancellationToken)
    {
        var (keys, stamps) = (ids.ConvertAll(id => keyOf(id)), ids.ConvertAll(id => _generations.Sum(onOf(id))));
        var together = QueryKey.Of(keys[0].Kind, new KeyText().Add(keys[0].Text).Add([.. keys.Select(k => new EpisodeId(k.Id))]));
        return ShareAsync(together, stamps.Sum(), token => load(ids, token), KeepEach, cancellationToken);

        void KeepEach(Flight<IReadOnlyList<T>> flight)
        {
            for (var i = 0; i < ids.Count; i++)
            {
                _cache.Counters.Load((int)keys[i].Kind);
                Keep(keys[i], onOf(ids[i]), stamps[i], Task.FromResult(flight.Task.Result[i]), narrow);
            }
        }
    }

    private async Task RefreshManyAsync<TId, T>(
        List<TId> ids, Func<TId, QueryKey> keyOf, Func<TId, Dependencies> onOf, Func<IReadOnlyList<TId>, CancellationToken, Task<IReadOnlyList<T>>> load, Func<T, Dependencies>? narrow)
    {
        Interlocked.Add(ref _refreshes[(int)keyOf(ids[0]).Kind], ids.Count);
        await LoadManyAsync(ids, keyOf, onOf, load, narrow, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task RefreshAsync<T>(QueryKey key, Dependencies on, Func<CancellationToken, Task<T>> load, Func<T, Dependencies>? narrow)
    {
        Interlocked.Increment(ref _refreshes[(int)key.Kind]);
        await LoadAsync(key, on, load, narrow, CancellationToken.None).ConfigureAwait(false);
    }
}
