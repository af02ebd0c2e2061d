using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Contract;

public abstract partial class MemoryStoreContract
{
    [Fact]
    public async Task Every_field_of_an_imported_episode_comes_back()
    {
        var everything = Samples.Learn(Samples.Everything());
        Assert.NotEmpty(everything.Episode.Reflection!.Lessons);
        Assert.Equal(new ImportCounts(1, 0), await Store.ImportEpisodesAsync([everything], None));
        Samples.AssertSame(everything.Episode, await Store.GetEpisodeAsync(everything.Episode.Id, None));
    }

    [Fact]
    public async Task Every_field_of_a_recorded_episode_comes_back()
    {
        var whole = Samples.Everything();
        var head = whole with { SourceId = null, Outcome = null, EndedAt = null, Steps = [] };
        await Store.StartEpisodeAsync(head, None);
        Samples.AssertSame(head, await Store.GetEpisodeAsync(head.Id, None));
        Assert.Equal(0, await Store.AppendStepsAsync(head.Id, [whole.Steps[0]], None));
        Assert.Equal(1, await Store.AppendStepsAsync(head.Id, [.. whole.Steps.Skip(1)], None));
        Assert.Equal(5, await Store.AppendStepsAsync(head.Id, [], None));

        var ended = Samples.Learn(whole with { SourceId = null });
        Assert.True(await Store.CompleteEpisodeAsync(ended, None));
        Samples.AssertSame(ended.Episode, await Store.GetEpisodeAsync(head.Id, None));
    }

    [Fact]
    public async Task Missing_values_stay_missing_and_empty_ones_empty()
    {
        var bare = Samples.Run(1, "t", "", domain: null) with { EndedAt = null, Steps = [new() { Ordinal = 0, Text = "" }, new() { Ordinal = 1, Kind = StepKind.ToolCall, Tool = "x" }] };
        await ImportAsync(bare, Samples.Run(2, "t", "") with { Scope = new("", "", "", ""), Context = new() { Domain = "", Language = "", Framework = "", Complexity = "" }, Outcome = Outcome.Success("") });
        Samples.AssertSame(Samples.Learn(bare).Episode, await Store.GetEpisodeAsync(bare.Id, None));
        var empty = (await Store.GetEpisodeAsync(Samples.Id(2), None))!;
        Assert.Equal(new Scope("", "", "", ""), empty.Scope);
        Assert.Equal(("", "", "", "", ""), (empty.Context.Domain, empty.Context.Language, empty.Context.Framework, empty.Context.Complexity, empty.Outcome!.Summary));
    }

    [Theory]
    [InlineData(EpisodeStatus.Succeeded, null)]
    [InlineData(EpisodeStatus.Partial, 0.0)]
    [InlineData(EpisodeStatus.Partial, 0.5)]
    [InlineData(EpisodeStatus.Failed, 1.0)]
    [InlineData(EpisodeStatus.Abstained, 0.1)]
    public async Task Every_status_and_score_comes_back(EpisodeStatus status, double? score)
    {
        await ImportAsync(Samples.Run(1, "task", outcome: new(status, null, score)));
        Assert.Equal(new Outcome(status, null, score), (await Store.GetEpisodeAsync(Samples.Id(1), None))!.Outcome);
        Assert.Equal(status, Assert.Single(await Store.ListEpisodesAsync(new(), None)).Status);
    }

