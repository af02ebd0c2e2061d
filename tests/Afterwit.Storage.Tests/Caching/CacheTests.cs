namespace Afterwit.Storage.Tests;

public sealed class CacheTests
{
    private static Cache<long, string> New(int entries = 100, long bytes = 1 << 20) => new(new() { MaxEntries = entries, MaxBytes = bytes }, time: new SteppedClock());

    [Fact]
    public void What_was_set_is_found_until_it_is_removed()
    {
        var cache = New();
        cache.Set(1, "a", 10);
        Assert.True(cache.TryGet(1, out var value));
        Assert.Equal("a", value);
        cache.Set(1, "b", 30);
        Assert.True(cache.TryGet(1, out value));
        Assert.Equal("b", value);
        Assert.Equal((1, 30 + Cache<long, string>.EntryBytes), (cache.Count, cache.Bytes));
        Assert.True(cache.Remove(1));
        Assert.False(cache.Remove(1));
        Assert.False(cache.TryGet(1, out _));
        cache.Set(1, "c", 1);
        cache.Set(2, "d", 1);
        cache.Clear();
        Assert.Equal((0, 0), (cache.Count, cache.Bytes));
    }

    [Theory]
    [InlineData(50, 1 << 20)]
    [InlineData(1_000_000, 64 << 10)]
    public void Both_bounds_hold_after_every_write(int entries, long bytes)
    {
        var cache = New(entries, bytes);
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var key = random.Next(2_000);
            if (random.Next(3) > 0 && !cache.TryGet(key, out _))
                cache.Set(key, "", random.Next(3_000));
            else if (random.Next(10) == 0)
                cache.Remove(key);
            Assert.InRange(cache.Count, 0, entries);
            Assert.InRange(cache.Bytes, 0, bytes);
        }

        Assert.True(cache.Count >= 20);
    }

    [Fact]
    public void A_value_larger_than_the_cache_is_not_kept_and_costs_nothing_else()
    {
        var cache = New(bytes: 64 << 10);
        cache.Set(1, "a", 100);
        cache.Set(2, "huge", int.MaxValue);
        Assert.False(cache.TryGet(2, out _));
        Assert.True(cache.TryGet(1, out _));
        Assert.Equal(1, cache.Counters.Total().Refused);
    }

    [Fact]
    public void Bounds_move_while_it_runs()
    {
        var cache = New(entries: 1_000);
        for (var i = 0; i < 1_000; i++)
            cache.Set(i, "", 0);
        Assert.Equal(1_000, cache.Count);
        cache.MaxEntries = 100;
        Assert.Equal(100, cache.Count);
        cache.MaxBytes = 50 * Cache<long, string>.EntryBytes;
        Assert.Equal(50, cache.Count);
        (cache.MaxEntries, cache.MaxBytes) = (2_000, 1 << 20);
        for (var i = 0; i < 3_000; i++)
            cache.Set(i, "", 0);
        Assert.Equal(2_000, cache.Count);
    }

    [Fact]
    public void What_it_does_is_counted_exactly_and_by_kind()
    {
        var (clock, counters) = (new SteppedClock(), new CacheCounters(2));
        var cache = new Cache<long, string>(new() { MaxEntries = 10 }, counters, clock, key => (int)(key % 2));
        for (var i = 0; i < 10; i++)
            cache.Set(i, "", 0);
        for (var i = 0; i < 30; i++)
            cache.TryGet(i % 15, out _);
        counters.Load(1);
        Assert.Equal(new(10, 6, 0, 0, 0, 0), counters.Of(0));
        Assert.Equal(new(10, 4, 1, 0, 0, 0), counters.Of(1));
        Assert.Equal((20, 10), (counters.Total().Hits, counters.Total().Misses));
        cache.MaxEntries = 6;
        Assert.Equal(4, counters.Total().EvictedBySize);
        clock.Step(400);
        var left = Enumerable.Range(0, 10).Count(i => !cache.TryGet(i, out _));
        Assert.Equal((10, 6), (left, counters.Total().EvictedByTime));
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        var cache = New(entries: 1_000);
        for (var i = 0; i < 2_000; i++)
            cache.Set(i, "", 0);
        var keys = Enumerable.Range(0, 2_000).Select(i => (long)i).Where(i => cache.TryGet(i, out _)).ToArray();
        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var key in keys)
                cache.TryGet(key, out _);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.NotEmpty(keys);
        Allocated();
        Assert.Equal(0, Allocated());
    }

    [Fact]
    public void The_hottest_keys_are_those_used_most_and_no_absences()
    {
        var cache = New(entries: 30);
        for (var i = 0; i < 20; i++)
            cache.Set(i, "", 0, i == 7 ? TimeSpan.FromSeconds(5) : null);
        foreach (var (key, uses) in ((int, int)[])[(3, 9), (7, 8), (5, 6), (11, 3)])
        {
            for (var i = 0; i < uses; i++)
                cache.TryGet(key, out _);
        }

        Assert.Equal([3, 5, 11], cache.Hottest(3));
        Assert.Equal(19, cache.Hottest(100).Count);
    }

    [Fact]
    public void An_option_out_of_its_range_is_named()
    {
        static string Message(CacheOptions options) => Assert.Throws<ArgumentException>(() => new Cache<long, string>(options)).Message;
        Assert.Equal("Storage:Cache:MaxEntries is 0; allowed: 1 to 100000000.", Message(new() { MaxEntries = 0 }));
        Assert.StartsWith("Storage:Cache:MaxBytes is 1;", Message(new() { MaxBytes = 1 }));
        Assert.StartsWith("Storage:Cache:MinLifetime is 02:00:00; allowed: 00:00:01 to 01:00:00.", Message(new() { MinLifetime = TimeSpan.FromHours(2) }));
        Assert.StartsWith("Storage:Cache:BaseLifetime is 00:00:01;", Message(new() { BaseLifetime = TimeSpan.FromSeconds(1) }));
        Assert.StartsWith("Storage:Cache:MaxLifetime is 30.00:00:00;", Message(new() { MaxLifetime = TimeSpan.FromDays(30) }));
        Assert.StartsWith("Storage:Cache:AbsentLifetime is -00:00:01;", Message(new() { AbsentLifetime = TimeSpan.FromSeconds(-1) }));
    }
}
