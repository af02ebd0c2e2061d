namespace Afterwit.Tests.Shared;

/// <summary>A clock that stands still until it is told to go on.</summary>
internal sealed class FakeClock(DateTimeOffset? start = null) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = start ?? Samples.Start;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.UtcTicks;
}
