namespace Afterwit.Storage.Tests;

public sealed class CacheConcurrencyTests
{
    private const int Threads = 16;

    [Fact]
    public async Task Bounds_hold_while_sixteen_threads_do_everything_and_to_the_entry_when_they_are_done()
    {
        const int most = 300;
        var cache = new Cache<long, string>(new() { MaxEntries = most, MaxBytes = 128 << 10 });
        await OnThreadsAsync(thread =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 20_000; i++)
            {
                var key = random.Next(2_000);
                switch (random.Next(10))
                {
                    case 0:
                        cache.Remove(key);
                        break;
                    case 1 when random.Next(500) == 0:
                        cache.Clear();
                        break;
                    case < 6:
                        cache.Set(key, "", random.Next(500));
                        break;
                    default:
                        cache.TryGet(key, out _);
                        break;
                }

                // Read while others write: the three segments are not read at once.
                Assert.InRange(cache.Count, 0, most + Cache<long, string>.MaxPending + Threads);
            }
        });
        cache.Maintain();
        Assert.InRange(cache.Count, 1, most);
        Assert.InRange(cache.Bytes, 1, 128 << 10);
        var found = Enumerable.Range(0, 2_000).Count(key => cache.TryGet(key, out _));
        Assert.Equal(cache.Count, found);
    }

    [Fact]
    public async Task A_thread_sees_its_own_writes_and_nothing_that_it_removed_or_overwrote()
    {
        // Smaller than what a single thread writes: keys are evicted also when the threads happen to run one after the other.
        var cache = new Cache<long, string>(new() { MaxEntries = 100 });
        var seed = Random.Shared.Next();
        var (found, evicted) = (0, 0);
        await OnThreadsAsync(thread =>
        {
            var random = new Random(seed + thread);
            var model = new Dictionary<long, string>();
            for (var i = 0; i < 20_000; i++)
            {
                var key = (random.Next(200) * Threads) + thread;
                switch (random.Next(4))
                {
                    case 0:
                        cache.Set(key, model[key] = $"{thread}/{i}", 10);
                        break;
                    case 1 when random.Next(4) == 0:
                        var isRemoved = cache.Remove(key);
                        Assert.True(model.Remove(key) || !isRemoved, $"seed {seed}: {key} was there");
                        break;
                    default:
                        var expected = model.GetValueOrDefault(key);
                        if (cache.TryGet(key, out var value))
                        {
                            Assert.True(expected == value, $"seed {seed}: {key} is '{value}', not '{expected}'");
                            Interlocked.Increment(ref found);
                        }
                        else if (expected is not null)
                        {
                            Interlocked.Increment(ref evicted);
                        }

                        break;
                }
            }
        });

        Assert.True(found > 0, $"seed {seed}: nothing was found, {cache.Count} entries");
        Assert.True(evicted > 0, $"seed {seed}: nothing was evicted, {cache.Count} entries, {found} found");
    }

    private static Task OnThreadsAsync(Action<int> work) =>
        Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(() => work(thread), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
}
