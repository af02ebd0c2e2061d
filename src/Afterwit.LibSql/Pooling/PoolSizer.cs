namespace Afterwit.LibSql;

/// <summary>
/// Sizes a pool of streams. By what it sees it grows above 80 % use or when callers wait, and shrinks below 30 %; with a forecast it grows before a known peak and
/// lets go of what is not needed soon. A forecast that is wrong is left aside until it is right again.
/// </summary>
/// <param name="time">The clock. Days and hours of the forecast are those of its local time zone: load follows the day of people.</param>
/// <param name="min">The fewest streams kept open. Default 2: one that works and one to spare.</param>
/// <param name="max">The most streams. Default 10.</param>
/// <param name="forecast">What is known of the load; null goes by what is seen alone.</param>
/// <remarks>Not for several threads at once. A tick allocates nothing.</remarks>
internal sealed class PoolSizer(TimeProvider time, int min = PoolSizer.DefaultMin, int max = PoolSizer.DefaultMax, LoadForecast? forecast = null)
{
    /// <summary>The fewest streams unless said otherwise.</summary>
    public const int DefaultMin = 2;

    /// <summary>The most streams unless said otherwise.</summary>
    public const int DefaultMax = 10;

    private const double HighUse = 0.8;
    private const double LowUse = 0.3;

    /// <summary>Of a hundred callers one may wait: a stream that only the rarest moment wants is not worth keeping.</summary>
    private const double ToleratedWaits = 0.01;

    /// <summary>What the forecast must leave over, in streams, before one is closed: less would close and open the same stream in turn.</summary>
    private const double SpareToShrink = 0.25;

    /// <summary>So much of a stream may be lacking, by the forecast, before one is opened for it.</summary>
    private const double LackToGrow = 0.1;

    private static readonly TimeSpan HighUseIs = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LowUseIs = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WaitsAre = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan GrowCooldown = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShrinkCooldown = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestShrinkCooldown = TimeSpan.FromHours(1);

    private static readonly TimeSpan PlanInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OpenAhead = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan KeepFor = TimeSpan.FromMinutes(30);

    // A silence says no more than so much about the load after it.
    private static readonly TimeSpan LongestTick = TimeSpan.FromMinutes(1);

    private DateTimeOffset _seen;
    private DateTimeOffset _grown;
    private DateTimeOffset _shrunk;
    private DateTimeOffset _planned;
    private TimeSpan _shrinkCooldown = ShrinkCooldown;

    private double _use;
    private double _longUse;
    private double _calls;
    private double _waited;

    private double? _soon;
    private double? _later;
    private readonly int _max = Math.Max(1, max);
    private int _bound = Math.Max(1, max);

    /// <summary>The streams that are wanted open.</summary>
    public int Size { get; private set; } = Math.Clamp(min, 1, Math.Max(1, max));

    /// <summary>The most streams: this process's share of what the server allows. At least 1.</summary>
    public int Max => _max;

    /// <summary>The most streams for the time being; from the fewest to <see cref="Max"/>, which it is at first.</summary>
    public int Bound { get => _bound; set => _bound = Math.Clamp(value, Min, _max); }

    private int Min => Math.Clamp(min, 1, _max);

    /// <summary>Takes in what the pool saw since the last tick, which is about a second long, and says how many streams it shall have.</summary>
    public SizingDecision Observe(in PoolSample sample)
    {
        var now = time.GetUtcNow();
        if (now < _seen)
            Forget(now); // the clock was set back
        var elapsed = now - _seen < LongestTick ? now - _seen : LongestTick;
        _seen = now;
        Smooth(ref _use, sample.MeanInUse, elapsed, HighUseIs);
        Smooth(ref _longUse, sample.MeanInUse, elapsed, LowUseIs);
        Smooth(ref _calls, sample.Calls, elapsed, WaitsAre);
        Smooth(ref _waited, sample.Waited, elapsed, WaitsAre);
        if (forecast is not null)
            Plan(forecast, now, elapsed, sample.PeakDemand);

        var (size, reason) = Growth(sample, now) ?? Shrinkage(now) ?? new(Size, null);
        size = Math.Clamp(size, Min, _bound);
        if (size == Size)
            return new(size, null);
        reason ??= "its bound was lowered";
        if (size > Size)
            _grown = now;
        else
            _shrunk = now;
        Size = size;
        return new(size, reason);
    }

    /// <summary>Lets the next tick grow however short ago the last growth was.</summary>
    public void EndCooldown() => _grown = default;

    private static void Smooth(ref double mean, double value, TimeSpan elapsed, TimeSpan span) => mean += Smoothing.Weight(elapsed, span) * (value - mean);

    private SizingDecision? Growth(in PoolSample sample, DateTimeOffset now)
    {
        if (Size >= _bound)
            return null;
        if (now - _grown >= GrowCooldown)
        {
            if (sample.Waited > 0 && _waited > ToleratedWaits * _calls)
            {
                // Who waited before this growth is no reason for the next one.
                _waited = 0;
                Regret(now);
                return new(Size + Math.Clamp(sample.PeakDemand - Size, 1, Math.Max(1, Size / 2)), "callers wait");
            }

            if (_use > HighUse * Size)
            {
                Regret(now);
                return new(Size + 1, "use above 80 %");
            }
        }

        return _soon > Size + LackToGrow ? new((int)Math.Ceiling(_soon.Value - LackToGrow), "a peak is expected") : null;
    }

    private SizingDecision? Shrinkage(DateTimeOffset now)
    {
        if (Size <= Min || now - _grown < _shrinkCooldown || now - _shrunk < _shrinkCooldown)
            return null;
        var isKept = _later > Size - 1 + LackToGrow;
        string? reason = !isKept && _longUse < LowUse * Size ? "use below 30 %"
            : _later is { } later && Math.Max(later, forecast!.NeedNow) + SpareToShrink <= Size - 1 ? "less is expected"
            : null;
        if (reason is null)
            return null;
        if (_shrunk > _grown)
            _shrinkCooldown = ShrinkCooldown; // the one before was not regretted
        return new(Size - 1, reason);
    }

    /// <summary>Growth soon after a stream was closed says that it was closed too early: the next one waits twice as long.</summary>
    private void Regret(DateTimeOffset now)
    {
        var doubled = _shrinkCooldown * 2;
        _shrinkCooldown = now - _shrunk >= doubled ? ShrinkCooldown : doubled < LongestShrinkCooldown ? doubled : LongestShrinkCooldown;
    }

    private void Plan(LoadForecast forecast, DateTimeOffset now, TimeSpan elapsed, int peak)
    {
        var local = time.GetLocalNow().DateTime;
        forecast.Observe(local, elapsed, peak);
        if (!forecast.IsTrusted)
        {
            (_soon, _later, _planned) = (null, null, default);
        }
        else if (now - _planned >= PlanInterval)
        {
            (_soon, _later) = (forecast.Expect(local, OpenAhead), forecast.Expect(local, KeepFor));
            _planned = now;
        }
    }

    private void Forget(DateTimeOffset now) => (_seen, _grown, _shrunk, _planned) = (now, now, now, default);
}
