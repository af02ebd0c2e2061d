namespace Afterwit.Storage;

/// <summary>
/// The bytes that the cache may take. A lookup costs the part of lookups that miss times what a load takes, and the rent of the bytes held meanwhile: a cache larger than it is useful shrinks, and
/// grows back when misses cost more than its bytes.
/// </summary>
internal sealed class CacheKnob : Knob
{
    /// <summary>
    /// What holding a byte for a second costs, in nanoseconds: 64 MiB are worth half a percent of a processor's time. A MiB more has to save 79 microseconds of loading in a second.
    /// </summary>
    public const double Rent = 0.075;

    /// <summary>How close to its limit of memory the process gives up cache: where lives get shorter, too.</summary>
    private const double Pressure = 0.9;

    private const int FewestLookups = 200;
    private readonly CachingMemoryStore _cache;
    private readonly Func<double> _pressure;
    private readonly Working _working;
    private CacheActivity _before;
    private long _held;
    private double _load;

    /// <summary>The knob of a cache, at the most that is allowed.</summary>
    public CacheKnob(CachingMemoryStore cache, CacheOptions options, Func<double>? pressure = null)
        : this(cache, Halves(Math.Min(options.MinBytes, options.MaxBytes), options.MaxBytes), pressure)
    {
    }

    private CacheKnob(CachingMemoryStore cache, IReadOnlyList<long> values, Func<double>? pressure)
        : this(cache, values, new Working(), pressure)
    {
    }

    private CacheKnob(CachingMemoryStore cache, IReadOnlyList<long> values, Working working, Func<double>? pressure)
        : base("cache-bytes", values, new(values.Count, values.Count - 1, [1], settling: 1, floor: place => working.Floor(values[place])))
    {
        (_cache, _working, _pressure) = (cache, working, pressure ?? MemoryPressure.Read);
        working.Cache = cache;
        Mark();
    }

    public override void Mark() => (_before, _held) = (_cache.Activity, _cache.Bytes);

    protected override Observation? Measure(double seconds)
    {
        var (done, held) = (_cache.Activity - _before, _cache.Bytes);
        if (done.Lookups < FewestLookups)
            return null;
        if (done.Loads > 0 && done.LoadNanoseconds / done.Loads is var each)
            _load = _load == 0 ? each : _load + (0.2 * (Math.Min(each, 1.5 * _load) - _load)); // one load that stood still for a minute must not look like a cache that is too small
        // While it fills up, misses are no measure of its size.
        var isFilling = held > _held * 1.01 && held < _cache.MaxBytes * 0.95;
        var (loads, rent) = (done.Misses * _load, Rent * held * seconds);
        (_working.Seconds, _working.Load, _working.Lookups) = (seconds, _load, done.Lookups);
        var isIdle = loads < rent && held > _cache.MaxBytes / 2 && _cache.UsedWithin(seconds).Bytes <= _cache.MaxBytes / 2;
        return new(isFilling ? double.NaN : (loads + rent) / done.Lookups, Aim: isIdle ? Aim.Less : Aim.Cheaper);
    }

    protected override Verdict? Forced() => _pressure() is var pressure && pressure >= Pressure ? Tuner.StepDown(FormattableString.Invariant($"memory in use is {pressure:0%} of what is high")) : null;

    protected override void Set(long value) => _cache.MaxBytes = value;

    /// <summary>What was used in the last period.</summary>
    private sealed class Working
    {
        public CachingMemoryStore? Cache { get; set; }

        public double Seconds { get; set; }

        public double Load { get; set; }

        public long Lookups { get; set; }

        /// <summary>What a lookup costs at least in a cache of so many bytes: of all that was used in the period, what does not fit has to be loaded once.</summary>
        public double Floor(long bytes)
        {
            var used = Cache!.UsedWithin(Seconds);
            return used.Bytes <= bytes ? 0 : used.Entries * (1 - ((double)bytes / used.Bytes)) * Load / Math.Max(1, Lookups);
        }
    }
}

/// <summary>What a cache did since it was opened.</summary>
internal readonly record struct CacheActivity(long Lookups, long Misses, long Loads, double LoadNanoseconds)
{
    public static CacheActivity operator -(CacheActivity now, CacheActivity before) =>
        new(now.Lookups - before.Lookups, now.Misses - before.Misses, now.Loads - before.Loads, now.LoadNanoseconds - before.LoadNanoseconds);
}
