using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Contract;

public abstract partial class MemoryStoreContract
{
    [Fact]
    public async Task Patterns_count_what_each_episode_shows_by_kind_agent_and_evidence()
    {
        var episodes = new[]
        {
            Samples.Run(1, "one", "LIST OPEN!not_found LIST OPEN", scope: new(Agent: "x"), tags: ["env:a"]),
            Samples.Run(2, "two", "LIST OPEN!not_found LIST OPEN", scope: new(Agent: "y"), tags: ["env:a"]),
            Samples.Run(3, "three", "OPEN!not_found", Outcome.Failure(), scope: new(Agent: "x")),
            Samples.Run(4, "four", "LIST", Outcome.Abstention()),
            Samples.Run(5, "five", "LIST", domain: null),
            Samples.Run(6, "six", "LIST", domain: "other"),
        };
        await ImportAsync(episodes);
        await AssertTaughtByAsync(episodes);
        var stored = await PatternsAsync();
        Assert.Equal(Enum.GetValues<PatternKind>(), stored.Select(p => p.Kind).Distinct().Order());
        Assert.All(stored, p => Assert.Equal(p.Id, PatternId.Of(p.Kind, p.Domain, p.Condition, p.Action)));
        Assert.All(stored, p => Assert.InRange(p.FirstSeen, Samples.Start, p.LastSeen));
    }

    [Fact]
    public async Task Patterns_are_found_by_condition_filter_and_episode()
    {
        var one = Samples.Run(1, "one", "LIST OPEN");
        var two = Samples.Run(2, "two", "LIST EDIT", Outcome.Failure(), domain: "other");
        await ImportAsync(one, two, Samples.Run(3, "three", "LIST OPEN"));

        var list = (await PatternsAsync()).First(p => p is { Kind: PatternKind.DecisionPoint, Action: "LIST", Domain: "code" });
        var condition = PatternId.OfCondition(list.Kind, list.Domain, list.Condition);
        var found = await Store.FindPatternsAsync([condition, 404], None);
        Assert.Contains(list.Id, found.Select(p => p.Id));
        Assert.All(found, p => Assert.Equal((list.Kind, list.Domain, list.Condition), (p.Kind, p.Domain, p.Condition)));

        var other = await Store.ListPatternsAsync(new() { Domain = "other", Kind = PatternKind.ToolSequence, MinSupport = 1 }, None);
        Assert.All(other, p => Assert.Equal(("other", PatternKind.ToolSequence), (p.Domain, p.Kind)));
        Assert.NotEmpty(other);
        var strong = await Store.ListPatternsAsync(new() { MinSupport = 2, Limit = 3 }, None);
        Assert.Equal(3, strong.Count);
        Assert.All(strong, p => Assert.True(p.Support >= 2));

        var ids = Learner.Observe(two).Select(o => o.Pattern).ToList();
        var of = await Store.FindPatternsAsync([.. ids, .. ids, new(404)], None);
        Assert.Equal(ids.Select(id => id.Value).Order(), of.Select(p => p.Id.Value).Order());

        var evidence = await Store.GetEvidenceAsync([list.Id, new(404)], Scope.Any, None);
        Assert.Equal([Samples.Id(3), Samples.Id(1)], evidence[list.Id].Select(e => e.Episode));
        Assert.Empty(evidence[new(404)]);
    }

    [Fact]
    public async Task A_pattern_keeps_its_newest_evidence_on_either_side()
    {
        for (var i = 0; i < 30; i++)
            await ImportAsync(Samples.Run(i, $"task {i}", "LIST", i % 3 == 0 ? Outcome.Failure() : Outcome.Success()));
        var pattern = (await Store.GetPatternAsync((await PatternsAsync()).First(p => p.Support == 30).Id, None))!;
        Assert.Equal((20, 10), (pattern.Successes, pattern.Failures));
        var newest = Enumerable.Range(0, 30).Reverse().ToList();
        Assert.Equal(newest.Where(i => i % 3 != 0).Take(8).Select(Samples.Id), pattern.Evidence.Where(e => e.Success).Select(e => e.Episode));
        Assert.Equal(newest.Where(i => i % 3 == 0).Take(8).Select(Samples.Id), pattern.Evidence.Where(e => !e.Success).Select(e => e.Episode));
    }

