using System.Globalization;

namespace Afterwit.Storage;

/// <summary>What a move of a knob may be for.</summary>
internal enum Aim
{
    /// <summary>A lower cost.</summary>
    Cheaper,

    /// <summary>A lower value that costs no more: what it has is not used.</summary>
    Less,

    /// <summary>Nothing: no other value could help now.</summary>
    Nothing,
}

/// <summary>What a period showed.</summary>
/// <param name="Cost">What an operation cost, in nanoseconds; NaN when the period says nothing.</param>
/// <param name="Mix">A number above 0 that stays about the same while the load is of one kind, and does not depend on the knob.</param>
/// <param name="Aim">What a move may be for.</param>
internal readonly record struct Observation(double Cost, double Mix = 1, Aim Aim = Aim.Cheaper);

/// <summary>What came of a move.</summary>
internal readonly record struct Verdict(int From, int To, TuningOutcome Outcome, string Reason);

/// <summary>
/// Climbs one knob towards its lowest cost. It knows what an operation costs where it stands and how much that varies by itself, tries another place for some periods, keeps it when the cost fell by
/// more than that, and goes back otherwise. A place that did not help is left alone the longer the more it cost and the more often it failed, so that trials of a bad
/// place cost about 1 % of the whole; when the load changes without a move, everything known is forgotten. No clock, no thread, no randomness: the same periods give the same moves.
/// </summary>
/// <param name="places">How many places the knob has, from the lowest value to the highest.</param>
/// <param name="start">The place it stands at.</param>
/// <param name="steps">How far a move may go, in the order in which moves are tried.</param>
/// <param name="direction">1 when a higher value is tried first, -1 when a lower one is.</param>
/// <param name="settling">How many periods after a move say nothing yet.</param>
/// <param name="floor">What an operation costs in a place at least: where that is no gain, it is not tried. Null when nothing is known.</param>
internal sealed class Tuner(int places, int start, IReadOnlyList<int> steps, int direction = -1, int settling = 0, Func<int, double>? floor = null)
{
    /// <summary>The smallest gain that is worth a move.</summary>
    public const double LeastGain = 0.03;

    /// <summary>Trials of a place may cost such a part of the whole: one that cost much more is tried again much later.</summary>
    private const double TrialShare = 0.01;

    private const int KnownAfter = 3;
    private const int TrialPeriods = 2;

    /// <summary>A gain that may be chance is looked at for so many periods: the mean of four times as many varies half as much.</summary>
    private const int LongestTrial = 8;
    private const int Memory = 8;
    private const int LongestPause = 16;
    private const int LongestCostlyPause = 1_024;

    /// <summary>For so many periods of settling after a trial another cost may still be its trace.</summary>
    private const int Trace = 16;

    /// <summary>A cost so far from the mean, or a mix so many times another, twice in a row, is another load. What lies farther off once is an accident.</summary>
    private const double OtherCost = 0.3, OtherMix = 1.5;

    // A place that did not get cheaper may still be one to go to when what it lacks is no longer used.
    private readonly Dictionary<(Aim Aim, int Place), (int Failures, long Until)> _pauses = [];
    private int _kept = start;
    private int? _trial;
    private Aim _aim;
    private int _direction = direction;
    private long _period;
    private int _settling;
    private int _known;
    private int _odd;
    private long _tracedUntil;
    private double _cost, _spread, _mix, _last;
    private double _trialCost;
    private int _trialPeriods;

    /// <summary>Where the knob has to stand now.</summary>
    public int Place => _trial ?? _kept;

    /// <summary>The part by which a cost has to differ to be more than chance: twice what a period of one place differs from the one before it.</summary>
    private double Noise => Math.Max(LeastGain, 2 * _spread * Math.Sqrt(1 + (2.0 / Math.Max(1, _known))));

    /// <summary>Takes in a period that was spent at <see cref="Place"/>, and moves it.</summary>
    /// <returns>What came of a trial that ended with this period.</returns>
    public Verdict? Observe(in Observation seen)
    {
        _period++;
        if (_settling > 0 && !(_trial is not null && IsBad(seen.Cost)))
        {
            _settling--;
            return null;
        }

        return _trial is { } trial ? Judge(trial, seen) : Watch(seen);
    }

    /// <summary>Moves down at once, for a reason that is no cost.</summary>
    /// <returns>Null when it is as low as it can be.</returns>
    public Verdict? StepDown(string reason)
    {
        var (from, to) = (Place, Math.Max(0, Place - 1));
        if (from == to)
            return null;
        (_kept, _trial, _settling, _known) = (to, null, settling, 0);
        _pauses[(Aim.Cheaper, from)] = (1, _period + LongestPause);
        return new(from, to, TuningOutcome.Kept, reason);
    }

