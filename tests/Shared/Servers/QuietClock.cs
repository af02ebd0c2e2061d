namespace Afterwit.Tests.Shared;

/// <summary>The clock of the system, on which nothing is done at intervals: beside what a test does itself, however long that takes, no stream is asked or made ready.</summary>
internal sealed class QuietClock : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, period == Timeout.InfiniteTimeSpan ? dueTime : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
