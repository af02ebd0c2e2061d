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

    /// <summary>The part of the hits on what was used longest ago that half a cache is sure to lose: it keeps some of it for its frequency.</summary>
    private const double Certain = 0.5;

    private const int FewestLookups = 200;
    private readonly CachingMemoryStore _cache;
    private readonly Func<double> _pressure;
    private readonly Floors _floors;
    private CacheActivity _before;
    private long _held;
    private double _load;

    /// <summary>The knob of a cache, at the most that is allowed.</summary>
    public CacheKnob(CachingMemoryStore cache, CacheOptions options, Func<double>? pressure = null)
        : this(cache, Halves(Math.Min(options.MinBytes, options.MaxBytes), options.MaxBytes), pressure)
    {
    }

    private CacheKnob(CachingMemoryStore cache, IReadOnlyList<long> values, Func<double>? pressure)
        : this(cache, values, new Floors(), pressure)
    {
    }

    private CacheKnob(CachingMemoryStore cache, IReadOnlyList<long> values, Floors floors, Func<double>? pressure)
        : base("cache-bytes", values, new(values.Count, values.Count - 1, [1], settling: 1, floor: place => floors.Of(values[place])))
    {
        (_cache, _floors, _pressure) = (cache, floors, pressure ?? MemoryPressure.Read);
        floors.Cache = cache;
        Mark();
    }

    public override void Mark()
    {
        (_before, _held) = (_cache.Activity, _cache.Bytes);
        _cache.FindCold();
    }

    protected override Observation? Measure(double seconds)
    {
        _cache.Maintain(); // what it holds is what lives
        var (done, held) = (_cache.Activity - _before, _cache.Bytes);
        if (done.Lookups < FewestLookups)
            return null;
        if (done.Loads > 0 && done.LoadNanoseconds / done.Loads is var each)
            _load = _load == 0 ? each : _load + (0.2 * (Math.Min(each, 1.5 * _load) - _load)); // one load that stood still for a minute must not look like a cache that is too small
        // While it fills up, misses are no measure of its size.
        var isFilling = held > _held * 1.01 && held < _cache.MaxBytes * 0.95;
        var (loads, rent) = (done.Misses * _load, Rent * held * seconds);
        var halfLoads = loads + (Certain * done.ColdHits * _load);
        _floors.Seen(halfLoads, Rent * seconds, done.Lookups);
        var isIdle = halfLoads < rent && held > _cache.MaxBytes / 2;
        return new(isFilling ? double.NaN : (loads + rent) / done.Lookups, Aim: isIdle ? Aim.Less : Aim.Cheaper);
    }

    protected override Verdict? Forced() => _pressure() is var pressure && pressure >= Pressure ? Tuner.StepDown(FormattableString.Invariant($"memory in use is {pressure:0%} of what is high")) : null;

    protected override void Set(long value) => _cache.MaxBytes = value;

    /// <summary>What the sizes next to the present one would at least have cost in the last period.</summary>
    private sealed class Floors
    {
        private double _halfLoads;
        private double _rent;
        private long _lookups;

        public CachingMemoryStore? Cache { get; set; }

        public void Seen(double halfLoads, double rent, long lookups) => (_halfLoads, _rent, _lookups) = (halfLoads, rent, lookups);

        /// <summary>What a lookup costs at least: a larger cache can save all loads, and gives nothing back; half of one loads what it would have lost.</summary>
        public double Of(long bytes) => ((bytes >= Cache!.MaxBytes ? 0 : _halfLoads) + (_rent * Math.Min(bytes, Cache.Bytes))) / Math.Max(1, _lookups);
    }
}

/// <summary>What a cache did since it was opened. Cold hits are those that half of it would about have missed.</summary>
internal readonly record struct CacheActivity(long Lookups, long Misses, long ColdHits, long Loads, double LoadNanoseconds)
{
    public static CacheActivity operator -(CacheActivity now, CacheActivity before) =>
        new(now.Lookups - before.Lookups, now.Misses - before.Misses, now.ColdHits - before.ColdHits, now.Loads - before.Loads, now.LoadNanoseconds - before.LoadNanoseconds);
}
