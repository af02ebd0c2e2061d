namespace Afterwit.Tests.Shared;

/// <summary>A clock that stands still until it is told to go on, with timers that are run on the way: what takes minutes elsewhere is over at once, and nothing comes too early on a slow machine.</summary>
internal sealed class FakeTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private long _now = TimeSpan.FromDays(1).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => Samples.Start.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_lock)
            _timers.Add(timer);
        return timer;
    }

    /// <summary>Goes on, and runs each timer when it is due, on the caller's thread.</summary>
    public void Advance(TimeSpan by)
    {
        for (var end = GetTimestamp() + by.Ticks; TakeNext(end) is { } timer;)
            timer.Run();
    }

    /// <summary>Goes on while the timers are late: none is run.</summary>
    public void Skip(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);

    /// <summary>Goes on, a little at a time, until a task has ended.</summary>
    public async Task EndAsync(Task task)
    {
        await Eventually.IsTrueAsync(() =>
        {
            if (!task.IsCompleted)
                Advance(TimeSpan.FromMilliseconds(50));
            return task.IsCompleted;
        });
    }

    private FakeTimer? TakeNext(long end)
    {
        lock (_lock)
        {
            if (_timers.MinBy(t => t.Due) is not { } next || next.Due > end)
            {
                _now = Math.Max(_now, end);
                return null;
            }

            _now = Math.Max(_now, next.Due);
            next.Due = next.Period == Timeout.InfiniteTimeSpan || next.Period == TimeSpan.Zero ? long.MaxValue : _now + next.Period.Ticks;
            return next;
        }
    }

    private sealed class FakeTimer(FakeTime time, Action run) : ITimer
    {
        /// <summary>The timestamp at which it is due; the largest is never.</summary>
        public long Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Run() => run();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
                (Due, Period) = (dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time._now + dueTime.Ticks, period);
            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