    [Fact]
    public async Task One_batch_leaves_what_single_imports_leave()
    {
        var episodes = Enumerable.Range(0, 25).Select(i => Samples.Run(i, $"task {i}", "LIST OPEN", i % 4 == 0 ? Outcome.Failure() : Outcome.Success(), new(Agent: $"a{i % 2}"))).ToArray();
        await ImportAsync(episodes);
        var batch = await AllEvidenceAsync();
        foreach (var episode in episodes)
            await Store.ForgetEpisodeAsync(episode.Id, None);
        Assert.Empty(await PatternsAsync());
        foreach (var episode in episodes)
            await ImportAsync(episode);
        Assert.Equal(batch, await AllEvidenceAsync());
    }

    [Fact]
    public async Task Importing_again_changes_nothing()
    {
        var episodes = new[] { Samples.Everything(1), Samples.Run(2, "two"), Samples.Run(3, "three", outcome: Outcome.Failure()) };
        Assert.Equal(new ImportCounts(3, 0), await ImportAsync(episodes));
        Assert.Equal(new ImportCounts(0, 3), await ImportAsync(episodes));
        Assert.Equal(new ImportCounts(1, 2), await ImportAsync([.. episodes[..2], Samples.Run(4, "four")]));
        Assert.Equal(new ImportCounts(1, 1), await ImportAsync(Samples.Run(5, "five"), Samples.Run(5, "five")));
        Assert.Equal(episodes[..2].Select(e => e.Id).ToHashSet(), await Store.FindUnchangedAsync([.. episodes[..2], Samples.Run(3, "changed"), Samples.Run(6, "new")], None));
        // A source that gives no time gets the time of the import: that alone is no change.
        Assert.Equal(new ImportCounts(0, 1), await ImportAsync(episodes[1] with { StartedAt = Samples.Start.AddYears(1), EndedAt = null }));
        await AssertTaughtByAsync([.. episodes, Samples.Run(4, "four"), Samples.Run(5, "five")]);
    }

    [Fact]
    public async Task A_changed_episode_is_replaced_and_keeps_what_others_said_of_it()
    {
        var old = Samples.Everything(1) with { Task = "polish the grommet", Context = new() { Domain = "code", Tags = ["old"] } };
        await ImportAsync(old, Samples.Run(2, "other"));
        await Store.RelateAsync(new(Samples.Id(2), RelationshipKind.Follows, Samples.Id(1), "why"), Samples.Start, None);
        await Store.SaveCheckpointAsync(Samples.Id(1), Samples.Start, "note", "state", None);
        await SaveReceiptAsync(1, Samples.Id(1));
        await Store.SaveFeedbackAsync(new(ReceiptNumber(1), true, [Samples.Id(1).ToString()]), Samples.Start, None);

        var changed = Samples.Run(1, "varnish the sprocket", "NEW", Outcome.Failure("no"), new(Project: "p2"), tags: ["new"]) with { Metadata = new Dictionary<string, string> { ["k"] = "v" } };
        Assert.Equal(new ImportCounts(1, 0), await ImportAsync(changed));

        Samples.AssertSame(Samples.Learn(changed).Episode, await Store.GetEpisodeAsync(Samples.Id(1), None));
        await AssertTaughtByAsync(changed, Samples.Run(2, "other"));
        Assert.Empty(await FindAsync("grommet", q => q with { IncludeFailed = true }));
        Assert.Equal([Samples.Id(1)], await FindAsync("sprocket", q => q with { IncludeFailed = true }));
        Assert.Empty(await Store.ListEpisodesAsync(new() { Tag = "old" }, None));
        Assert.Single(await Store.ListEpisodesAsync(new() { Tag = "new" }, None));
        Assert.Equal([new(Samples.Id(2), RelationshipKind.Follows, Samples.Id(1), "why")], await Store.GetRelationshipsAsync(Samples.Id(1), None));
        Assert.Single(await Store.GetCheckpointsAsync(Samples.Id(1), None));
        var candidate = Assert.Single((await Store.FindCandidatesAsync(new() { Terms = TextAnalyzer.Terms("sprocket"), IncludeFailed = true }, None)).Candidates);
        Assert.Equal((1, 0), (candidate.Helped, candidate.Hurt));
    }

