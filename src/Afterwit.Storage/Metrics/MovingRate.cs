namespace Afterwit.Storage;

/// <summary>How often something happens, averaged over a window of up to a minute that moves with the clock. Lock-free; half a kilobyte.</summary>
internal sealed class MovingRate(TimeProvider time)
{
    private const int Slots = 64;
    private readonly long[] _seconds = new long[Slots]; // each: the number of its second above, the events in it below
    private readonly long _start = time.GetTimestamp();

    /// <summary>Counts an event at a moment of the clock.</summary>
    public void Add(long timestamp)
    {
        var second = Second(timestamp);
        ref var slot = ref _seconds[second % Slots];
        for (var old = Interlocked.Read(ref slot); ; old = Interlocked.Read(ref slot))
        {
            // Who comes later than a whole turn of the ring is too late to count.
            if (old >> 32 > second || Interlocked.CompareExchange(ref slot, old >> 32 == second ? old + 1 : (second << 32) | 1, old) == old)
                return;
        }
    }

    /// <summary>Events in a second, over the last so many seconds or the time since the first could have happened, if that is less; over one second at least.</summary>
    /// <param name="window">Seconds: 1 to 60.</param>
    public double Over(int window)
    {
        var now = time.GetTimestamp();
        var second = Second(now);
        var events = 0L;
        for (var at = Math.Max(0, second - window + 1); at <= second; at++)
        {
            var slot = Interlocked.Read(ref _seconds[at % Slots]);
            if (slot >> 32 == at)
                events += slot & uint.MaxValue;
        }

        var age = time.GetElapsedTime(_start, now).TotalSeconds;
        return events / Math.Max(1, Math.Min(age, window - 1 + age - Math.Truncate(age)));
    }

    private long Second(long timestamp) => Math.Max(0, timestamp - _start) / time.TimestampFrequency;
}
