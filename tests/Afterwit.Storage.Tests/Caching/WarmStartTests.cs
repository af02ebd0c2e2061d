using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>A store begins with what the last one used most, brought along by the first look at the database.</summary>
public sealed class WarmStartTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task On_a_file_the_hottest_items_are_there_after_a_restart() =>
        RestartsWarmAsync(() => Task.FromResult<IDatabase>(SqliteDatabase.Open(_folder["memory.db"])));

    [Fact]
    public async Task On_a_server_one_round_trip_brings_them()
    {
        await using var server = await SharedSqld.NewDatabaseAsync();
        await RestartsWarmAsync(async () => await LibSqlDatabase.OpenAsync(server.WsUrl, new() { Namespace = server.Namespace }));
    }

    [Fact]
    public async Task What_is_written_while_they_are_read_is_not_given_as_it_was()
    {
        Task<IDatabase> OpenAsync() => Task.FromResult<IDatabase>(SqliteDatabase.Open(_folder["memory.db"]));
        await UseAsync(OpenAsync);
        var gate = new TaskCompletionSource();
        await using var store = await CachedStore.OpenAsync(new SlowAnswers(await OpenAsync(), gate.Task));
        await store.WriteBatchAsync(new() { Episodes = [Samples.Run(1, "new")] }, BatchOptions.Default, None);
        gate.SetResult();
        await Eventually.IsTrueAsync(() => Task.FromResult(store.Statistics.Warmed > 0));
        Assert.Equal("new", (await store.GetEpisodeAsync(Samples.Id(1), None))!.Task);
        Assert.Equal("task 2", (await store.GetEpisodeAsync(Samples.Id(2), None))!.Task);
    }

    private static async Task RestartsWarmAsync(Func<Task<IDatabase>> openAsync)
    {
        var pattern = await UseAsync(openAsync);
        var database = new CountedCalls(await openAsync());
        await using (var store = await CachedStore.OpenAsync(database, new() { CheckInterval = TimeSpan.FromHours(1) }))
        {
            await Eventually.IsTrueAsync(() => Task.FromResult(store.Statistics.Warmed == 6));
            Assert.Equal((1, 0, 1), (database.Looks, database.Reads, database.RoundTrips));
            Assert.Equal("task 4", (await store.GetEpisodeAsync(Samples.Id(4), None))!.Task);
            Assert.NotEmpty((await store.GetPatternAsync(pattern, None))!.Evidence);
            Assert.Equal((1, 0, 1), (database.Looks, database.Reads, database.RoundTrips));
        }

        await using var cold = await CachedStore.OpenAsync(await openAsync(), new() { WarmStart = false });
        await Eventually.IsTrueAsync(() => Task.FromResult(cold.Statistics.Checks > 0));
        Assert.Equal(0, cold.Statistics.Warmed);
    }

    /// <summary>A process that uses five episodes and a pattern much.</summary>
    private static async Task<PatternId> UseAsync(Func<Task<IDatabase>> openAsync)
    {
        await using var store = await CachedStore.OpenAsync(await openAsync(), new() { CheckInterval = TimeSpan.FromHours(1) });
        await store.WriteBatchAsync(new() { Episodes = [.. Enumerable.Range(0, 100).Select(n => Samples.Run(n, $"task {n}"))] }, BatchOptions.Default, None);
        var pattern = (await store.ListPatternsAsync(new() { MinSupport = 0 }, None))[0].Id;
        for (var i = 0; i < 50; i++)
        {
            for (var n = 0; n < 5; n++)
                await store.GetEpisodeAsync(Samples.Id(n), None);
            await store.GetPatternAsync(pattern, None);
        }

        return pattern;
    }

    /// <summary>Counts calls and round trips once the store is open.</summary>
    private sealed class CountedCalls(IDatabase inner) : DatabaseDecorator(inner)
    {
        private bool _isOpen;
        private long _opening;

        /// <summary>As the client of a server counts them.</summary>
        public long RoundTrips => Statistics.RoundTrips - _opening;

        public int Looks { get; private set; }

        public int Reads { get; private set; }

        public override void AnnounceCommits()
        {
            (_isOpen, _opening) = (true, Statistics.RoundTrips);
            base.AnnounceCommits();
        }

        public override Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
        {
            Reads += _isOpen ? 1 : 0;
            return base.ReadAsync(queries, cancellationToken);
        }

        public override async Task<long> ForeignChangesAsync(IReadOnlyList<Query> along, CancellationToken cancellationToken)
        {
            Looks++;
            return await base.ForeignChangesAsync(along, cancellationToken);
        }
    }

    /// <summary>What the first look read arrives when the gate opens.</summary>
    private sealed class SlowAnswers(IDatabase inner, Task gate) : DatabaseDecorator(inner)
    {
        public override async Task<long> ForeignChangesAsync(IReadOnlyList<Query> along, CancellationToken cancellationToken)
        {
            var number = await base.ForeignChangesAsync(along, cancellationToken);
            await gate;
            return number;
        }
    }
}
