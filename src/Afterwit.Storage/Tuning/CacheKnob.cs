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
    private CacheActivity _before;
    private long _held;
    private double _load;

    /// <summary>The knob of a cache, at the most that is allowed.</summary>
    public CacheKnob(CachingMemoryStore cache, CacheOptions options, Func<double>? pressure = null)
        : this(cache, Halves(Math.Min(options.MinBytes, options.MaxBytes), options.MaxBytes), pressure)
    {
    }

    private CacheKnob(CachingMemoryStore cache, IReadOnlyList<long> values, Func<double>? pressure)
        : base("cache-bytes", values, new(values.Count, values.Count - 1, [1, 2], settling: 1))
    {
        (_cache, _pressure) = (cache, pressure ?? MemoryPressure.Read);
        Mark();
    }

    public override void Mark() => (_before, _held) = (_cache.Activity, _cache.Bytes);

    protected override Observation? Measure(double seconds)
    {
        var (done, held) = (_cache.Activity - _before, _cache.Bytes);
        if (done.Lookups < FewestLookups)
            return null;
        if (done.Loads > 0)
            _load += (_load == 0 ? 1 : 0.2) * ((done.LoadNanoseconds / done.Loads) - _load);
        // While it fills up, misses are no measure of its size.
        var isFilling = held > _held * 1.03 && held < _cache.MaxBytes * 0.95;
        return new(isFilling ? double.NaN : ((done.Misses * _load) + (Rent * held * seconds)) / done.Lookups);
    }

    protected override Verdict? Forced() => _pressure() is var pressure && pressure >= Pressure ? Tuner.StepDown(FormattableString.Invariant($"memory in use is {pressure:0%} of what is high")) : null;

    protected override void Set(long value) => _cache.MaxBytes = value;
}

/// <summary>What a cache did since it was opened.</summary>
internal readonly record struct CacheActivity(long Lookups, long Misses, long Loads, double LoadNanoseconds)
{
    public static CacheActivity operator -(CacheActivity now, CacheActivity before) =>
        new(now.Lookups - before.Lookups, now.Misses - before.Misses, now.Loads - before.Loads, now.LoadNanoseconds - before.LoadNanoseconds);
}
