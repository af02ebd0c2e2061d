using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Contract;

/// <content>Many items at once.</content>
public abstract partial class MemoryStoreContract
{
    private static readonly BatchOptions WithoutTheBad = new() { Atomic = false };

    [Fact]
    public async Task A_batch_says_of_every_item_what_became_of_it()
    {
        Episode one = Samples.Run(1, "one", "LIST OPEN"), two = Samples.Run(2, "two", "LIST"), three = Samples.Run(3, "three", "EDIT"), four = Samples.Run(4, "four", "LIST");
        await ImportAsync(one, two, three);
        await Store.RelateAsync(new(one.Id, RelationshipKind.Related, two.Id), Samples.Start, None);
        var pattern = (await PatternsAsync()).First(p => p.Support == 2).Id;
        var changed = two with { Task = "grommet", Steps = Samples.Steps("OPEN") };
        var result = await Store.WriteBatchAsync(
            new()
            {
                Episodes = [four with { Task = "an earlier one of the same id" }, one, changed, four],
                Relationships = [new(four.Id, RelationshipKind.Follows, one.Id, "in one go")],
                Retired = [new(pattern, true), new(new(1), true)],
                Unrelated = [new(one.Id, RelationshipKind.Related, two.Id), new(one.Id, RelationshipKind.Related, three.Id)],
                Forgotten = [Samples.Id(99), three.Id],
            },
            BatchOptions.Default, None);

        Assert.Equal([BatchOutcome.Unchanged, BatchOutcome.Unchanged, BatchOutcome.Stored, BatchOutcome.Stored], result.Episodes.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.Stored], result.Relationships.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.Stored, BatchOutcome.NotFound], result.Retired.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.Removed, BatchOutcome.NotFound], result.Unrelated.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.NotFound, BatchOutcome.Removed], result.Forgotten.Select(i => i.Outcome));
        Samples.AssertSame(four, await Store.GetEpisodeAsync(four.Id, None));
        Assert.Equal([two.Id], await FindAsync("grommet"));
        Assert.Empty(await FindAsync("three"));
        Assert.Equal(new Relationship(four.Id, RelationshipKind.Follows, one.Id, "in one go"), Assert.Single(await Store.GetRelationshipsAsync(one.Id, None)));
        Assert.True((await Store.GetPatternAsync(pattern, None))!.IsRetired);
        var learned = (await PatternsAsync()).Where(p => p.Support > 0).Select(p => p.Id);
        Assert.Equal(new[] { one, changed, four }.SelectMany(Learner.Observe).Select(o => PatternId.Of(o.Kind, o.Domain, o.Condition, o.Action)).Distinct().OrderBy(p => p.Value), learned);
    }

    [Fact]
    public async Task Of_an_atomic_batch_nothing_is_kept_when_one_item_is_bad()
    {
        await ImportAsync(Samples.Run(1, "one"), Samples.Run(2, "two"));
        await Store.RelateAsync(new(Samples.Id(1), RelationshipKind.Follows, Samples.Id(2)), Samples.Start, None);
        var error = await Assert.ThrowsAsync<BatchException>(() => Store.WriteBatchAsync(Mixed(), BatchOptions.Default, None));
        Assert.Equal([BatchOutcome.NotWritten, BatchOutcome.Failed], error.Result.Episodes.Select(i => i.Outcome));
        Assert.Contains("episodes[1]", error.Message);

        error = await Assert.ThrowsAsync<BatchException>(() => Store.WriteBatchAsync(Mixed() with { Episodes = [Samples.Run(3, "three")] }, BatchOptions.Default, None));
        Assert.Equal(
            [BatchOutcome.Failed, BatchOutcome.NotWritten, BatchOutcome.Failed, BatchOutcome.NotWritten, BatchOutcome.Failed],
            error.Result.Relationships.Select(i => i.Outcome));
        Assert.Contains(Samples.Id(99).ToString(), error.Result.Relationships[0].Error);
        Assert.Contains("relationships[0]", error.Message);
        Assert.Null(await Store.GetEpisodeAsync(Samples.Id(3), None));
        Assert.Single(await Store.GetRelationshipsAsync(Samples.Id(1), None));
    }

    [Fact]
    public async Task Of_a_batch_that_is_not_atomic_the_bad_items_are_left_out()
    {
        await ImportAsync(Samples.Run(1, "one"), Samples.Run(2, "two"));
        await Store.RelateAsync(new(Samples.Id(1), RelationshipKind.Follows, Samples.Id(2)), Samples.Start, None);
        var done = new List<int>();
        var result = await Store.WriteBatchAsync(Mixed(), WithoutTheBad with { Progress = new Told(done) }, None);
        Assert.Equal([BatchOutcome.Stored, BatchOutcome.Failed], result.Episodes.Select(i => i.Outcome));
        Assert.Contains("ordinal", result.Episodes[1].Error);
        Assert.Equal([BatchOutcome.Failed, BatchOutcome.Stored, BatchOutcome.Failed, BatchOutcome.Stored, BatchOutcome.Failed], result.Relationships.Select(i => i.Outcome));
        Assert.All(result.Relationships.Where(i => i.Outcome == BatchOutcome.Failed), i => Assert.NotNull(i.Error));
        Assert.Equal([7], done);
        Assert.NotNull(await Store.GetEpisodeAsync(Samples.Id(3), None));
        Assert.Equal(
            [(RelationshipKind.Follows, Samples.Id(2)), (RelationshipKind.Parent, Samples.Id(3))],
            (await Store.GetRelationshipsAsync(Samples.Id(1), None)).Where(r => r.From == Samples.Id(1)).Select(r => (r.Kind, r.To)).OrderByDescending(r => r.Kind));
    }

    [Fact]
    public async Task What_a_batch_writes_and_takes_away_again_is_refused()
    {
        await ImportAsync(Samples.Run(1, "one"), Samples.Run(2, "two"));
        var edge = new Relationship(Samples.Id(1), RelationshipKind.Related, Samples.Id(2));
        var result = await Store.WriteBatchAsync(
            new() { Episodes = [Samples.Run(2, "anew")], Relationships = [edge, edge with { Kind = RelationshipKind.Follows }], Unrelated = [edge], Forgotten = [Samples.Id(2)] }, WithoutTheBad, None);
        Assert.Equal(BatchOutcome.Failed, result.Episodes[0].Outcome);
        Assert.All(result.Relationships, item => Assert.Equal(BatchOutcome.Failed, item.Outcome));
        Assert.Equal((BatchOutcome.NotFound, BatchOutcome.Removed), (result.Unrelated[0].Outcome, result.Forgotten[0].Outcome));
        await AssertTaughtByAsync(Samples.Run(1, "one"));
    }

    [Fact]
    public async Task Many_are_read_in_the_order_asked()
    {
        Episode[] stored = [Samples.Run(1, "one", "A B"), Samples.Everything(2), Samples.Run(3, "three", "")];
        await ImportAsync(stored);
        var found = await Store.GetEpisodesAsync([Samples.Id(3), Samples.Id(9), Samples.Id(2), Samples.Id(1), Samples.Id(3)], None);
        Assert.Equal(5, found.Count);
        Samples.AssertSame(Samples.Learn(stored[2]).Episode, found[0]);
        Assert.Null(found[1]);
        Samples.AssertSame(Samples.Learn(stored[1]).Episode with { Reward = null, Reflection = null }, found[2]! with { Reward = null, Reflection = null });
        Samples.AssertSame(Samples.Learn(stored[0]).Episode with { Reward = null, Reflection = null }, found[3]! with { Reward = null, Reflection = null });
        Samples.AssertSame(found[0]!, found[4]);
        Assert.Empty(await Store.GetEpisodesAsync([], None));

        var all = await PatternsAsync();
        PatternId[] asked = [all[^1].Id, new(1), all[0].Id, all[^1].Id];
        var patterns = await Store.GetPatternsAsync(asked, None);
        Assert.Equal([asked[0], null, asked[2], asked[3]], patterns.Select(p => p?.Id));
        foreach (var pattern in patterns.OfType<Pattern>())
        {
            var single = (await Store.GetPatternAsync(pattern.Id, None))!;
            Assert.Equal((single.Support, single.Condition), (pattern.Support, pattern.Condition));
            Assert.Equal(single.Agents, pattern.Agents);
            Assert.NotEmpty(pattern.Evidence);
            Assert.Equal(single.Evidence, pattern.Evidence);
        }

        Assert.Empty(await Store.GetPatternsAsync([], None));
    }

    [Fact]
    public async Task An_episode_that_runs_is_kept_by_a_batch_and_goes_on()
    {
        var running = Samples.Run(1, "grommet", "LIST OPEN") with { Outcome = null, EndedAt = null, SourceId = null };
        var finished = Samples.Run(2, "grommet", "LIST");
        await Store.WriteBatchAsync(new() { Episodes = [running, finished] }, BatchOptions.Default, None);
        Samples.AssertSame(running, await Store.GetEpisodeAsync(running.Id, None));
        Assert.Equal([finished.Id], await FindAsync("grommet"));
        await AssertTaughtByAsync(finished);
        Assert.Equal(2, await Store.AppendStepsAsync(running.Id, [Step.ToolCall("EDIT")], None));
        var ended = await EndedAsync(running.Id);
        Assert.True(await Store.CompleteEpisodeAsync(ended, None));
        await AssertTaughtByAsync(finished, ended.Episode);

        // A finished one that a batch has running again teaches nothing any more.
        await Store.WriteBatchAsync(new() { Episodes = [finished with { Outcome = null, EndedAt = null }] }, BatchOptions.Default, None);
        await AssertTaughtByAsync(ended.Episode);
        Assert.Equal([running.Id], await FindAsync("grommet"));
    }

    [Fact]
    public async Task Many_are_forgotten_together_and_what_they_taught_with_them()
    {
        Episode[] stored = [.. Enumerable.Range(1, 12).Select(i => Samples.Run(i, $"grommet {i}", i % 2 == 0 ? "LIST OPEN!not_found LIST" : "LIST EDIT", i % 3 == 0 ? Outcome.Failure() : null, new(Agent: $"a{i % 2}")))];
        await ImportAsync(stored);
        var result = await Store.WriteBatchAsync(new() { Forgotten = [.. stored[4..].Select(e => e.Id), Samples.Id(5)] }, BatchOptions.Default, None);
        Assert.Equal(Enumerable.Repeat(BatchOutcome.Removed, 9), result.Forgotten.Select(i => i.Outcome));
        await AssertTaughtByAsync(stored[..4]);
        Assert.Equal(4, (await Store.GetStatisticsAsync(None)).Episodes);
        Assert.Equal(stored[..4].Select(e => e.Id).ToHashSet(), (await FindAsync("grommet", q => q with { IncludeFailed = true })).ToHashSet());
    }

    [Fact]
    public async Task The_memory_checks_and_cleans_every_item_and_places_the_errors()
    {
        var memory = new AgentMemory(Store, new FakeClock());
        var batch = new MemoryBatch
        {
            Episodes = [Samples.Run(1, "lone \uD800"), Samples.Run(2, "token DB_PASSWORD=hunter2hunter2") with { Steps = [Step.ToolCall("A"), Step.ToolCall("B")] }, Samples.Run(3, " ")],
            Relationships = [new(Samples.Id(2), RelationshipKind.Related, Samples.Id(2), "\uDC00"), new(Samples.Id(2), RelationshipKind.Related, Samples.Id(2))],
            Retired = [new(new(1), true)],
        };
        var error = await Assert.ThrowsAsync<BatchException>(() => memory.WriteAsync(batch));
        Assert.Equal([BatchOutcome.Failed, BatchOutcome.NotWritten, BatchOutcome.Failed], error.Result.Episodes.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.Failed, BatchOutcome.NotWritten], error.Result.Relationships.Select(i => i.Outcome));
        Assert.Equal([BatchOutcome.NotWritten], error.Result.Retired.Select(i => i.Outcome));
        Assert.Equal(0, (await Store.GetStatisticsAsync(None)).Episodes);

        var result = await memory.WriteAsync(batch, WithoutTheBad);
        Assert.Equal([BatchOutcome.Failed, BatchOutcome.Stored, BatchOutcome.Failed], result.Episodes.Select(i => i.Outcome));
        Assert.Contains("surrogate", result.Episodes[0].Error);
        Assert.Equal([BatchOutcome.Failed, BatchOutcome.Stored], result.Relationships.Select(i => i.Outcome));
        var stored = await memory.GetAsync([Samples.Id(1), Samples.Id(2)]);
        Assert.Null(stored[0]);
        Assert.DoesNotContain("hunter2", stored[1]!.Task);
        Assert.Equal([0, 1], stored[1]!.Steps.Select(s => s.Ordinal));
        Assert.NotNull(stored[1]!.Reward);
        Assert.Equal([BatchOutcome.NotFound, BatchOutcome.Removed], (await memory.ForgetAsync([Samples.Id(1), Samples.Id(2)])).Select(i => i.Outcome));
    }

    /// <summary>Good and bad items: one and two are there, and one follows two.</summary>
    private static MemoryBatch Mixed() => new()
    {
        Episodes = [Samples.Run(3, "three"), Samples.Run(4, "no ordinals") with { Steps = [Step.Message("user", "x")] }],
        Relationships =
        [
            new(Samples.Id(1), RelationshipKind.Related, Samples.Id(99)),
            new(Samples.Id(1), RelationshipKind.Parent, Samples.Id(3)),
            new(Samples.Id(3), RelationshipKind.Parent, Samples.Id(1)),
            new(Samples.Id(2), RelationshipKind.Related, Samples.Id(1)),
            new(Samples.Id(2), RelationshipKind.Follows, Samples.Id(1)),
        ],
    };

    private sealed class Told(List<int> done) : IProgress<int>
    {
        public void Report(int value) => done.Add(value);
    }
}
