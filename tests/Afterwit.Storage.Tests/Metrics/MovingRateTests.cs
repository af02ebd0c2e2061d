namespace Afterwit.Storage.Tests.Metrics;

public sealed class MovingRateTests
{
    private readonly FakeTicks _time = new();

    [Fact]
    public void A_steady_load_is_its_rate_in_every_window()
    {
        var rate = Begin();
        for (var i = 0; i < 1_200; i++)
        {
            rate.Add(_time.GetTimestamp());
            _time.Advance(0.05);
        }

        Assert.Equal(20, rate.Over(10), 0.01);
        Assert.Equal(20, rate.Over(60), 0.5);
    }

    [Fact]
    public void A_young_one_counts_the_time_it_had_but_a_second_at_least()
    {
        var rate = Begin();
        rate.Add(_time.GetTimestamp());
        rate.Add(_time.GetTimestamp());
        Assert.Equal(2, rate.Over(10));
        _time.Advance(4);
        Assert.Equal(0.5, rate.Over(10));
    }

    [Fact]
    public void What_is_older_than_the_window_does_not_count()
    {
        var rate = Begin();
        for (var i = 0; i < 100; i++)
            rate.Add(_time.GetTimestamp());
        _time.Advance(9.5);
        Assert.Equal(100 / 9.5, rate.Over(10), 1e-9);
        _time.Advance(1);
        Assert.Equal(0, rate.Over(10));
        Assert.Equal(100 / 10.5, rate.Over(60), 1e-9);
        _time.Advance(64); // a whole turn of the ring: the slot holds another second
        Assert.Equal(0, rate.Over(60));
        rate.Add(_time.GetTimestamp());
        Assert.Equal(1 / 59.5, rate.Over(60), 1e-9);
    }

    [Fact]
    public async Task No_event_is_lost_among_threads()
    {
        var rate = Begin();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                rate.Add(_time.GetTimestamp());
        })));
        Assert.Equal(80_000, rate.Over(1));
    }

    private MovingRate Begin() => new(_time);
}
