namespace Afterwit.LibSql.Tests.Pooling;

public sealed class PoolSizerTests
{
    private readonly SizedPool _pool = new();

    [Fact]
    public void Begins_with_the_fewest()
    {
        Assert.Equal(2, _pool.Sizer.Size);
        Assert.Equal(new SizingDecision(2, null), _pool.Tick(1));
    }

    [Fact]
    public void Grows_at_once_when_callers_wait() => Assert.Equal(new SizingDecision(3, "callers wait"), _pool.Tick(3));

    [Fact]
    public void Many_who_wait_open_half_as_many_again_after_each_cooldown()
    {
        _pool.Run(TimeSpan.FromSeconds(21), _ => 10);
        Assert.Equal([3, 4, 6, 9, 10], _pool.Changes.Select(c => c.Size));
    }

    [Fact]
    public void Growth_waits_for_its_cooldown()
    {
        _pool.Tick(9);
        _pool.Run(TimeSpan.FromSeconds(4), _ => 9);
        Assert.Equal(3, _pool.Sizer.Size);
        _pool.Tick(9);
        Assert.Equal(4, _pool.Sizer.Size);
    }

    [Fact]
    public void One_who_waits_among_a_thousand_opens_nothing()
    {
        for (var i = 0; i < 600; i++)
            Assert.Null(_pool.Tick(new PoolSample(3, 1, 1000, i % 10 == 0 ? 10 : 0)).Reason);
    }

    [Fact]
    public void Grows_above_80_percent_use()
    {
        _pool.Tick(new PoolSample(2, 1, 100, 0));
        _pool.Run(TimeSpan.FromSeconds(20), _ => 0);
        for (var i = 0; i < 60 && _pool.Sizer.Size == 2; i++)
            _pool.Tick(new PoolSample(2, 1.9, 100, 0));
        Assert.Equal([new SizingDecision(3, "use above 80 %")], _pool.Changes);
    }

    [Fact]
    public void Stays_between_30_and_80_percent_use()
    {
        _pool.Run(TimeSpan.FromMinutes(1), _ => 8);
        var size = _pool.Sizer.Size;
        _pool.Run(TimeSpan.FromHours(2), _ => size / 2);
        Assert.Equal(size, _pool.Sizer.Size);
    }

    [Fact]
    public void Shrinks_below_30_percent_use_one_at_a_time_after_its_own_cooldown()
    {
        _pool.Run(TimeSpan.FromMinutes(1), _ => 10);
        var grown = _pool.Now;
        _pool.Changes.Clear();
        _pool.RunUntil(grown + TimeSpan.FromMinutes(4), _ => 0);
        Assert.Empty(_pool.Changes);
        _pool.RunUntil(grown + TimeSpan.FromMinutes(8), _ => 0);
        Assert.Equal([new SizingDecision(9, "use below 30 %")], _pool.Changes);
        _pool.Run(TimeSpan.FromHours(1), _ => 0);
        Assert.Equal([9, 8, 7, 6, 5, 4, 3, 2], _pool.Changes.Select(c => c.Size));
    }

    [Fact]
    public void Is_never_above_the_most()
    {
        var pool = new SizedPool(max: 6);
        pool.Run(TimeSpan.FromMinutes(10), _ => 50);
        Assert.Equal(6, pool.Sizer.Size);
        Assert.All(pool.Changes, c => Assert.InRange(c.Size, 2, 6));
    }

    [Theory]
    [InlineData(8, 10, 2)]
    [InlineData(32, 4, 2)]
    [InlineData(128, 1, 1)]
    [InlineData(500, 1, 1)]
    public async Task A_client_takes_no_more_than_its_part_of_what_the_server_allows_to_all(int clients, int most, int size)
    {
        await using var client = new LibSqlClient("ws://127.0.0.1:1", new() { ServerStreamLimit = 128, ServerClients = clients });
        Assert.Equal(size, client.Servers.Primary.Pool.Size);
        Assert.Equal(most, client.Servers.Primary.Pool.MaxSize);
    }

    [Fact]
    public void A_noisy_flat_load_does_not_make_it_thrash()
    {
        var random = new Random(5);
        int Noisy(DateTimeOffset now) => Enumerable.Range(0, 8).Count(_ => random.Next(10) < 3);
        _pool.Run(TimeSpan.FromHours(2), Noisy);
        _pool.Changes.Clear();
        _pool.Run(TimeSpan.FromHours(24), Noisy);
        // At worst a stream an hour is closed and missed again: the longest cooldown.
        Assert.True(_pool.Changes.Count <= 48, $"{_pool.Changes.Count} changes in a day");
        Assert.All(_pool.Changes, c => Assert.InRange(c.Size, 5, 8));
    }

    [Fact]
    public void A_stream_that_was_closed_too_early_is_kept_twice_as_long()
    {
        void Busy()
        {
            for (var i = 0; i < 30; i++)
                _pool.Tick(new PoolSample(4, 2.2, 100, 10 * Math.Max(0, 4 - _pool.Sizer.Size)));
        }

        Busy();
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 6; i++)
        {
            var grown = _pool.Now;
            while (_pool.Tick(new PoolSample(1, 1, 100, 0)).Reason is null)
                Assert.True(_pool.Now - grown < TimeSpan.FromHours(2));
            waits.Add(_pool.Now - grown);
            Busy();
            Assert.Equal(4, _pool.Sizer.Size);
        }

        Assert.All(waits.Zip(waits.Skip(1)).Take(3), pair => Assert.InRange(pair.Second / pair.First, 1.6, 2.4));
        Assert.InRange(waits[^1], TimeSpan.FromMinutes(55), TimeSpan.FromMinutes(61));
    }

    [Fact]
    public void A_clock_that_was_set_back_stops_nothing()
    {
        _pool.Run(TimeSpan.FromMinutes(1), _ => 4);
        _pool.Now -= TimeSpan.FromDays(3);
        _pool.Run(TimeSpan.FromSeconds(20), _ => 8);
        Assert.True(_pool.Sizer.Size > 4);
    }

    [Fact]
    public void A_bound_of_the_moment_holds_whatever_the_load_and_can_be_lifted()
    {
        var pool = new SizedPool();
        pool.Run(TimeSpan.FromMinutes(2), _ => 20);
        Assert.Equal(10, pool.Sizer.Size);
        pool.Sizer.Bound = 4;
        Assert.Equal(new SizingDecision(4, "its bound was lowered"), pool.Tick(20));
        pool.Run(TimeSpan.FromMinutes(2), _ => 20);
        Assert.Equal((4, 10), (pool.Sizer.Size, pool.Sizer.Max));
        pool.Sizer.Bound = 100;
        pool.Run(TimeSpan.FromMinutes(2), _ => 20);
        Assert.Equal((10, 10), (pool.Sizer.Size, pool.Sizer.Bound));
    }
}