    [Fact]
    public async Task Changed_episodes_stay_evidence_together()
    {
        var episodes = Enumerable.Range(1, 5).Select(i => Samples.Run(i, $"task {i}", "LIST")).ToArray();
        await ImportAsync(episodes);
        for (var i = 0; i < episodes.Length; i++)
        {
            episodes[i] = episodes[i] with { Task = $"changed {i}" };
            await ImportAsync(episodes[i]);
            await AssertTaughtByAsync(episodes);
        }

        await ImportAsync(episodes.Select(e => e with { Task = "changed in one batch" }));
        await AssertTaughtByAsync(episodes);
        await Store.ForgetEpisodeAsync(episodes[1].Id, None);
        await ImportAsync(Samples.Run(9, "nine", "LIST"));
        await AssertTaughtByAsync([episodes[0], .. episodes[2..], Samples.Run(9, "nine", "LIST")]);
    }

    [Fact]
    public async Task Forgetting_an_episode_whose_evidence_was_pushed_out_never_costs_the_newest()
    {
        for (var i = 0; i < 12; i++)
            await ImportAsync(Samples.Run(i, $"task {i}", "LIST"));
        await Store.ForgetEpisodeAsync(Samples.Id(0), None);
        await ImportAsync(Samples.Run(12, "twelve", "LIST"));
        var pattern = (await Store.GetPatternAsync((await PatternsAsync()).First(p => p.Support == 12).Id, None))!;
        Assert.Equal(Enumerable.Range(5, 8).Reverse().Select(Samples.Id).Take(7), pattern.Evidence.Select(e => e.Episode).Take(7));
        Assert.Equal(8, pattern.Evidence.Count);
    }

    [Fact]
    public async Task An_import_with_latencies_finer_than_a_millisecond_can_be_changed_and_forgotten()
    {
        Episode Fine(string task) => Samples.Run(1, task) with { Steps = [Step.ToolCall("A") with { Ordinal = 0, Latency = TimeSpan.FromTicks(12_345) }] };
        using var deadline = new CancellationTokenSource(Eventually.Patience);
        await Store.ImportEpisodesAsync([Samples.Learn(Fine("one"))], deadline.Token);
        Assert.Equal(new ImportCounts(0, 1), await ImportAsync(Fine("one")));
        await Store.ImportEpisodesAsync([Samples.Learn(Fine("two"))], deadline.Token);
        Assert.True(await Store.ForgetEpisodeAsync(Samples.Id(1), deadline.Token));
    }

    [Fact]
    public async Task More_steps_than_an_episode_takes_are_refused_before_they_reach_a_neighbour()
    {
        var endless = Samples.Run(1, "endless") with { Steps = [.. Enumerable.Range(0, StepKey.MaxSteps + 1).Select(i => new Step { Ordinal = i })] };
        var error = await Assert.ThrowsAsync<BatchException>(() => Store.ImportEpisodesAsync([new(endless, [])], None));
        Assert.Contains("sample/1", error.Message);
        Assert.Contains("1048576", error.Message);
        await Assert.ThrowsAsync<BatchException>(() => ImportAsync(Samples.Run(1, "no ordinals") with { Steps = [Step.Message("user", "x")] }));
        Assert.Equal(0, (await Store.GetStatisticsAsync(None)).Episodes);
    }

