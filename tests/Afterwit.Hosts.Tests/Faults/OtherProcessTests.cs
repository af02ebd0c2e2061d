using Afterwit.Hosts.Tests.Cli;
using Afterwit.Storage;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Faults;

/// <summary>A process that keeps what it read, and a real other one that writes to the same file.</summary>
public sealed class OtherProcessTests : IDisposable
{
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task What_another_process_wrote_is_seen_within_the_interval(int seconds)
    {
        var clock = new FakeClock();
        var database = SqliteDatabase.Open(_home.Database);
        await using var store = new CachingMemoryStore(await SqlMemoryStore.OpenAsync(database), database, new() { CheckInterval = TimeSpan.FromSeconds(seconds) }, clock);
        await Eventually.IsTrueAsync(() => store.Statistics.Checks > 0);
        async Task<int> CountAsync() => (await store.ListEpisodesAsync(new(), CancellationToken.None)).Count;
        Assert.Equal(0, await CountAsync());
        (await _home.RunAsync("episode", "start", "a task of another process")).Succeeded();
        Assert.InRange(await CountAsync(), seconds == 0 ? 1 : 0, 1); // sooner is no fault: a look may be under way
        clock.Now = clock.Now.AddSeconds(seconds);
        Assert.Equal(1, await CountAsync());
    }
}
