using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Reads by id that are asked for at the same time go together where each takes long.</summary>
public sealed class CoalescedReadsTests
{
    private static readonly TimeSpan FarAway = TimeSpan.FromMilliseconds(25);

    [Fact]
    public async Task On_a_long_way_those_who_ask_meanwhile_go_together()
    {
        var (alone, together, asked) = (0, new List<int>(), new TaskCompletionSource());
        var reads = new CoalescedReads(
            async (id, cancellationToken) =>
            {
                Interlocked.Increment(ref alone);
                await (id == Samples.Id(0) ? Task.Delay(FarAway, TimeProvider.System, cancellationToken) : asked.Task);
                return Episode(id);
            },
            (ids, _) =>
            {
                together.Add(ids.Count);
                return Task.FromResult<IReadOnlyList<Episode?>>([.. ids.Select(Episode)]);
            });
        Assert.NotNull(await reads.GetAsync(Samples.Id(0), CancellationToken.None)); // how long it takes is known from now on
        var finding = Task.WhenAll(Enumerable.Range(1, 66).Select(i => reads.GetAsync(Samples.Id(i), CancellationToken.None)));
        asked.SetResult();
        var found = await finding;
        Assert.Equal(Enumerable.Range(1, 66).Select(i => i == 7 ? default(EpisodeId?) : Samples.Id(i)), found.Select(e => e?.Id));
        Assert.Equal(3, alone);
        Assert.Equal([64], together);
    }

    [Fact]
    public async Task One_that_cannot_be_read_leaves_the_others_theirs_and_who_gives_up_too()
    {
        var gate = new TaskCompletionSource();
        var reads = new CoalescedReads(
            async (id, cancellationToken) =>
            {
                await (id == Samples.Id(0) ? Task.Delay(FarAway, TimeProvider.System, cancellationToken) : gate.Task);
                return id == Samples.Id(5) ? throw new DatabaseException("damaged") : Episode(id);
            },
            (_, _) => throw new DatabaseException("one of them is damaged"));
        await reads.GetAsync(Samples.Id(0), CancellationToken.None);
        using var impatient = new CancellationTokenSource();
        var asked = Enumerable.Range(1, 10).Select(i => reads.GetAsync(Samples.Id(i), i == 9 ? impatient.Token : CancellationToken.None)).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked[8]);
        gate.SetResult();
        Assert.Equal("damaged", (await Assert.ThrowsAsync<DatabaseException>(() => asked[4])).Message);
        foreach (var i in (int[])[1, 2, 3, 4, 6, 8, 10])
            Assert.Equal(Samples.Id(i), (await asked[i - 1])!.Id);
        Assert.Equal(Samples.Id(11), (await reads.GetAsync(Samples.Id(11), CancellationToken.None))!.Id);
    }

    [Fact]
    public async Task Who_has_his_episode_does_not_read_for_the_others()
    {
        using var returned = new ManualResetEventSlim();
        var gates = new[] { new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource() };
        var reads = new CoalescedReads(
            async (id, _) =>
            {
                await gates[id == Samples.Id(0) ? 0 : id == Samples.Id(1) ? 1 : 2].Task;
                return Episode(id);
            },
            (ids, cancellationToken) =>
            {
                Assert.True(returned.Wait(TimeSpan.FromMinutes(1), cancellationToken)); // an engine that answers on its caller's thread
                return Task.FromResult<IReadOnlyList<Episode?>>([.. ids.Select(Episode)]);
            });
        var slow = reads.GetAsync(Samples.Id(0), CancellationToken.None);
        await Task.Delay(FarAway, TimeProvider.System);
        gates[0].SetResult();
        await slow; // from now on a read is long
        var (first, second) = (reads.GetAsync(Samples.Id(1), CancellationToken.None), reads.GetAsync(Samples.Id(2), CancellationToken.None));
        var waiting = reads.GetAsync(Samples.Id(3), CancellationToken.None);
        gates[1].SetResult();
        Assert.Equal(Samples.Id(1), (await first)!.Id);
        returned.Set();
        Assert.Equal(Samples.Id(3), (await waiting)!.Id);
        gates[2].SetResult();
        await second;
    }

    [Fact]
    public async Task Where_reads_are_short_nobody_waits()
    {
        var alone = 0;
        var reads = new CoalescedReads((id, _) => Task.FromResult(Interlocked.Increment(ref alone) > 0 ? Episode(id) : null), (_, _) => throw new InvalidOperationException());
        await Task.WhenAll(Enumerable.Range(1, 100).Select(i => reads.GetAsync(Samples.Id(i), CancellationToken.None)));
        Assert.Equal(100, alone);
    }

    private static Episode? Episode(EpisodeId id) => id == Samples.Id(7) ? null : Samples.Run(1, "task") with { Id = id };
}
