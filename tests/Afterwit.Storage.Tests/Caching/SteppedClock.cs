namespace Afterwit.Storage.Tests;

/// <summary>A clock whose timestamps stand still until it is told to go on.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _milliseconds = 1_000_000;

    public override long TimestampFrequency => 1_000;

    public override long GetTimestamp() => Interlocked.Read(ref _milliseconds);

    public void Step(double seconds) => Interlocked.Add(ref _milliseconds, (long)(seconds * 1_000));
}