    [Fact]
    public async Task Times_from_year_1_to_9999_are_kept_to_the_millisecond()
    {
        DateTimeOffset[] times = [DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch.AddMilliseconds(-1), DateTimeOffset.MaxValue];
        for (var i = 0; i < times.Length; i++)
            await ImportAsync(Samples.Run(i, "task", at: times[i]) with { EndedAt = times[i] });
        for (var i = 0; i < times.Length; i++)
            Assert.Equal(times[i].ToUnixTimeMilliseconds(), (await Store.GetEpisodeAsync(Samples.Id(i), None))!.StartedAt.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task An_id_is_taken_once()
    {
        var id = await StartAsync(1);
        var error = await Assert.ThrowsAsync<ConflictException>(() => StartAsync(1, "another"));
        Assert.Contains(id.ToString(), error.Message);
        Assert.Equal("a task that runs", (await Store.GetEpisodeAsync(id, None))!.Task);
    }

    [Fact]
    public async Task Unknown_ids_are_said_to_be_unknown()
    {
        var unknown = Samples.Id(404);
        var known = await StartAsync(1);
        Assert.Null(await Store.GetEpisodeAsync(unknown, None));
        Assert.False(await Store.ForgetEpisodeAsync(unknown, None));
        Assert.Empty(await Store.GetStepsAsync([new(unknown, 0), new(known, 0)], None));
        Assert.Empty(await Store.GetToolTracesAsync([unknown], None));
        Assert.Empty(await Store.GetRelationshipsAsync(unknown, None));
        Assert.Empty(await Store.GetCheckpointsAsync(unknown, None));
        Assert.Null(await Store.GetPatternAsync(new(404), None));
        Assert.False(await Store.RetirePatternAsync(new(404), true, None));
        Assert.Null(await Store.GetReceiptAsync(new(unknown.Value), None));
        foreach (var call in (Func<Task>[])
        [
            () => Store.AppendStepsAsync(unknown, [Step.Message("user", "x")], None),
            () => Store.AppendStepsAsync(unknown, [], None),
            () => Store.CompleteEpisodeAsync(Samples.Learn(Samples.Run(404, "x")), None),
            () => Store.SaveCheckpointAsync(unknown, Samples.Start, null, null, None),
            () => Store.RelateAsync(new(known, RelationshipKind.Related, unknown), Samples.Start, None),
            () => Store.RelateAsync(new(unknown, RelationshipKind.Parent, known), Samples.Start, None),
        ])
        {
            Assert.Contains(unknown.ToString(), (await Assert.ThrowsAsync<NotFoundException>(call)).Message);
        }

        await Assert.ThrowsAsync<NotFoundException>(() => Store.SaveFeedbackAsync(new(new(unknown.Value), true, []), Samples.Start, None));
    }

    [Fact]
    public async Task Steps_appended_again_with_their_key_are_there_once()
    {
        var (id, other) = (await StartAsync(1), await StartAsync(2));
        Assert.Equal(0, await Store.AppendStepsAsync(id, Samples.Steps("A B"), "one", None));
        Assert.Equal(2, await Store.AppendStepsAsync(id, Samples.Steps("C"), "two", None));
        Assert.Equal(2, (await Store.GetEpisodeAsync(id, None))!.Steps[2].Ordinal);
        Assert.Equal(0, await Store.AppendStepsAsync(id, Samples.Steps("A B"), "one", None));
        Assert.Equal(2, await Store.AppendStepsAsync(id, Samples.Steps("C"), "two", None));
        Assert.Equal(3, await Store.AppendStepsAsync(id, Samples.Steps("D"), None));
        Assert.Equal(4, await Store.AppendStepsAsync(id, Samples.Steps("E"), "three", None));
        Assert.Equal(0, await Store.AppendStepsAsync(other, Samples.Steps("A B"), "one", None));
        Assert.Equal(["A", "B", "C", "D", "E"], (await Store.GetEpisodeAsync(id, None))!.Steps.Select(s => s.Tool));

        Assert.True(await Store.CompleteEpisodeAsync(await EndedAsync(id), None));
        Assert.Equal(4, await Store.AppendStepsAsync(id, Samples.Steps("E"), "three", None));
        await Assert.ThrowsAsync<ConflictException>(() => Store.AppendStepsAsync(id, Samples.Steps("A B"), "one", None));
        Assert.Equal(5, (await Store.GetEpisodeAsync(id, None))!.Steps.Count);
    }

    [Fact]
    public async Task An_ended_episode_takes_no_step_and_no_second_end()
    {
        var id = await StartAsync(1);
        var learned = await EndedAsync(id);
        Assert.True(await Store.CompleteEpisodeAsync(learned, None));
        await Assert.ThrowsAsync<ConflictException>(() => Store.CompleteEpisodeAsync(learned, None));
        await Assert.ThrowsAsync<ConflictException>(() => Store.AppendStepsAsync(id, [Step.Message("user", "late")], None));
        await Assert.ThrowsAsync<ConflictException>(() => Store.AppendStepsAsync(id, [], None));
        Assert.Empty((await Store.GetEpisodeAsync(id, None))!.Steps);
        await AssertTaughtByAsync(learned.Episode);
    }

    [Fact]
    public async Task Ending_with_a_step_unseen_is_refused_and_loses_nothing()
    {
        var id = await StartAsync(1, "rename the flumph");
        await Store.AppendStepsAsync(id, Samples.Steps("LIST"), None);
        var stale = await EndedAsync(id);
        await Store.AppendStepsAsync(id, [Step.ToolCall("LATE")], None);

        Assert.False(await Store.CompleteEpisodeAsync(stale, None));
        Assert.Empty(await PatternsAsync());
        Assert.Empty(await FindAsync("flumph"));
        Assert.Equal(EpisodeStatus.Running, (await Store.GetEpisodeAsync(id, None))!.Status);

        var fresh = await EndedAsync(id);
        Assert.True(await Store.CompleteEpisodeAsync(fresh, None));
        Assert.Equal(["LIST", "LATE"], (await Store.GetEpisodeAsync(id, None))!.Steps.Select(s => s.Tool));
        Assert.Equal([id], await FindAsync("flumph"));
        await AssertTaughtByAsync(fresh.Episode);
    }

    [Fact]
    public async Task Steps_logged_at_once_from_many_sides_get_ordinals_without_gaps()
    {
        var id = await StartAsync(1);
        var ordinals = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Store.AppendStepsAsync(id, [Step.Message("user", $"{i}"), Step.Message("user", $"{i}")], None)));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => i * 2), ordinals.Order());
        var steps = (await Store.GetEpisodeAsync(id, None))!.Steps;
        Assert.Equal(Enumerable.Range(0, 100), steps.Select(s => s.Ordinal));
        Assert.All(steps.Chunk(2), pair => Assert.Equal(pair[0].Text, pair[1].Text));
    }

    [Fact]
    public async Task The_steps_of_neighbours_stay_apart()
    {
        await ImportAsync(Samples.Run(1, "one", "A B"), Samples.Run(2, "two", ""), Samples.Run(3, "three", "C"));
        await StartAsync(4);
        await Store.AppendStepsAsync(Samples.Id(4), Samples.Steps("D"), None);
        var counts = await Task.WhenAll(Enumerable.Range(1, 4).Select(async i => (await Store.GetEpisodeAsync(Samples.Id(i), None))!.Steps.Count));
        Assert.Equal([2, 0, 1, 1], counts);
        var steps = await Store.GetStepsAsync([new(Samples.Id(1), 1), new(Samples.Id(2), 0), new(Samples.Id(3), 0), new(Samples.Id(3), 7)], None);
        Assert.Equal(["B", "C"], steps.Values.Select(s => s.Tool).Order());
        Assert.Equal("B", steps[new(Samples.Id(1), 1)].Tool);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(150)]
    public async Task Any_number_of_episodes_is_looked_up_at_once_each_by_its_own_id(int count)
    {
        var episodes = Enumerable.Range(1, count).Select(i => Samples.Run(i, "task", $"T{i}")).ToList();
        await ImportAsync(episodes);
        List<EpisodeId> asked = [.. episodes.Select(e => e.Id), .. episodes.Take(1).Select(e => e.Id), Samples.Id(404)];

        var traces = await Store.GetToolTracesAsync(asked, None);
        Assert.Equal(episodes.Select(e => (e.Id, e.Steps[0].Tool!)).OrderBy(t => t.Id.Value), traces.Select(t => (t.Episode, Assert.Single(t.Steps).Tool)).OrderBy(t => t.Episode.Value));
        var steps = await Store.GetStepsAsync([.. asked.Select(id => new StepReference(id, 0))], None);
        Assert.Equal(episodes.Select(e => (e.Id, e.Steps[0].Tool)).OrderBy(t => t.Id.Value), steps.Select(s => (s.Key.Episode, s.Value.Tool)).OrderBy(t => t.Episode.Value));
        Assert.Equal(episodes.Select(e => e.Id).ToHashSet(), await Store.FindUnchangedAsync([.. episodes, .. episodes.Take(1), Samples.Run(404, "task")], None));
    }

    [Fact]
    public async Task Each_filter_of_a_list_lets_through_what_it_says()
    {
        var running = await StartAsync(0);
        await ImportAsync(
            Samples.Run(1, "one", scope: new("p1", "a1", "u1", "r1"), domain: "d1", tags: ["t1", "t2"]) with { Metadata = new Dictionary<string, string> { ["k"] = "v" } },
            Samples.Run(2, "two", scope: new("p2", "a2", "u2", "r2"), domain: "d2", tags: ["t2"], outcome: Outcome.Failure()) with { Metadata = new Dictionary<string, string> { ["k"] = "w", ["v"] = "k" } },
            Samples.Run(3, "three", "A B", scope: new("p1", "a2", "u1", "r2"), domain: "d1"));

        async Task Expect(EpisodeFilter filter, params int[] numbers) => Assert.Equal(numbers.Select(Samples.Id), (await Store.ListEpisodesAsync(filter, None)).Select(e => e.Id));
        await Expect(new(), 3, 2, 1, 0);
        await Expect(new() { Limit = 2 }, 3, 2);
        var listed = await Store.ListEpisodesAsync(new(), None);
        await Expect(new() { After = new(listed[1].StartedAt, listed[1].Id) }, 1, 0);
        await Expect(new() { After = new(listed[1].StartedAt, listed[1].Id), Limit = 1 }, 1);
        await Expect(new() { After = new(listed[0].StartedAt, listed[0].Id), Domain = "d1" }, 1);
        await Expect(new() { After = new(listed[3].StartedAt, listed[3].Id) });
        await Expect(new() { Scope = new(Project: "p1") }, 3, 1);
        await Expect(new() { Scope = new(Agent: "a2") }, 3, 2);
        await Expect(new() { Scope = new(User: "u2") }, 2);
        await Expect(new() { Scope = new(Run: "r2", Project: "p1") }, 3);
        await Expect(new() { Domain = "d1" }, 3, 1);
        await Expect(new() { Status = EpisodeStatus.Running }, 0);
        await Expect(new() { Status = EpisodeStatus.Failed }, 2);
        await Expect(new() { Tag = "t2" }, 2, 1);
        await Expect(new() { Tag = "t" });
        await Expect(new() { Metadata = new("k", "v") }, 1);
        await Expect(new() { Metadata = new("v", "k") }, 2);
        await Expect(new() { Metadata = new("k", "%") });
        await Expect(new() { Since = Samples.Start.AddMinutes(2) }, 3, 2);
        await Expect(new() { Until = Samples.Start.AddMinutes(2) }, 1, 0);
        await Expect(new() { Since = Samples.Start.AddMinutes(1), Until = Samples.Start.AddMinutes(3), Domain = "d1", Tag = "t1", Status = EpisodeStatus.Succeeded }, 1);

        var summary = (await Store.ListEpisodesAsync(new() { Domain = "d1", Limit = 1 }, None))[0];
        var whole = (await Store.GetEpisodeAsync(Samples.Id(3), None))!;
        Assert.Equal(("three", whole.Scope, EpisodeStatus.Succeeded, whole.StartedAt, whole.Reward!.Value, 2, "sample/3"), (summary.Task, summary.Scope, summary.Status, summary.StartedAt, summary.Reward, summary.Steps, summary.SourceId));
        Assert.Equal(running, Samples.Id(0));
    }

    [Fact]
    public async Task Traces_hold_the_tool_calls_without_those_that_read_the_memory()
    {
        await ImportAsync(
            Samples.Run(1, "one") with
            {
                Steps =
                [
                    Step.Message("user", "go") with { Ordinal = 0 }, Step.ToolCall("RECALL", null, "x") with { Ordinal = 1, FromMemory = true },
                    Step.ToolCall("A", null, " [] ") with { Ordinal = 2 }, Step.ToolCall("B", null, "boom", isError: true) with { Ordinal = 3 }, Step.Message("assistant", "done") with { Ordinal = 4 },
                ],
            },
            Samples.Run(2, "two", "A", Outcome.Partial(score: 0.2)),
            Samples.Run(3, "three", "C", Outcome.Abstention()));
        var traces = (await Store.GetToolTracesAsync([Samples.Id(1), Samples.Id(2), Samples.Id(3)], None)).ToDictionary(t => t.Episode);
        Assert.Equal([new("A", false, true, 2), new("B", true, false, 3)], traces[Samples.Id(1)].Steps);
        Assert.True(traces[Samples.Id(1)].EndsWithMessage);
        Assert.False(traces[Samples.Id(2)].EndsWithMessage);
        Assert.Equal((true, false, (bool?)null), (traces[Samples.Id(1)].Success, traces[Samples.Id(2)].Success, traces[Samples.Id(3)].Success));
    }

    [Fact]
    public async Task Statistics_count_what_there_is()
    {
        await ImportAsync(Samples.Run(1, "one", "A B"), Samples.Run(2, "two", "A", Outcome.Failure()), Samples.Run(3, "three", "A"));
        await Store.AppendStepsAsync(await StartAsync(4), Samples.Steps("X Y Z"), None);
        await Store.RelateAsync(new(Samples.Id(1), RelationshipKind.Related, Samples.Id(2)), Samples.Start, None);
        var statistics = await Store.GetStatisticsAsync(None);
        var patterns = await PatternsAsync();
        Assert.Equal((4, 1, 7, 0, 0, 1), (statistics.Episodes, statistics.Running, statistics.Steps, statistics.Receipts, statistics.Feedback, statistics.Relationships));
        Assert.Equal((patterns.Count, patterns.Count(p => p.State == PatternState.Active)), (statistics.Patterns, statistics.ActivePatterns));
        Assert.True(statistics.FileBytes > 0);
        foreach (var number in Enumerable.Range(1, 4))
            Assert.True(await Store.ForgetEpisodeAsync(Samples.Id(number), None));
        Assert.Equal(new(0, 0, 0, 0, 0, 0, 0, 0, 0), (await Store.GetStatisticsAsync(None)) with { FileBytes = 0 });
    }
}
