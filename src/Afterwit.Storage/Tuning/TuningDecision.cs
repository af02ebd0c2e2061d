namespace Afterwit.Storage;

/// <summary>What came of a value that was tried.</summary>
internal enum TuningOutcome
{
    /// <summary>It stays.</summary>
    Kept,

    /// <summary>It did not help: the value before it is back.</summary>
    Undone,
}

/// <summary>A decision about one knob.</summary>
/// <param name="At">When it fell.</param>
/// <param name="Knob">What was moved.</param>
/// <param name="From">The value before, in words.</param>
/// <param name="To">The value that was tried.</param>
/// <param name="Reason">Why it stays or went, with the numbers.</param>
/// <param name="Outcome">Whether it stays.</param>
internal sealed record TuningDecision(DateTimeOffset At, string Knob, string From, string To, string Reason, TuningOutcome Outcome);

/// <summary>A knob at this moment.</summary>
/// <param name="Name">What it moves.</param>
/// <param name="Value">Where it stands, a value on trial included.</param>
/// <param name="Least">The lowest it may be.</param>
/// <param name="Most">The highest.</param>
internal sealed record KnobReport(string Name, string Value, string Least, string Most);

/// <summary>The knobs of a memory and the last decisions, the newest first.</summary>
internal sealed record TuningReport(IReadOnlyList<KnobReport> Knobs, IReadOnlyList<TuningDecision> Decisions);
