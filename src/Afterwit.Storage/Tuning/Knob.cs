using System.Globalization;

namespace Afterwit.Storage;

/// <summary>Something of an open memory that tunes itself: its values from the lowest to the highest, what it costs, and how it is set.</summary>
/// <param name="name">What it is called in decisions and metrics.</param>
/// <param name="values">All values, in ascending order.</param>
/// <param name="tuner">Decides between them by their places.</param>
internal abstract class Knob(string name, IReadOnlyList<long> values, Tuner tuner)
{
    /// <summary>What it is called.</summary>
    public string Name => name;

    /// <summary>The value in use.</summary>
    public long Value => values[Tuner.Place];

    /// <summary>All values in words.</summary>
    public IReadOnlyList<string> Words => [.. values.Select(Word)];

    /// <summary>All of it at this moment.</summary>
    public KnobReport Report => new(name, Word(Value), Word(values[0]), Word(values[^1]));

    /// <summary>What decides.</summary>
    protected Tuner Tuner => tuner;

    /// <summary>Looks at what happened since the last period ended, and moves.</summary>
    /// <param name="seconds">How long that is.</param>
    /// <param name="isLong">The period has gone on for so long that it ends whatever it says.</param>
    /// <param name="now">When.</param>
    /// <param name="decision">What was decided, if anything.</param>
    /// <returns>Whether the period has ended.</returns>
    public bool Look(double seconds, bool isLong, DateTimeOffset now, out TuningDecision? decision)
    {
        decision = null;
        var seen = Measure(seconds);
        if (seen is null && !isLong)
            return false;
        Mark();
        var before = tuner.Place;
        var verdict = Forced() ?? (seen is { } period && !double.IsNaN(period.Cost) ? tuner.Observe(period) : null);
        if (tuner.Place != before)
            Set(values[tuner.Place]);
        if (verdict is { } v)
            decision = new(now, name, Word(values[v.From]), Word(values[v.To]), v.Reason, v.Outcome);
        return true;
    }

    /// <summary>The next period begins now.</summary>
    public abstract void Mark();

    /// <summary>A value in words.</summary>
    protected virtual string Word(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>What happened since the mark. Null while it is too little to say anything.</summary>
    protected abstract Observation? Measure(double seconds);

    /// <summary>A move that has to be, whatever it costs.</summary>
    protected virtual Verdict? Forced() => null;

    /// <summary>Puts a value to work.</summary>
    protected abstract void Set(long value);

    /// <summary>From the most down by halves to the least, in ascending order.</summary>
    protected static IReadOnlyList<long> Halves(long least, long most)
    {
        List<long> values = [most];
        for (var value = most / 2; value >= least; value /= 2)
            values.Insert(0, value);
        return values;
    }
}
