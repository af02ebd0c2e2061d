using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Afterwit.Storage;

/// <summary>
/// A bounded cache for many threads. A hit looks the key up, notes the use and takes no lock and no memory; whoever writes, and paid for a load already, brings the policy up to date with
/// the notes, one thread at a time, while the others go on. While nobody writes, a hit does so now and then. Which entries stay is decided by <see cref="EvictionPolicy"/>, with the window that <see cref="WindowAdvisor"/> finds best.
/// </summary>
/// <remarks>
/// The bounds hold whenever no write is under way; while they are, at most <see cref="MaxPending"/> entries and one more for each writing thread are over. An entry lives
/// <see cref="CacheOptions.BaseLifetime"/> from its last use; that life doubles with each quarter of it in which the entry is used, is halved when it goes unused for
/// more than half of it, stays between <see cref="CacheOptions.MinLifetime"/> and <see cref="CacheOptions.MaxLifetime"/>, and is cut to a half or a quarter when memory is short. However much it is used, it
/// ends at the age of <see cref="CacheOptions.MaxLifetime"/>; in the last tenth of that one caller is told to load it again.
/// </remarks>
internal sealed class Cache<TKey, TValue>
    where TKey : notnull, IEquatable<TKey>
    where TValue : class
{
    /// <summary>The bytes that an entry takes besides its value, about: counted into <see cref="Bytes"/>.</summary>
    public const int EntryBytes = 224;

    /// <summary>The most written entries that wait for the policy while another thread brings it up to date.</summary>
    public const int MaxPending = 128;

    private const int PressureInterval = 5_000;

    /// <summary>How long, in milliseconds, full notes wait for a write before a hit reads them.</summary>
    private const int CatchInterval = 10;

    private const int NotesForEviction = 16;
    private const int MostThinned = 64;
    private readonly ConcurrentDictionary<TKey, CacheEntry<TKey, TValue>> _entries = new();
    private readonly ConcurrentQueue<CacheEntry<TKey, TValue>> _pending = new();
    private readonly ReadBuffer<CacheEntry<TKey, TValue>> _reads = new();
    private readonly Lock _maintenance = new();
    private readonly FrequencySketch _sketch = new();
    private readonly EvictionPolicy _policy;
    private readonly WindowAdvisor _advisor;
    private readonly CacheCounters _counters;
    private readonly Func<TKey, int>? _kind;
    private readonly Func<double> _pressure;
    private readonly TimeProvider? _time;
    private readonly double _millisecondsPerTick;
    private readonly long _base;
    private readonly long _least;
    private readonly long _most;
    private readonly long _notice;
    private readonly IEnumerator<KeyValuePair<TKey, CacheEntry<TKey, TValue>>> _sweep;
    private long _caught;
    private long _coldAge = long.MaxValue;
    private long _coldHits;
    private long _pressureRead = long.MinValue / 2;
    private int _halvings;
    private bool _isSettled;
    private int _thinning;
    private long _notedHits;
    private long _evictions;

    /// <summary>An empty cache.</summary>
    /// <param name="options">Its bounds.</param>
    /// <param name="counters">Where it counts; null for its own.</param>
    /// <param name="time">Its clock; null for the system's.</param>
    /// <param name="kind">The kind under which a key is counted; null when there is one only.</param>
    /// <param name="pressure">The memory in use over the load that is high (<see cref="MemoryPressure.Read"/>, the default).</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public Cache(CacheOptions options, CacheCounters? counters = null, TimeProvider? time = null, Func<TKey, int>? kind = null, Func<double>? pressure = null)
    {
        options.Validate();
        (_counters, _kind, _pressure) = (counters ?? new(), kind, pressure ?? MemoryPressure.Read);
        _time = time == TimeProvider.System ? null : time;
        _millisecondsPerTick = 1_000.0 / (time ?? TimeProvider.System).TimestampFrequency;
        (_base, _least, _most) = ((long)options.BaseLifetime.TotalMilliseconds, (long)options.MinLifetime.TotalMilliseconds, (long)options.MaxLifetime.TotalMilliseconds);
        _notice = Math.Min(1_000, _least / 60);
        _policy = new(_sketch, Evicted);
        _advisor = new(_sketch, _policy);
        _policy.Resize(options.MaxEntries, options.MaxBytes, _advisor.WindowShare);
        (_sweep, _caught) = (_entries.GetEnumerator(), Now);
    }

    /// <summary>What it did.</summary>
    public CacheCounters Counters => _counters;

    /// <summary>How many entries there are.</summary>
    public long Count => _policy.Count;

    /// <summary>What they take, <see cref="EntryBytes"/> for each included.</summary>
    public long Bytes => _policy.Bytes;

    /// <summary>The part of the cache that is window, 0 to 1.</summary>
    public double WindowShare => _policy.WindowShare;

    /// <summary>The most entries. Lowering it evicts.</summary>
    public long MaxEntries
    {
        get => _policy.MaxEntries;
        set => Resize(value, MaxBytes);
    }

    /// <summary>The most bytes. Lowering it evicts.</summary>
    public long MaxBytes
    {
        get => _policy.MaxBytes;
        set => Resize(MaxEntries, value);
    }

    /// <summary>How many hits half a cache that went by use alone would about have missed: noted once a second for an entry, from the first <see cref="FindCold"/> on.</summary>
    public long ColdHits => Interlocked.Read(ref _coldHits);

    // The system's coarse clock costs a few nanoseconds, exact to some milliseconds.
    private long Now => _time is null ? Environment.TickCount64 : (long)(_time.GetTimestamp() * _millisecondsPerTick);

    /// <summary>Looks a key up, and counts a hit or a miss.</summary>
    public bool TryGet(in TKey key, [MaybeNullWhen(false)] out TValue value) => TryGet(key, out value, out _);

    /// <summary>Looks a key up, and counts a hit or a miss.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="refresh">The entry is in use and about to end: the caller, the only one to be told, should load it again.</param>
    public bool TryGet(in TKey key, [MaybeNullWhen(false)] out TValue value, out bool refresh)
    {
        refresh = false;
        var now = Now;
        if (!_entries.TryGetValue(key, out var entry) || !IsAlive(entry, now))
        {
            if (entry is not null && Expire(entry))
                Look(entry);
            _counters.Miss(_kind?.Invoke(key) ?? 0);
            value = null;
            return false;
        }

        var isNoticed = now - entry.Used > _notice;
        if (isNoticed)
        {
            if (now - entry.Used > _coldAge)
                Interlocked.Increment(ref _coldHits);
            entry.Use(now, _least, _most);
        }

        refresh = !entry.IsFixed && now - entry.Loaded >= _most - (_most / 10) && entry.ClaimRefresh();
        var hits = _counters.Hit(entry.Kind);
        value = entry.Value;
        // While nothing has to go, a note now and then is enough to know what is hot.
        if ((isNoticed || (!_isSettled && IsSampled(hits, _thinning))) && _reads.Add(entry) && now - _caught >= CatchInterval)
            Maintain(isHit: true);
        return true;
    }

    /// <summary>Looks a key up and counts nothing: for what is no use of it.</summary>
    public bool TryPeek(in TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        value = _entries.TryGetValue(key, out var entry) && IsAlive(entry, Now) ? entry.Value : null;
        return value is not null;
    }

    /// <summary>Puts a value in the place of what the key had.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="bytes">What key and value take. An entry that is larger than the cache is not kept.</param>
    /// <param name="fixedLifetime">A life that use does not change, as of remembered absences; null for one that adapts.</param>
    public void Set(in TKey key, TValue value, int bytes, TimeSpan? fixedLifetime = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var weight = (int)Math.Min(int.MaxValue, (long)bytes + EntryBytes);
        var (now, kind, hash) = (Now, _kind?.Invoke(key) ?? 0, key.GetHashCode());
        while (true)
        {
            var old = _entries.GetValueOrDefault(key);
            var life = fixedLifetime is { } given ? (long)given.TotalMilliseconds : old is { IsFixed: false } ? old.Life : _base;
            var entry = new CacheEntry<TKey, TValue>(key, value, kind, fixedLifetime is not null, now, life) { Hash = hash, Weight = weight };
            if (old is null ? !_entries.TryAdd(key, entry) : !_entries.TryUpdate(key, entry, old))
                continue;
            if (old is not null)
                Leave(old);
            Look(entry);
            return;
        }
    }

    /// <summary>Takes an entry out. False when there was none.</summary>
    public bool Remove(in TKey key)
    {
        if (!_entries.TryRemove(key, out var entry))
            return false;
        Leave(entry);
        return true;
    }

    /// <summary>Takes out all entries that were there when it was called.</summary>
    public void Clear()
    {
        foreach (var pair in _entries)
        {
            if (_entries.TryRemove(pair))
                Leave(pair.Value);
        }
    }

    /// <summary>The keys that are used most, most first; remembered absences are none of them.</summary>
    public IReadOnlyList<TKey> Hottest(int count)
    {
        List<(TKey Key, int Frequency)> all;
        lock (_maintenance)
        {
            Catch();
            var now = Now;
            all = [.. _policy.Coldest().Cast<CacheEntry<TKey, TValue>>().Where(e => !e.IsFixed && IsAlive(e, now)).Reverse().Select(e => (e.Key, _sketch.Frequency(e.Hash)))];
        }

        Maintain();
        return [.. all.OrderByDescending(e => e.Frequency).Take(count).Select(e => e.Key)];
    }

    /// <summary>
    /// Finds the age that parts the entries that half a cache would hold, used last, from the others: a hit on one of those is a cold one (<see cref="ColdHits"/>). Looks at every entry.
    /// </summary>
    public void FindCold()
    {
        // Four steps for each doubling of age.
        Span<long> bytes = stackalloc long[256];
        bytes.Clear();
        var now = Now;
        foreach (var (_, entry) in _entries)
            bytes[AgeStep(now - entry.Used)] += entry.Weight;
        var (step, younger) = (0, bytes[0]);
        while (younger < MaxBytes / 2 && step < bytes.Length - 1)
            younger += bytes[++step];
        _coldAge = step == bytes.Length - 1 ? long.MaxValue : (long)Math.Pow(2, (step + 1) / 4.0);
    }

    /// <summary>Brings the policy up to date and takes out what ended. Reads and writes do so by themselves, a little at a time; a cache that nobody writes into needs to be told.</summary>
    public void Maintain() => Maintain(isHit: false, isFull: true);

    private static int AgeStep(long milliseconds) => (int)(4 * Math.Log2(Math.Max(1, milliseconds)));

    private void Maintain(bool isHit, bool isFull = false)
    {
        do
        {
            if (!_maintenance.TryEnter())
                return;
            try
            {
                if (!isHit)
                    ReadPressure();
                Catch(isFull);
            }
            finally
            {
                _maintenance.Exit();
            }
        }
        while (!_pending.IsEmpty);
    }

    private bool IsAlive(CacheEntry<TKey, TValue> entry, long now)
    {
        var life = entry.Life;
        if (_halvings > 0)
            life = Math.Max(life >> _halvings, Math.Min(life, _least));
        return now - entry.Used < life && (entry.IsFixed || now - entry.Loaded < _most);
    }

    private bool Expire(CacheEntry<TKey, TValue> entry)
    {
        if (!_entries.TryRemove(new(entry.Key, entry)))
            return false;
        _counters.EvictedByTime(entry.Kind);
        entry.IsRemoved = true;
        return true;
    }

    private void Leave(CacheEntry<TKey, TValue> entry)
    {
        entry.IsRemoved = true;
        Look(entry);
    }

    /// <summary>Has the policy look at an entry that came or went. Whoever holds the lock looks for entries once more after giving it back, so none is left behind.</summary>
    private void Look(CacheEntry<TKey, TValue> entry)
    {
        _pending.Enqueue(entry);
        while (!_pending.IsEmpty)
        {
            if (_pending.Count > MaxPending)
                _maintenance.Enter();
            else if (!_maintenance.TryEnter())
                return;
            try
            {
                ReadPressure();
                Catch();
            }
            finally
            {
                _maintenance.Exit();
            }
        }
    }

    // Reading it allocates, which a hit must not.
    private void ReadPressure()
    {
        var now = Now;
        if (now - _pressureRead >= PressureInterval)
            (_pressureRead, _halvings) = (now, MemoryPressure.Halvings(_pressure()));
    }

    private void Catch(bool isFull = false)
    {
        var noted = _reads.Drain(new Uses(this));
        _notedHits += noted;
        _advisor.Pass(noted);
        while (_pending.TryDequeue(out var entry))
        {
            if (entry.IsRemoved)
                EvictionPolicy.Remove(entry);
            else if (entry.Segment is null)
            {
                _sketch.EnsureCapacity(_policy.Count + 1);
                _sketch.Increment(entry.Hash);
                _policy.Add(entry);
                _advisor.Pass(1);
                _advisor.Access(entry);
            }
        }

        _isSettled = _advisor.IsSettled;
        Thin();
        Sweep(isFull);
    }

    private void Use(CacheEntry<TKey, TValue> entry)
    {
        if (entry.Segment is null)
            return;
        _sketch.Increment(entry.Hash);
        _policy.Use(entry);
        _advisor.Access(entry);
    }

    /// <summary>
    /// The more hits there are between two evictions, the fewer of them it takes to tell what should go: one of 2^n is noted as long as that leaves <see cref="NotesForEviction"/>.
    /// Up to a hit rate of about 97 % all are.
    /// </summary>
    private void Thin()
    {
        // Not before about every entry in use was noted: their order is right from then on.
        var isTooThin = _evictions >= MostThinned && _notedHits < NotesForEviction * _evictions;
        if (!isTooThin && _notedHits < _policy.Count)
            return;
        // Before the first eviction nothing is known: what leaves then was used now.
        var hits = _evictions == 0 ? 0 : (_notedHits << _thinning) / (NotesForEviction * _evictions);
        _thinning = BitOperations.Log2((ulong)Math.Clamp(hits, 1, MostThinned));
        (_notedHits, _evictions) = (0, 0);
    }

    // Steps of the golden section are spread evenly and fall in step with no loop of accesses.
    private static bool IsSampled(long number, int thinning) => (ulong)((uint)number * 0x9E37_79B9u) >> (32 - thinning) == 0;

    private void Evicted(Node node, Eviction reason)
    {
        var entry = (CacheEntry<TKey, TValue>)node;
        _entries.TryRemove(new(entry.Key, entry));
        entry.IsRemoved = true;
        if (reason == Eviction.Refused)
            _counters.Refused(entry.Kind);
        else
            _counters.EvictedBySize(entry.Kind);
        _evictions++;
        _advisor.Evicted();
    }

    /// <summary>Looks at all entries, or at so many that all are seen about once in the shortest life, few at a time.</summary>
    private void Sweep(bool isFull)
    {
        var now = Now;
        if (isFull)
        {
            foreach (var (_, entry) in _entries)
                Sweep(entry, now);
        }
        else if (now != _caught)
        {
            for (var steps = Math.Min(64, 1 + (_policy.Count * (now - _caught) / _least)); steps > 0; steps--)
            {
                if (!_sweep.MoveNext())
                {
                    _sweep.Reset();
                    break;
                }

                Sweep(_sweep.Current.Value, now);
            }
        }

        _caught = now;
    }

    private void Sweep(CacheEntry<TKey, TValue> entry, long now)
    {
        if (!IsAlive(entry, now) && Expire(entry))
            EvictionPolicy.Remove(entry);
    }

    private void Resize(long maxEntries, long maxBytes)
    {
        lock (_maintenance)
        {
            Catch();
            _policy.Resize(maxEntries, maxBytes, _advisor.WindowShare);
            _policy.Shrink();
            _advisor.Resized();
        }

        Maintain();
    }

    private readonly struct Uses(Cache<TKey, TValue> cache) : ReadBuffer<CacheEntry<TKey, TValue>>.IReader
    {
        public void Take(CacheEntry<TKey, TValue> item) => cache.Use(item);
    }
}
