namespace Afterwit.LibSql.Tests.Pooling;

public sealed class LoadForecastTests
{
    private static readonly DateTimeOffset Learned = SizedPool.Start.AddDays(15);

    private readonly LoadForecast _forecast = new(new());
    private readonly SizedPool _pool;

    public LoadForecastTests() => _pool = new(_forecast);

    [Fact]
    public void Grows_before_a_known_peak()
    {
        Learn();
        var reactive = new SizedPool { Now = _pool.Now };
        foreach (var pool in (SizedPool[])[_pool, reactive])
            pool.RunUntil(Learned.AddHours(8.9), OfDay);
        Assert.Equal(2, _pool.Sizer.Size);
        var waited = _pool.Waited;
        foreach (var pool in (SizedPool[])[_pool, reactive])
            pool.RunUntil(Learned.AddHours(9), OfDay);
        Assert.InRange(_pool.Sizer.Size, 8, 9);
        Assert.InRange(reactive.Sizer.Size, 2, 3);
        Assert.Equal("a peak is expected", _pool.Changes[^1].Reason);
        foreach (var pool in (SizedPool[])[_pool, reactive])
            pool.RunUntil(Learned.AddHours(13), OfDay);
        Assert.Equal(waited, _pool.Waited);
        Assert.True(reactive.Waited > 0);
    }

    [Fact]
    public void Lets_go_of_what_is_not_needed_soon()
    {
        Learn();
        _pool.RunUntil(Learned.AddHours(13), OfDay);
        Assert.Contains(_pool.Changes, c => c is { Size: 2, Reason: "less is expected" });
    }

    [Fact]
    public void Another_load_than_expected_is_noticed_within_minutes()
    {
        Learn();
        _pool.RunUntil(Learned.AddHours(3), OfDay);
        Assert.True(_forecast.IsTrusted);
        _pool.Run(TimeSpan.FromMinutes(3), _ => 7);
        Assert.False(_forecast.IsTrusted);
        Assert.InRange(_pool.Sizer.Size, 7, 9);
    }

    [Fact]
    public void A_peak_that_does_not_come_is_dropped_and_its_streams_are_closed()
    {
        Learn();
        _pool.RunUntil(Learned.AddHours(9), OfDay);
        Assert.InRange(_pool.Sizer.Size, 8, 9);
        _pool.Run(TimeSpan.FromMinutes(7), _ => 0);
        Assert.False(_forecast.IsTrusted);
        _pool.Run(TimeSpan.FromMinutes(45), _ => 0);
        Assert.Equal(2, _pool.Sizer.Size);
    }

    [Fact]
    public void Is_trusted_again_when_it_is_right_again()
    {
        Learn();
        _pool.RunUntil(Learned.AddHours(3), OfDay);
        _pool.Run(TimeSpan.FromMinutes(10), _ => 7);
        Assert.False(_forecast.IsTrusted);
        _pool.RunUntil(Learned.AddHours(8), OfDay);
        Assert.True(_forecast.IsTrusted);
    }

    [Fact]
    public void Is_not_trusted_before_it_has_seen_a_day()
    {
        _pool.RunUntil(SizedPool.Start.AddHours(23), OfDay);
        Assert.False(_forecast.IsTrusted);
        Assert.Null(_forecast.Expect(_pool.Now.DateTime, TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void A_load_that_doubled_is_expected_doubled()
    {
        Learn();
        _pool.RunUntil(Learned.AddHours(8.5), now => 2 * OfDay(now));
        Assert.True(_forecast.IsTrusted);
        Assert.InRange(_forecast.Expect(Learned.AddHours(8.5).DateTime, TimeSpan.Zero)!.Value, 3, 5);
    }

    [Fact]
    public void A_silence_of_hours_begins_anew_and_keeps_what_was_learned()
    {
        Learn();
        _pool.Now += TimeSpan.FromHours(30);
        _pool.Tick(1);
        Assert.False(_forecast.IsTrusted);
        _pool.Run(TimeSpan.FromHours(1), OfDay);
        Assert.True(_forecast.IsTrusted);
    }

    [Fact]
    public void A_tick_allocates_nothing()
    {
        Learn();
        _pool.RunUntil(Learned.AddHours(6), OfDay);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 5_000; i++)
        {
            _pool.Now += SizedPool.Second;
            _pool.Sizer.Observe(new PoolSample(1, 1, 1, 0));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // Quiet, and busy from nine to twelve.
    private static int OfDay(DateTimeOffset now) => now.Hour is >= 9 and < 12 ? 8 : now.Second % 5 == 0 ? 2 : 1;

    private void Learn() => _pool.RunUntil(Learned, OfDay);
}