    private Verdict? Watch(in Observation seen)
    {
        if (IsOther(seen))
        {
            if (_period < _tracedUntil)
                return null;
            if (++_odd == 2)
            {
                Forget();
                Learn(seen);
            }

            return null;
        }

        Learn(seen);
        if (_known >= KnownAfter && Next(seen) is { } next)
            (_trial, _aim, _trialCost, _trialPeriods, _settling) = (next, seen.Aim, 0, 0, settling);
        return null;
    }

    private Verdict? Judge(int trial, in Observation seen)
    {
        _trialCost += seen.Cost;
        _trialPeriods++;
        var (cost, noise) = (_trialCost / _trialPeriods, Math.Max(LeastGain, Noise / Math.Sqrt((double)_trialPeriods / TrialPeriods)));
        var isOtherLoad = IsOtherMix(seen);
        var mayHelp = _aim == Aim.Cheaper && cost < _cost * (1 - LeastGain) && cost > _cost * (1 - noise);
        if (!isOtherLoad && !IsBad(cost) && _trialPeriods < (mayHelp ? LongestTrial : TrialPeriods))
            return null;
        var helped = !isOtherLoad && (_aim == Aim.Less ? cost <= _cost * (1 + noise) : cost < _cost * (1 - noise));
        var from = _kept;
        var numbers = string.Create(CultureInfo.InvariantCulture, $"{cost:0.###} ns in place of {_cost:0.###} ({(cost / _cost) - 1:+0.0%;-0.0%}, noise {noise:0.0%})");
        _trial = null;
        (_settling, _tracedUntil) = (settling, _period + (Trace * settling));
        if (helped)
        {
            _pauses.Clear();
            _pauses[(Aim.Cheaper, from)] = (1, _period + Memory);
            (_kept, _direction) = (trial, Math.Sign(trial - from));
            (_cost, _last, _known, _odd) = (cost, cost, TrialPeriods, 0);
            return new(from, trial, TuningOutcome.Kept, _aim == Aim.Less ? $"it is not used: {numbers}" : numbers);
        }

        if (isOtherLoad)
        {
            Forget();
            return new(from, trial, TuningOutcome.Undone, $"the load changed: {numbers}");
        }

        var failures = _pauses.GetValueOrDefault((_aim, trial)).Failures + 1;
        var loss = Math.Min(LongestCostlyPause, ((cost / _cost) - 1) / TrialShare);
        _pauses[(_aim, trial)] = (failures, _period + (long)Math.Max(Math.Min(LongestPause, 1L << Math.Min(failures, 20)), loss));
        return new(from, trial, TuningOutcome.Undone, numbers);
    }

    private bool IsOther(in Observation seen) => _known >= TrialPeriods && (IsOtherMix(seen) || Math.Abs(seen.Cost - _cost) > Math.Max(OtherCost, 4 * _spread) * _cost);

    private bool IsOtherMix(in Observation seen) => _known > 0 && (seen.Mix > _mix * OtherMix || seen.Mix * OtherMix < _mix);

    /// <summary>So bad that it needs no second look.</summary>
    private bool IsBad(double cost) => cost > _cost * (1 + Math.Max(0.1, 2 * Noise));

    private void Forget()
    {
        _pauses.Clear();
        (_known, _odd, _spread) = (0, 0, Math.Min(_spread, 0.1));
    }

    private void Learn(in Observation seen)
    {
        _odd = 0;
        _known++;
        if (_known == 1)
        {
            (_cost, _mix, _last) = (seen.Cost, seen.Mix, seen.Cost);
            return;
        }

        var weight = 1.0 / Math.Min(_known, Memory);
        _spread += weight * (Math.Min(OtherCost, Math.Abs(seen.Cost - _last) / Math.Max(_cost, double.Epsilon)) - _spread);
        _last = seen.Cost;
        _cost += weight * (seen.Cost - _cost);
        _mix += weight * (seen.Mix - _mix);
    }

    private int? Next(in Observation seen)
    {
        var aim = seen.Aim;
        IEnumerable<int> moves = aim switch
        {
            Aim.Cheaper => steps.SelectMany(step => (int[])[step * _direction, -step * _direction]),
            Aim.Less => steps.OrderDescending().Select(step => -step),
            _ => [],
        };
        foreach (var place in moves.Select(move => _kept + move))
        {
            if (place < 0 || place >= places || (_pauses.TryGetValue((aim, place), out var pause) && _period < pause.Until))
                continue;
            // The floor is that of this period, and so may be lower than the mean while the cost falls by itself.
            if (aim == Aim.Less || floor is null || floor(place) < Math.Min(_cost, seen.Cost) * (1 - Noise))
                return place;
        }

        return null;
    }
}