    [Fact]
    public async Task Forgetting_takes_everything_back()
    {
        var kept = new[] { Samples.Run(1, "open the door", "LIST OPEN", scope: new(Agent: "x")), Samples.Run(2, "close the door", "LIST", Outcome.Failure()) };
        await ImportAsync(kept);
        var before = await Task.WhenAll((await PatternsAsync()).Select(p => Store.GetPatternAsync(p.Id, None)));

        var forgotten = Samples.Everything(3) with { Context = new() { Domain = "code", Tags = ["gone"] }, Task = "lubricate the grommet", Scope = new(Agent: "x") };
        await ImportAsync(forgotten);
        await Store.RelateAsync(new(Samples.Id(3), RelationshipKind.Related, Samples.Id(1)), Samples.Start, None);
        await Store.SaveCheckpointAsync(Samples.Id(3), Samples.Start, null, null, None);
        Assert.Equal([Samples.Id(3)], await FindAsync("grommet"));

        Assert.True(await Store.ForgetEpisodeAsync(Samples.Id(3), None));
        Assert.False(await Store.ForgetEpisodeAsync(Samples.Id(3), None));
        Assert.Null(await Store.GetEpisodeAsync(Samples.Id(3), None));
        Assert.Empty(await FindAsync("grommet", q => q with { IncludeFailed = true, Tags = ["gone"] }));
        Assert.Empty(await Store.GetRelationshipsAsync(Samples.Id(1), None));
        Assert.Empty(await Store.GetCheckpointsAsync(Samples.Id(3), None));
        Assert.Empty(await Store.ListEpisodesAsync(new() { Tag = "gone" }, None));
        await AssertTaughtByAsync(kept);
        var after = await Task.WhenAll((await PatternsAsync()).Select(p => Store.GetPatternAsync(p.Id, None)));
        Assert.Equal(before.Select(p => (p!.Id, p.Successes, p.Failures, p.Errors, p.Agents.Count, p.Evidence.Count)), after.Select(p => (p!.Id, p.Successes, p.Failures, p.Errors, p.Agents.Count, p.Evidence.Count)));

        var running = await StartAsync(4, "unfinished grommet");
        await Store.AppendStepsAsync(running, Samples.Steps("A"), None);
        Assert.True(await Store.ForgetEpisodeAsync(running, None));
        await AssertTaughtByAsync(kept);
        // The same source may come again.
        await ImportAsync(forgotten);
        Samples.AssertSame(Samples.Learn(forgotten).Episode, await Store.GetEpisodeAsync(Samples.Id(3), None));
    }

    [Fact]
    public async Task A_withdrawn_pattern_stays_withdrawn_and_is_counted_on()
    {
        await ImportAsync(Enumerable.Range(1, 3).Select(i => Samples.Run(i, "task", "LIST")));
        var id = (await PatternsAsync()).First(p => p.Action == "LIST").Id;
        Assert.True(await Store.RetirePatternAsync(id, true, None));
        Assert.DoesNotContain(id, (await Store.ListPatternsAsync(new() { Limit = 1000 }, None)).Select(p => p.Id));
        await ImportAsync(Samples.Run(4, "task", "LIST"));
        var pattern = (await Store.GetPatternAsync(id, None))!;
        Assert.Equal((4, PatternState.Retired), (pattern.Successes, pattern.State));

        foreach (var number in Enumerable.Range(1, 4))
            await Store.ForgetEpisodeAsync(Samples.Id(number), None);
        Assert.Equal([id], (await PatternsAsync()).Select(p => p.Id));
        await ImportAsync(Samples.Run(5, "task", "LIST"));
        Assert.True((await Store.GetPatternAsync(id, None))!.IsRetired);
        Assert.True(await Store.RetirePatternAsync(id, false, None));
        Assert.Equal(PatternState.Candidate, (await Store.GetPatternAsync(id, None))!.State);
    }

    private async Task<List<string>> AllEvidenceAsync()
    {
        var all = new List<string>();
        foreach (var head in await PatternsAsync())
        {
            var pattern = (await Store.GetPatternAsync(head.Id, None))!;
            all.Add($"{pattern.Id} {pattern.Successes} {pattern.Failures} {pattern.Errors} {pattern.FirstSeen:O} {pattern.LastSeen:O} {string.Join(' ', pattern.Agents)} {string.Join(' ', pattern.Evidence)}");
        }

        return all;
    }
}
