using Afterwit.LibSql;

namespace Afterwit.Cli.Benchmarks;

/// <summary>How many connections to have open, asked once a second.</summary>
internal abstract class PoolPolicy(string name)
{
    public string Name => name;

    /// <summary>What is wanted open from now on.</summary>
    /// <param name="now">The simulated time.</param>
    /// <param name="sample">What was seen in the second that ended.</param>
    public abstract int Next(DateTimeOffset now, in PoolSample sample);

    /// <summary>The policies that are compared. None has more than production's 10: a need above it, which the greatest values have, hurts all alike.</summary>
    public static IReadOnlyList<PoolPolicy> All(LoadSeries load) =>
        [new Fixed(PoolSizer.DefaultMin), new Fixed(PoolSizer.DefaultMax), new Sized("reactive", forecast: null), new Sized("predictive", new(new())), new Oracle(load)];

    /// <summary>Always the same.</summary>
    private sealed class Fixed(int size) : PoolPolicy($"fixed-{size}")
    {
        public override int Next(DateTimeOffset now, in PoolSample sample) => size;
    }

    /// <summary>Production's sizing, stepped as the pool steps it; with a forecast or without.</summary>
    private sealed class Sized : PoolPolicy
    {
        private readonly ReplayClock _clock = new();
        private readonly PoolSizer _sizer;

        public Sized(string name, LoadForecast? forecast)
            : base(name) => _sizer = new(_clock, forecast: forecast);

        public override int Next(DateTimeOffset now, in PoolSample sample)
        {
            _clock.Now = now;
            return _sizer.Observe(sample).Size;
        }
    }

    /// <summary>The time of the series. Its zone is UTC: the hours that the file names are those of the place.</summary>
    private sealed class ReplayClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>Knows the load to come: the fewest connections with which nobody waits in the next five minutes, which is as soon as the others may close one.</summary>
    private sealed class Oracle(LoadSeries load) : PoolPolicy("oracle")
    {
        private static readonly TimeSpan Foresight = TimeSpan.FromMinutes(5);
        private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

        private DateTimeOffset _asked;
        private int _size;
        private int _before;

        public override int Next(DateTimeOffset now, in PoolSample sample)
        {
            if (now - _asked < Interval)
                return _size;
            _asked = now;
            while (_before + 1 < load.Times.Count && load.Times[_before + 1] <= now)
                _before++;
            var end = now + Foresight + Interval;
            var most = load.NeedAt(now, _before);
            for (var i = _before; i < load.Times.Count && load.Times[i] <= end; i++)
                most = Math.Max(most, Math.Max(i > _before ? load.Needs[i] : 0, load.NeedAt(end, i)));
            return _size = Math.Clamp((int)Math.Ceiling(most), PoolSizer.DefaultMin, PoolSizer.DefaultMax);
        }
    }
}
