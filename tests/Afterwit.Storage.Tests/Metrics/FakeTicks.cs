namespace Afterwit.Storage.Tests.Metrics;

/// <summary>A clock for durations: a tick is a nanosecond, and it stands still until it is told to go on.</summary>
internal sealed class FakeTicks : TimeProvider
{
    private long _now = 5_000_000_000;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public void Advance(double seconds) => Interlocked.Add(ref _now, (long)(seconds * 1e9));
}
