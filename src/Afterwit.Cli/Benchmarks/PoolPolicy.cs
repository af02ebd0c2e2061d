using Afterwit.LibSql;

namespace Afterwit.Cli.Benchmarks;

/// <summary>How many connections to have open, asked once a second.</summary>
/// <param name="Name">As it is printed.</param>
/// <param name="Next">What is wanted open from now on: by the simulated time, the index of the value of the load before it, and what was seen in the second that ended.</param>
internal sealed record PoolPolicy(string Name, Func<DateTimeOffset, int, PoolSample, int> Next)
{
    /// <summary>The policies that are compared. None has more than production's 10: a need above it, which the greatest values have, hurts all alike.</summary>
    public static IReadOnlyList<PoolPolicy> All(LoadSeries load) =>
        [Fixed(PoolSizer.DefaultMin), Fixed(PoolSizer.DefaultMax), Sized("reactive", forecast: null), Sized("predictive", new(new())), Oracle(load)];

    private static PoolPolicy Fixed(int size) => new($"fixed-{size}", (_, _, _) => size);

    /// <summary>Production's sizing, stepped as the pool steps it; with a forecast or without.</summary>
    private static PoolPolicy Sized(string name, LoadForecast? forecast)
    {
        var clock = new ReplayClock();
        var sizer = new PoolSizer(clock, forecast: forecast);
        return new(name, (now, _, sample) =>
        {
            clock.Now = now;
            return sizer.Observe(sample).Size;
        });
    }

    /// <summary>Knows the load to come: the fewest connections with which nobody waits in the next five minutes, which is as soon as the others may close one. It looks once a minute.</summary>
    private static PoolPolicy Oracle(LoadSeries load)
    {
        var (asked, size) = (default(DateTimeOffset), 0);
        return new("oracle", (now, before, _) =>
        {
            if (now - asked < TimeSpan.FromMinutes(1))
                return size;
            asked = now;
            var end = now + TimeSpan.FromMinutes(6);
            var most = load.NeedAt(now, before);
            for (var i = before; i < load.Times.Count && load.Times[i] <= end; i++)
                most = Math.Max(most, Math.Max(i > before ? load.Needs[i] : 0, load.NeedAt(end, i)));
            return size = Math.Clamp((int)Math.Ceiling(most), PoolSizer.DefaultMin, PoolSizer.DefaultMax);
        });
    }

    /// <summary>The time of the series. Its zone is UTC: the hours that the file names are those of the place.</summary>
    private sealed class ReplayClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
