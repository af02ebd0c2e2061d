namespace Afterwit.LibSql.Tests.Pooling;

/// <summary>A pool that is all sizing: so many callers want a stream, tick by tick, on a clock of its own whose zone is UTC.</summary>
internal sealed class SizedPool : TimeProvider
{
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // A Monday.
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    public SizedPool(LoadForecast? forecast = null, int min = PoolSizer.DefaultMin, int max = PoolSizer.DefaultMax) => Sizer = new(this, min, max, forecast);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public DateTimeOffset Now { get; set; } = Start;

    public PoolSizer Sizer { get; }

    /// <summary>The changes of size so far.</summary>
    public List<SizingDecision> Changes { get; } = [];

    /// <summary>Callers that waited so far.</summary>
    public int Waited { get; private set; }

    public override DateTimeOffset GetUtcNow() => Now;

    /// <summary>A tick in which so many callers want a stream at once.</summary>
    public SizingDecision Tick(int demand, TimeSpan? elapsed = null)
    {
        var waited = Math.Max(0, demand - Sizer.Size);
        return Tick(new PoolSample(demand, Math.Min(demand, Sizer.Size), Math.Max(1, demand), waited), elapsed);
    }

    public SizingDecision Tick(in PoolSample sample, TimeSpan? elapsed = null)
    {
        Now += elapsed ?? Second;
        Waited += sample.Waited;
        var decision = Sizer.Observe(sample);
        if (decision.Reason is not null)
            Changes.Add(decision);
        return decision;
    }

    /// <summary>Ticks of a second until a moment.</summary>
    public void RunUntil(DateTimeOffset end, Func<DateTimeOffset, int> demand)
    {
        while (Now < end)
            Tick(demand(Now));
    }

    public void Run(TimeSpan duration, Func<DateTimeOffset, int> demand) => RunUntil(Now + duration, demand);
}
