using Afterwit.Storage.Tests.Databases;
using Afterwit.Storage.Tests.Sqlite;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Batches that are split, that meet each other, and whose answers are lost. What every store does with one is in the contract.</summary>
public sealed class BatchTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_part_ends_before_it_is_too_large_and_holds_at_least_one_item()
    {
        var ledger = new BatchLedger(new()
        {
            Episodes = [.. Enumerable.Range(1, 4).Select(i => Samples.Run(i, new string('x', 200), ""))],
            Forgotten = [Samples.Id(8), Samples.Id(9)],
        });
        Assert.Equal([0..2, 2..4, 4..6], ledger.Parts(650));
        Assert.Equal([0..1, 1..2, 2..3, 3..4, 4..5, 5..6], ledger.Parts(1));
        Assert.Equal([0..6], ledger.Parts(long.MaxValue));
        Assert.Empty(new BatchLedger(new()).Parts(1));
    }

    [Fact]
    public void Vectors_notes_and_metadata_count_as_what_they_take()
    {
        var metadata = new Dictionary<string, string> { ["key"] = new('x', 1_000) };
        var ledger = new BatchLedger(new()
        {
            Episodes = [Samples.Run(1, "a", "") with { Metadata = metadata }],
            Embeddings = [new(Samples.Id(1), "m", new float[250]), new(Samples.Id(2), "m", new float[250])],
            Relationships = [new(Samples.Id(1), RelationshipKind.Follows, Samples.Id(2), new('x', 1_000)), new(Samples.Id(2), RelationshipKind.Follows, Samples.Id(3)) { Metadata = metadata }],
        });
        Assert.Equal([0..1, 1..2, 2..3, 3..4, 4..5], ledger.Parts(1_500));
    }

    [Fact]
    public async Task What_cannot_be_decoded_is_left_out_of_a_batch_that_may_be_split_and_the_others_are_written()
    {
        var file = _folder["memory.db"];
        await using var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(file), new FakeClock());
        Episode[] all = [.. Enumerable.Range(1, 4).Select(i => Samples.Learn(Samples.Run(i, $"task {i}")).Episode)];
        await store.WriteBatchAsync(new() { Episodes = all }, BatchOptions.Default, None);
        OtherWriter.Run(file, "UPDATE step_packs SET payload = x'0F00' WHERE key >> 20 <= 2");
        var batch = new MemoryBatch { Episodes = [all[0] with { Task = "other" }, all[0] with { Task = "another" }, all[2] with { Task = "changed" }], Forgotten = [Samples.Id(2), Samples.Id(4)] };
        await Assert.ThrowsAsync<DatabaseException>(() => store.WriteBatchAsync(batch, BatchOptions.Default, None));

        var result = await store.WriteBatchAsync(batch, new() { Atomic = false }, None);
        Assert.Equal([BatchOutcome.Failed, BatchOutcome.Failed, BatchOutcome.Stored], result.Episodes.Select(e => e.Outcome));
        Assert.Equal([BatchOutcome.Failed, BatchOutcome.Removed], result.Forgotten.Select(f => f.Outcome));
        Assert.Contains($"{Samples.Id(2)} cannot be read: A stored payload begins with 0x0F", result.Forgotten[0].Error, StringComparison.Ordinal);
        Assert.Equal(["task 1", "task 2", "changed"], OtherWriter.Read(file, "SELECT task FROM episodes ORDER BY key"));
    }

    [Fact]
    public async Task A_large_batch_is_split_when_it_may_be_and_tells_how_far_it_is()
    {
        await using var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]), new FakeClock());
        var batch = new MemoryBatch
        {
            Episodes = [.. Enumerable.Range(1, 8).Select(i => Samples.Run(i, "large") with { Steps = [Step.Message("user", new string('x', 4_000_000)) with { Ordinal = 0 }] })],
            Relationships = [new(Samples.Id(8), RelationshipKind.Follows, Samples.Id(1))],
        };
        var done = new List<int>();
        var commits = store.Database.Statistics.Commits;
        var result = await store.WriteBatchAsync(batch, new() { Atomic = false, Progress = new Told(done) }, None);
        Assert.All(result.Episodes, item => Assert.Equal(BatchOutcome.Stored, item.Outcome));
        Assert.Equal(BatchOutcome.Stored, result.Relationships[0].Outcome);
        Assert.Equal([2, 4, 6, 9], done);
        Assert.Equal(4, store.Database.Statistics.Commits - commits);

        await store.WriteBatchAsync(new() { Forgotten = [.. batch.Episodes.Select(e => e.Id)] }, BatchOptions.Default, None);
        done.Clear();
        commits = store.Database.Statistics.Commits;
        await store.WriteBatchAsync(batch, new() { Progress = new Told(done) }, None);
        Assert.Equal([9], done);
        Assert.Equal(1, store.Database.Statistics.Commits - commits);
    }

    [Fact]
    public async Task An_atomic_batch_that_no_message_to_a_server_holds_is_kept_whole_or_not_at_all()
    {
        await using var database = await SharedSqld.NewDatabaseAsync();
        await using var store = await SqlMemoryStore.OpenAsync(await LibSqlDatabase.OpenAsync(database.WsUrl, new() { Namespace = database.Namespace }), new FakeClock());
        var batch = new MemoryBatch
        {
            Episodes = [.. Enumerable.Range(1, 18).Select(i => Samples.Run(i, "large") with { Steps = [Step.Message("user", new string('\u00E9', 2_000_000)) with { Ordinal = 0 }] })],
            Relationships = [new(Samples.Id(1), RelationshipKind.Follows, Samples.Id(99))],
        };
        await Assert.ThrowsAsync<BatchException>(() => store.WriteBatchAsync(batch, BatchOptions.Default, None));
        Assert.Equal(0, (await store.GetStatisticsAsync(None)).Episodes);
        var result = await store.WriteBatchAsync(batch with { Relationships = [] }, BatchOptions.Default, None);
        Assert.All(result.Episodes, item => Assert.Equal(BatchOutcome.Stored, item.Outcome));
        Assert.Equal(18, (await store.GetStatisticsAsync(None)).Episodes);
        Assert.Equal(2_000_000, (await store.GetEpisodeAsync(Samples.Id(18), None))!.Steps[0].Text!.Length);
    }

    [Fact]
    public async Task Two_who_write_the_same_batch_at_once_store_every_episode_once()
    {
        Episode[] all = [.. Enumerable.Range(1, 200).Select(i => Samples.Run(i, $"task {i}", "LIST OPEN!not_found LIST", i % 3 == 0 ? Outcome.Failure() : null))];
        var stored = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            await using var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]), new FakeClock());
            var count = 0;
            foreach (var part in all.Chunk(20))
                count += (await store.WriteBatchAsync(new() { Episodes = part }, BatchOptions.Default, None)).Episodes.Count(i => i.Outcome == BatchOutcome.Stored);
            return count;
        })));
        Assert.Equal(all.Length, stored.Sum());
        await using var after = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]), new FakeClock());
        Assert.Equal(all.Length, (await after.GetStatisticsAsync(None)).Episodes);
        var patterns = await after.ListPatternsAsync(new() { MinSupport = 0, Limit = int.MaxValue }, None);
        Assert.Equal(all.Sum(e => Learner.Observe(e).Count), patterns.Sum(p => p.Support));
    }

    [Fact]
    public async Task A_batch_is_told_what_its_first_try_did_though_every_answer_is_lost()
    {
        var lost = new FakeLostAnswers(SqliteDatabase.Open(_folder["memory.db"]));
        await using var store = await SqlMemoryStore.OpenAsync(lost, new FakeClock());
        await using var other = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(_folder["memory.db"]), new FakeClock());
        Episode[] all = [Samples.Run(1, "one"), Samples.Run(2, "two"), Samples.Run(3, "three")];
        await store.WriteBatchAsync(new() { Episodes = all, Relationships = [new(all[0].Id, RelationshipKind.Related, all[1].Id)] }, BatchOptions.Default, None);
        var pattern = (await store.ListPatternsAsync(new() { MinSupport = 0 }, None))[0].Id;
        lost.Meanwhile = () => other.ForgetEpisodeAsync(all[0].Id, None);
        var result = await store.WriteBatchAsync(
            new()
            {
                Episodes = [all[0], all[1] with { Task = "changed" }, Samples.Run(4, "four")],
                Relationships = [new(Samples.Id(4), RelationshipKind.Follows, all[0].Id)],
                Retired = [new(pattern, true), new(new(1), true)],
                Unrelated = [new(all[0].Id, RelationshipKind.Related, all[1].Id)],
                Forgotten = [all[2].Id, Samples.Id(9)],
            },
            BatchOptions.Default, None);
        Assert.Equal([BatchOutcome.Unchanged, BatchOutcome.Stored, BatchOutcome.Stored], result.Episodes.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.Stored], result.Relationships.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.Stored, BatchOutcome.NotFound], result.Retired.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.Removed], result.Unrelated.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.Removed, BatchOutcome.NotFound], result.Forgotten.Select(i => i.Outcome));
        Assert.Equal([false, true, false, true], (await store.GetEpisodesAsync([.. Enumerable.Range(1, 4).Select(Samples.Id)], None)).Select(e => e is not null));
    }

    private sealed class Told(List<int> done) : IProgress<int>
    {
        public void Report(int value) => done.Add(value);
    }
}
