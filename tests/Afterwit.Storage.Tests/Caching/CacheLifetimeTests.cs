namespace Afterwit.Storage.Tests;

public sealed class CacheLifetimeTests
{
    private readonly SteppedClock _clock = new();
    private readonly Cache<long, string> _cache;
    private double _pressure;

    public CacheLifetimeTests()
    {
        _cache = new(new(), time: _clock, pressure: () => _pressure);
        _cache.Set(1, "a", 0);
    }

    [Theory]
    [InlineData(299, true)]
    [InlineData(300, false)]
    public void An_unused_entry_lives_as_long_as_the_base(double seconds, bool alive) => Assert.Equal(alive, After(seconds));

    [Fact]
    public void A_use_begins_its_life_again()
    {
        Assert.True(After(70));
        Assert.True(After(299));
    }

    [Fact]
    public void Use_in_every_quarter_lets_life_grow_to_the_longest()
    {
        Use(times: 13, every: 100);
        _cache.Set(1, "loaded again", 0);
        Assert.True(After(3_599));
        _cache.Set(1, "loaded again", 0);
        Assert.False(After(3_600));
    }

    [Fact]
    public void Seldom_use_lets_life_shrink_to_the_shortest()
    {
        Assert.True(After(200));
        Assert.True(After(140));
        Assert.True(After(70));
        Assert.True(After(59));
        Assert.False(After(60));
    }

    [Fact]
    public void Short_memory_shortens_lives_but_not_below_the_shortest()
    {
        _pressure = 0.95;
        _clock.Step(5);
        _cache.Maintain();
        _cache.Set(1, "a", 0);
        Assert.True(After(149));
        _cache.Set(2, "b", 0);
        _clock.Step(150);
        Assert.False(_cache.TryGet(2, out _));

        _pressure = 1.2;
        _cache.Maintain();
        _cache.Set(3, "c", 0);
        Assert.True(After(74, 3));
        _cache.Set(4, "d", 0);
        Assert.False(After(75, 4));

        _cache.Set(5, "e", 0);
        Use(times: 3, every: 50, key: 5);
        _pressure = 0;
        _clock.Step(5);
        _cache.Maintain();
        _cache.Set(6, "f", 0);
        Assert.True(After(299, 6));
    }

    [Fact]
    public void An_absence_is_forgotten_after_its_own_time_however_much_it_is_asked_for()
    {
        _pressure = 2;
        _cache.Set(2, "absent", 0, TimeSpan.FromSeconds(5));
        Use(times: 4, every: 1, key: 2);
        Assert.False(After(1, 2));
    }

    [Fact]
    public void The_end_of_a_used_entry_is_told_to_one_caller_and_then_it_ends()
    {
        Use(times: 32, every: 100);
        Assert.True(_cache.TryGet(1, out _, out var refresh));
        Assert.False(refresh);
        _clock.Step(100);
        var told = 0;
        Parallel.For(0, 1_000, _ =>
        {
            if (_cache.TryGet(1, out string? _, out var mine) && mine)
                Interlocked.Increment(ref told);
        });
        Assert.Equal(1, told);
        Assert.True(After(299));
        Assert.False(After(1));
    }

    [Fact]
    public void Entries_that_ended_are_swept_out_though_nobody_asks_for_them()
    {
        for (var i = 0; i < 1_000; i++)
            _cache.Set(i, "", 0);
        _clock.Step(300);
        for (var i = 0; i < 300; i++)
        {
            _clock.Step(1);
            _cache.Maintain();
        }

        Assert.Equal((0, 0), (_cache.Count, _cache.Bytes));
        Assert.Equal(1_000, _cache.Counters.Total().EvictedByTime);
    }

    [Fact]
    public void A_hit_is_cold_when_half_a_cache_would_have_lost_what_it_found()
    {
        var cache = new Cache<long, string>(new() { MinBytes = 1 << 16, MaxBytes = 1 << 16 }, time: _clock, pressure: () => 0);
        for (var i = 0; i < 100; i++)
        {
            cache.Set(i, "", 430);
            _clock.Step(0.1);
        }

        Hit(0, 100);
        Assert.Equal(0, cache.ColdHits); // nobody asked
        _clock.Step(100);
        Hit(40, 60);
        cache.FindCold();
        Hit(40, 60);
        Assert.Equal(0, cache.ColdHits);
        Hit(0, 40);
        Assert.Equal(40, cache.ColdHits);
        Hit(0, 40); // used a moment ago
        Assert.Equal(40, cache.ColdHits);

        void Hit(int from, int count)
        {
            for (var i = from; i < from + count; i++)
                Assert.True(cache.TryGet(i, out _));
            _clock.Step(2);
        }
    }

    private bool After(double seconds, long key = 1)
    {
        _clock.Step(seconds);
        return _cache.TryGet(key, out _);
    }

    private void Use(int times, double every, long key = 1)
    {
        for (var i = 0; i < times; i++)
            Assert.True(After(every, key));
    }
}
