namespace Afterwit.LibSql;

/// <summary>
/// Says how many streams the next minutes need: the usual week, raised or lowered by how the last half hour compares with it. It keeps a record of its own
/// errors, and is not trusted while it is wrong.
/// </summary>
/// <param name="profile">The usual week; it learns on.</param>
/// <remarks>
/// The streams that a time needs are the mean of the peaks of its ticks and <see cref="Headroom"/> of their standard deviations: a single burst among hundreds of
/// seconds moves it little. It is a persistence forecast with a seasonal shape (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., 5.2).
/// </remarks>
internal sealed class LoadForecast(LoadProfile profile)
{
    /// <summary>Standard deviations above the mean of the peaks: about nine ticks of ten want no more.</summary>
    private const double Headroom = 1.2;

    /// <summary>Standard deviations from week to week that are added to what is expected.</summary>
    private const double WeeklyHeadroom = 0.3;

    /// <summary>An error of so many streams, beyond the usual spread, is a wrong forecast.</summary>
    private const double Wrong = 2;

    /// <summary>A forecast may be so many streams worse than "as now" and still be of use: it knows of the peaks.</summary>
    private const double Allowance = 0.25;

    /// <summary>The weight of the newest error in the record: about the last ten quarters of an hour.</summary>
    private const double NewestError = 0.1;

    /// <summary>So many slots in a row must be right before the forecast is trusted again.</summary>
    private const int RightToTrust = 2;

    private static readonly TimeSpan NowIs = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan LevelIs = TimeSpan.FromMinutes(30);

    // So far into a slot what is needed now tells of this slot and no more of the one before.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(6);

    private DateTime _slot;
    private int _ticks;
    private double _sum;
    private double _squares;

    private double _meanNow;
    private double _squareNow;
    private double _level;
    private double _usualLevel;

    private double? _expected;
    private double _need;
    private double _error;
    private double _naiveError;
    private int _right;

    /// <summary>False while the forecast is wrong, or knows too little to be right.</summary>
    public bool IsTrusted => _right >= RightToTrust;

    /// <summary>The streams that the last minutes needed.</summary>
    public double NeedNow => Need(_meanNow, _squareNow);

    private double Level => _usualLevel > 0 ? Math.Clamp(_level / _usualLevel, 0.2, 5) : 1;

    /// <summary>Takes in a tick of the pool.</summary>
    /// <param name="now">The time of the place, which days and their hours follow.</param>
    /// <param name="elapsed">Since the tick before.</param>
    /// <param name="peak">The most callers that held or wanted a stream at once.</param>
    public void Observe(DateTime now, TimeSpan elapsed, int peak)
    {
        var slot = new DateTime(now.Ticks - now.Ticks % LoadProfile.Slot.Ticks);
        if (slot != _slot)
            Begin(slot);
        _ticks++;
        _sum += peak;
        _squares += (double)peak * peak;

        var weight = Smoothing.Weight(elapsed, NowIs);
        _meanNow += weight * (peak - _meanNow);
        _squareNow += weight * ((double)peak * peak - _squareNow);
        if (profile.Expect(now) is not { } usual)
            return;
        if (_usualLevel == 0)
            (_level, _usualLevel) = (usual.Need, usual.Need);
        weight = Smoothing.Weight(elapsed, LevelIs);
        _level += weight * (NeedNow - _level);
        _usualLevel += weight * (usual.Need - _usualLevel);

        // Too little expected counts at once, too much when the slot is under way: until then the minutes before it are averaged in.
        var surprise = NeedNow - usual.Need * Level;
        if (Math.Abs(surprise) > Wrong + WeeklyHeadroom * usual.Spread && (surprise > 0 || now - slot >= Settled))
            _right = 0;
    }

    /// <summary>The most that is needed between now and then.</summary>
    /// <returns>Streams, with a fraction; null when the forecast is not to be trusted.</returns>
    public double? Expect(DateTime now, TimeSpan ahead)
    {
        if (!IsTrusted)
            return null;
        var most = 0.0;
        for (var at = now; ; at += LoadProfile.Slot)
        {
            var last = at >= now + ahead;
            if (profile.Expect(last ? now + ahead : at) is not { } usual)
                return null;
            most = Math.Max(most, usual.Need * Level + WeeklyHeadroom * usual.Spread);
            if (last)
                return most;
        }
    }

    private static double Need(double mean, double square) => mean + Headroom * Math.Sqrt(Math.Max(0, square - mean * mean));

    private void Begin(DateTime slot)
    {
        if (slot == _slot + LoadProfile.Slot)
        {
            Finish();
        }
        else
        {
            // The process slept, or the clock was set: what half a slot saw teaches nothing.
            (_right, _expected, _usualLevel) = (0, null, 0);
        }

        (_slot, _ticks, _sum, _squares) = (slot, 0, 0, 0);
    }

    private void Finish()
    {
        var need = Need(_sum / _ticks, _squares / _ticks);
        if (_expected is { } expected)
        {
            var error = Math.Abs(need - expected);
            _error += NewestError * (error - _error);
            _naiveError += NewestError * (Math.Abs(need - _need) - _naiveError);
            _right = error <= Wrong && _error <= _naiveError + Allowance ? Math.Min(_right + 1, RightToTrust) : 0;
        }

        profile.Learn(_slot, need);
        _need = need;
        _expected = profile.Expect(_slot + LoadProfile.Slot)?.Need * Level;
    }
}
