using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Contract;

public abstract partial class MemoryStoreContract
{
    [Theory]
    [InlineData(RelationshipKind.Parent)]
    [InlineData(RelationshipKind.DependsOn)]
    [InlineData(RelationshipKind.Follows)]
    [InlineData(RelationshipKind.Related)]
    [InlineData(RelationshipKind.Blocks)]
    [InlineData(RelationshipKind.Duplicate)]
    [InlineData(RelationshipKind.References)]
    public async Task A_circle_is_refused_where_it_makes_no_sense(RelationshipKind kind)
    {
        await ImportAsync(Enumerable.Range(1, 4).Select(i => Samples.Run(i, $"task {i}")));
        Task Relate(int from, int to, string? note = null) => Store.RelateAsync(new(Samples.Id(from), kind, Samples.Id(to), note), Samples.Start, None);
        await Relate(1, 2, Samples.Odd);
        await Relate(2, 3);
        await Relate(1, 3);
        if (Relationship.IsAcyclic(kind))
        {
            Assert.Contains(Samples.Id(3).ToString(), (await Assert.ThrowsAsync<ConflictException>(() => Relate(3, 1))).Message);
            await Assert.ThrowsAsync<ConflictException>(() => Relate(4, 4));
        }
        else
        {
            await Relate(3, 1);
            await Relate(4, 4);
            Assert.Single(await Store.GetRelationshipsAsync(Samples.Id(4), None));
        }

        await Relate(3, 4);
        // Another kind is another graph.
        await Store.RelateAsync(new(Samples.Id(3), kind == RelationshipKind.Parent ? RelationshipKind.Blocks : RelationshipKind.Parent, Samples.Id(1)), Samples.Start, None);
        Assert.Contains(new(Samples.Id(1), kind, Samples.Id(2), Samples.Odd), await Store.GetRelationshipsAsync(Samples.Id(2), None));
        Assert.Contains(new(Samples.Id(2), kind, Samples.Id(3)), await Store.GetRelationshipsAsync(Samples.Id(2), None));

        await Relate(1, 2, "again");
        Assert.Equal("again", Assert.Single(await Store.GetRelationshipsAsync(Samples.Id(1), None), r => r.To == Samples.Id(2)).Note);
    }

    [Fact]
    public async Task An_edge_keeps_all_that_is_said_of_it_and_the_weightier_comes_first()
    {
        await ImportAsync(Enumerable.Range(1, 5).Select(i => Samples.Run(i, $"task {i}")));
        var odd = new Relationship(Samples.Id(1), RelationshipKind.References, Samples.Id(2), Samples.Odd)
        {
            Priority = -7,
            Weight = 0.1,
            Metadata = new Dictionary<string, string> { [Samples.Odd] = Samples.Odd, ["a.b"] = "", ["\"k\""] = "[1]" },
        };
        var (urgent, weak, older, newer) = (
            new Relationship(Samples.Id(1), RelationshipKind.Related, Samples.Id(3)) { Priority = 2, Weight = 0.25 }, new Relationship(Samples.Id(4), RelationshipKind.Related, Samples.Id(1)) { Weight = 0.5 },
            new Relationship(Samples.Id(1), RelationshipKind.Related, Samples.Id(5)), new Relationship(Samples.Id(5), RelationshipKind.Duplicate, Samples.Id(1)));
        foreach (var (edge, minute) in new[] { odd, newer, weak, older, urgent }.Zip([0, 9, 8, 7, 6]))
            await Store.RelateAsync(edge, Samples.Start.AddMinutes(minute), None);

        Assert.Equal([urgent, newer, older, weak, odd], await Store.GetRelationshipsAsync(Samples.Id(1), None));
        var each = await Store.GetRelationshipsAsync([Samples.Id(5), Samples.Id(99), Samples.Id(2), Samples.Id(5)], None);
        Assert.Equal([[newer, older], [], [odd], [newer, older]], each);
        Assert.Empty(await Store.GetRelationshipsAsync([], None));

        await Store.RelateAsync(odd with { Note = null, Priority = 0, Weight = 1, Metadata = new Dictionary<string, string>() }, Samples.Start, None);
        Assert.Equal(new(Samples.Id(1), RelationshipKind.References, Samples.Id(2)), Assert.Single(await Store.GetRelationshipsAsync(Samples.Id(2), None)));
    }

    [Fact]
    public async Task The_few_best_neighbours_of_many_come_with_their_heads()
    {
        await ImportAsync(Enumerable.Range(1, 6).Select(i => Samples.Run(i, $"task {i}", tags: ["t"], outcome: i == 6 ? Outcome.Failure() : null)));
        var (self, loose, close, strong) = (
            new Relationship(Samples.Id(1), RelationshipKind.Related, Samples.Id(1)) { Priority = 9 }, new Relationship(Samples.Id(1), RelationshipKind.References, Samples.Id(2)),
            new Relationship(Samples.Id(3), RelationshipKind.Follows, Samples.Id(1)), new Relationship(Samples.Id(6), RelationshipKind.Related, Samples.Id(1)) { Priority = 1 });
        foreach (var (edge, minute) in new[] { close, strong, loose, self }.Zip([0, 1, 2, 3]))
            await Store.RelateAsync(edge, Samples.Start.AddMinutes(minute), None);

        var found = await Store.GetRelatedAsync([Samples.Id(3), Samples.Id(1), Samples.Id(4)], 2, None);
        Assert.Equal([[close], [strong, close], []], found.Select(of => of.Select(r => r.Via)));
        var head = found[1][0].Head;
        Assert.Equal((Samples.Id(6), "task 6", EpisodeStatus.Failed, 3), (head.Id, head.Task, head.Status, head.Steps));
        Assert.Equal(Samples.Id(1), found[0][0].Head.Id);
        Assert.Equal([strong, close, loose], (await Store.GetRelatedAsync([Samples.Id(1)], 3, None))[0].Select(r => r.Via));
        Assert.Empty(await Store.GetRelatedAsync([], 3, None));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Neighbours_and_ways_are_those_of_a_plain_search(int seed)
    {
        const int Episodes = 14;
        var random = new Random(seed);
        await ImportAsync(Enumerable.Range(0, Episodes).Select(i => Samples.Run(i, $"task {i}")));
        List<Relationship> edges = [];
        for (var i = 0; i < 2 * Episodes; i++)
        {
            var kind = (RelationshipKind)random.Next(1, 8);
            var (from, to) = (random.Next(Episodes), random.Next(Episodes));
            if (from >= to && Relationship.IsAcyclic(kind))
                continue;
            edges.Add(new(Samples.Id(from), kind, Samples.Id(to), $"{i}") { Weight = random.Next(3) switch { 0 => 1, 1 => 0.5, _ => 0.25 } });
        }

        edges = [.. edges.DistinctBy(e => (e.From, e.Kind, e.To))];
        await Task.WhenAll(edges.Select(e => Store.RelateAsync(e, Samples.Start, None)));
        for (var i = 0; i < 20; i++)
        {
            var query = new GraphQuery
            {
                From = Samples.Id(random.Next(Episodes)),
                Direction = (EdgeDirection)random.Next(1, 4),
                Kinds = random.Next(2) == 0 ? [] : [.. Enum.GetValues<RelationshipKind>().Where(_ => random.Next(2) == 0).DefaultIfEmpty(RelationshipKind.Related)],
                MaxHops = random.Next(1, 7),
                Limit = random.Next(1, Episodes),
            };
            var expected = PlainGraph.Search(edges, query);
            var asked = $"seed {seed}, query {i}: ";
            Assert.Equal(
                asked + string.Join('\n', expected.Take(query.Limit)),
                asked + string.Join('\n', (await Store.GetRelatedAsync(query, None)).Select(r => new PlainGraph.Found(r.Head.Id, r.Hops, r.Weight, r.Via))));
            var to = Samples.Id(random.Next(Episodes));
            Assert.Equal(asked + string.Join('\n', PlainGraph.Way(expected, query.From, to)), asked + string.Join('\n', await Store.FindPathAsync(query, to, None)));
        }
    }

    [Fact]
    public async Task A_search_ends_where_every_episode_leads_to_every_other()
    {
        const int Episodes = 20;
        await ImportAsync(Enumerable.Range(0, Episodes + 1).Select(i => Samples.Run(i, $"task {i}")));
        await Task.WhenAll(Enumerable.Range(0, Episodes * Episodes).Select(i =>
            Store.RelateAsync(new(Samples.Id(i / Episodes), RelationshipKind.Related, Samples.Id(i % Episodes)) { Weight = 0.5 }, Samples.Start, None)));
        var query = new GraphQuery { From = Samples.Id(0), MaxHops = 32, Limit = 10_000 };
        var found = await Store.GetRelatedAsync(query, None);
        Assert.Equal(Enumerable.Range(1, Episodes - 1).Select(Samples.Id).OrderBy(id => id.Value), found.Select(r => r.Head.Id));
        Assert.All(found, r => Assert.Equal((1, 0.5), (r.Hops, r.Weight)));
        Assert.Empty(await Store.FindPathAsync(query, Samples.Id(Episodes), None));
        Assert.Empty(await Store.FindPathAsync(query, Samples.Id(0), None));
        Assert.Empty(await Store.GetRelatedAsync(query with { From = Samples.Id(99) }, None));
    }

    [Fact]
    public async Task Two_writers_cannot_close_a_circle_together()
    {
        await ImportAsync(Samples.Run(1, "one"), Samples.Run(2, "two"));
        for (var i = 0; i < 10; i++)
        {
            async Task<bool> Try(int from, int to)
            {
                try
                {
                    await Store.RelateAsync(new(Samples.Id(from), RelationshipKind.Parent, Samples.Id(to)), Samples.Start, None);
                    return true;
                }
                catch (ConflictException)
                {
                    return false;
                }
            }

            await Task.WhenAll(Task.Run(() => Try(1, 2)), Task.Run(() => Try(2, 1)));
            Assert.Single(await Store.GetRelationshipsAsync(Samples.Id(1), None));
        }
    }

    [Fact]
    public async Task A_relationship_can_be_taken_away()
    {
        var (a, b) = (await StartAsync(1), await StartAsync(2));
        await Store.RelateAsync(new(a, RelationshipKind.Blocks, b), Samples.Start, None);
        Assert.False(await Store.UnrelateAsync(b, RelationshipKind.Blocks, a, None));
        Assert.True(await Store.UnrelateAsync(a, RelationshipKind.Blocks, b, None));
        Assert.Empty(await Store.GetRelationshipsAsync(a, None));
        await Store.RelateAsync(new(b, RelationshipKind.Blocks, a), Samples.Start, None);
    }

    [Fact]
    public async Task Checkpoints_come_back_the_newest_last()
    {
        var id = await StartAsync(1);
        Checkpoint[] made = [new(Samples.Start, 0, Samples.Odd, Samples.Odd), new(Samples.Start.AddMilliseconds(1), 1, null, null), new(Samples.Start, 2, "", "")];
        foreach (var checkpoint in made)
        {
            await Store.SaveCheckpointAsync(id, checkpoint.At, checkpoint.Note, checkpoint.State, None);
            await Store.AppendStepsAsync(id, [Step.Message("user", "one more")], None);
        }

        Assert.Equal(made, await Store.GetCheckpointsAsync(id, None));
    }

    [Fact]
    public async Task A_receipt_comes_back_with_its_items_in_order()
    {
        var receipt = new Receipt(ReceiptNumber(1), Samples.Start, Samples.Odd, 42,
        [
            new(RecallTypes.Step, $"{Samples.Id(1)}#7", 0.125, [new("text", 0.5, 0.125)]),
            new(RecallTypes.Pattern, "p0000000000000001", double.Epsilon, []),
            new(RecallTypes.Episode, Samples.Id(2).ToString(), -1e300, [new(Samples.Odd, 1, 2), new("x", -0.5, 0)]),
        ]);
        await Store.SaveReceiptAsync(receipt, None);
        await Store.SaveReceiptAsync(receipt, None);
        var stored = (await Store.GetReceiptAsync(receipt.Id, None))!;
        Assert.Equal((receipt.At, receipt.Query, receipt.Tokens), (stored.At, stored.Query, stored.Tokens));
        Assert.Equal(receipt.Items.Select(i => (i.Type, i.Id, i.Score, string.Join('|', i.Terms))), stored.Items.Select(i => (i.Type, i.Id, i.Score, string.Join('|', i.Terms))));
    }

    [Fact]
    public async Task Feedback_is_replaced_never_doubled()
    {
        await ImportAsync(Samples.Run(1, "grommet one"), Samples.Run(2, "grommet two"));
        await SaveReceiptAsync(1, Samples.Id(1), Samples.Id(2));
        await SaveReceiptAsync(2, Samples.Id(1));
        async Task Say(int receipt, bool success, params int[] used) =>
            await Store.SaveFeedbackAsync(new(ReceiptNumber(receipt), success, [.. used.Select(i => Samples.Id(i).ToString())]), Samples.Start, None);
        async Task Expect((int Helped, int Hurt) one, (int Helped, int Hurt) two)
        {
            var found = (await Store.FindCandidatesAsync(new() { Terms = TextAnalyzer.Terms("grommet") }, None)).Candidates.ToDictionary(c => c.Head.Id, c => (c.Helped, c.Hurt));
            Assert.Equal((one, two), (found[Samples.Id(1)], found[Samples.Id(2)]));
        }

        await Expect((0, 0), (0, 0));
        await Say(1, true, 1, 2);
        await Say(1, true, 1, 2);
        await Expect((1, 0), (1, 0));
        await Say(1, false, 2);
        await Expect((0, 0), (0, 1));
        await Say(2, true, 1);
        await Expect((1, 0), (0, 1));
        await Say(1, true);
        await Expect((1, 0), (0, 0));
        var statistics = await Store.GetStatisticsAsync(None);
        Assert.Equal((2, 2), (statistics.Receipts, statistics.Feedback));

        // Two steps of one episode are one help.
        var steps = new Receipt(ReceiptNumber(3), Samples.Start, "q", 1, [new(RecallTypes.Step, $"{Samples.Id(2)}#0", 1, []), new(RecallTypes.Step, $"{Samples.Id(2)}#1", 1, [])]);
        await Store.SaveReceiptAsync(steps, None);
        await Store.SaveFeedbackAsync(new(steps.Id, true, [.. steps.Items.Select(i => i.Id)]), Samples.Start, None);
        await Expect((1, 0), (1, 0));
    }

    [Fact]
    public async Task The_newest_receipts_of_an_episode_come_with_titles_and_with_what_came_of_them()
    {
        await ImportAsync(Samples.Run(1, "grommet one"), Samples.Run(2, "grommet two"));
        var (episode, other) = (Samples.Id(7), Samples.Id(8)); // neither is there: what was said is kept
        await SaveReceiptAsync(1, episode, Samples.Start, Samples.Id(1));
        await SaveReceiptAsync(2, other, Samples.Start, Samples.Id(1));
        await SaveReceiptAsync(3, null, Samples.Start, Samples.Id(1));
        await SaveReceiptAsync(5, episode, Samples.Start.AddMinutes(1), Samples.Id(2), Samples.Id(1));
        await SaveReceiptAsync(4, episode, Samples.Start.AddMinutes(2), [.. Enumerable.Repeat(Samples.Id(1), 120)]);
        await Store.SaveFeedbackAsync(new(ReceiptNumber(5), false, [Samples.Id(1).ToString()]), Samples.Start, None);

        var all = await Store.GetReceiptsAsync(episode, 10, None);
        Assert.Equal([ReceiptNumber(1), ReceiptNumber(5), ReceiptNumber(4)], all.Select(r => r.Id));
        Assert.All(all, r => Assert.Equal((episode, "query", 1), (r.Episode, r.Query, r.Tokens)));
        Assert.Equal(["grommet two", "grommet one"], all[1].Items.Select(i => i.Title));
        Assert.Equal((false, Samples.Id(1).ToString()), (all[1].Feedback!.Success, all[1].Feedback!.Used.Single()));
        Assert.Null(all[0].Feedback);
        Assert.Equal([1, 2, 100], all.Select(r => r.Items.Count));
        Assert.Equal([ReceiptNumber(5), ReceiptNumber(4)], (await Store.GetReceiptsAsync(episode, 2, None)).Select(r => r.Id));
        Assert.Equal([ReceiptNumber(2)], (await Store.GetReceiptsAsync(other, 10, None)).Select(r => r.Id));
        Assert.Empty(await Store.GetReceiptsAsync(Samples.Id(1), 10, None));
        var single = (await Store.GetReceiptAsync(ReceiptNumber(5), None))!;
        Assert.Equal((episode, false), (single.Episode, single.Feedback!.Success));
        Assert.Null((await Store.GetReceiptAsync(ReceiptNumber(3), None))!.Episode);

        await Store.ForgetEpisodeAsync(Samples.Id(2), None);
        Assert.Equal([null, "grommet one"], (await Store.GetReceiptsAsync(episode, 10, None))[1].Items.Select(i => i.Title));
    }

    [Fact]
    public async Task Forgetting_an_episode_removes_what_was_asked_for_it_and_leaves_what_feedback_counted()
    {
        await ImportAsync(Samples.Run(1, "grommet one"), Samples.Run(2, "grommet two"));
        await SaveReceiptAsync(1, Samples.Id(2), Samples.Start, Samples.Id(1));
        await SaveReceiptAsync(2, Samples.Id(1), Samples.Start, Samples.Id(2));
        await Store.SaveFeedbackAsync(new(ReceiptNumber(1), true, [Samples.Id(1).ToString()]), Samples.Start, None);
        await ImportAsync(Samples.Run(2, "grommet two, replaced")); // takes nothing away
        Assert.Single(await Store.GetReceiptsAsync(Samples.Id(2), 10, None));
        await Store.ForgetEpisodeAsync(Samples.Id(2), None);
        Assert.Empty(await Store.GetReceiptsAsync(Samples.Id(2), 10, None));
        Assert.Null(await Store.GetReceiptAsync(ReceiptNumber(1), None));
        Assert.Single((await Store.GetReceiptAsync(ReceiptNumber(2), None))!.Items);
        Assert.Equal(1, (await Store.FindCandidatesAsync(new() { Terms = TextAnalyzer.Terms("grommet") }, None)).Candidates.Single().Helped);
        Assert.Equal(1, (await Store.GetStatisticsAsync(None)).Receipts);
    }

    [Fact]
    public async Task Runs_that_something_was_recalled_for_are_counted_at_their_end_until_they_are_forgotten()
    {
        async Task EndAsync(int number, string? domain, Outcome outcome, bool fromMemory = false)
        {
            await Store.StartEpisodeAsync(new() { Id = Samples.Id(number), Task = "a task", StartedAt = Samples.Start, Context = new() { Domain = domain } }, None);
            await Store.AppendStepsAsync(Samples.Id(number), [Step.ToolCall("LIST") with { FromMemory = fromMemory }], None);
            Assert.True(await Store.CompleteEpisodeAsync(await EndedAsync(Samples.Id(number), outcome), None));
        }

        async Task Expect(params RecalledRuns[] runs)
        {
            Assert.Equal(runs, (await Store.CountRecalledRunsAsync(null, None)).OrderBy(r => r.Domain, StringComparer.Ordinal));
            Assert.Equal(runs.Where(r => r.Domain == "d"), await Store.CountRecalledRunsAsync("d", None));
        }

        var end = Samples.Start.AddHours(1);
        await Expect();
        await SaveReceiptAsync(1, Samples.Id(11), Samples.Start, Samples.Id(1));
        await SaveReceiptAsync(2, Samples.Id(11), end, Samples.Id(1)); // twice, and up to its end: one run
        await SaveReceiptAsync(3, Samples.Id(12), end.AddSeconds(1), Samples.Id(1)); // behind its end
        await SaveReceiptAsync(4, Samples.Id(13), Samples.Start); // nothing was found
        await SaveReceiptAsync(5, Samples.Id(14), Samples.Start, Samples.Id(1)); // it teaches neither
        await SaveReceiptAsync(6, Samples.Id(15), Samples.Start, Samples.Id(1));
        await SaveReceiptAsync(7, Samples.Id(20), Samples.Start, Samples.Id(1));
        await EndAsync(11, "d", Outcome.Success());
        await EndAsync(12, "d", Outcome.Success());
        await EndAsync(13, "d", Outcome.Success());
        await EndAsync(14, "d", Outcome.Abstention());
        await EndAsync(15, null, Outcome.Failure());
        await EndAsync(16, "d", Outcome.Partial(score: 0.25), fromMemory: true);
        await EndAsync(17, "d", Outcome.Success());
        await Expect(new(null, 1, 0), new("d", 2, 1));

        // A receipt that came too late changes nothing, now or when its episode is forgotten.
        await SaveReceiptAsync(8, Samples.Id(17), Samples.Start, Samples.Id(1));
        await Expect(new(null, 1, 0), new("d", 2, 1));
        await Store.ForgetEpisodeAsync(Samples.Id(17), None);
        await Expect(new(null, 1, 0), new("d", 2, 1));

        // Imports count likewise, by their receipts and steps; replaced, they are counted anew.
        var imported = Samples.Run(20, "imported", domain: "d");
        var told = Samples.Run(21, "told", domain: "d") with { Steps = [Step.ToolCall("recall") with { Ordinal = 0, FromMemory = true }] };
        await ImportAsync(imported, told, Samples.Run(22, "neither", domain: "d"));
        await Expect(new(null, 1, 0), new("d", 4, 3));
        await ImportAsync(imported with { Outcome = Outcome.Failure() }, told with { Steps = [] });
        await Expect(new(null, 1, 0), new("d", 3, 1));
        foreach (var number in (int[])[11, 15, 16])
            await Store.ForgetEpisodeAsync(Samples.Id(number), None);
        await Expect(new RecalledRuns("d", 1, 0));
        await Store.ForgetEpisodeAsync(Samples.Id(20), None);
        await Expect();
    }

    [Fact]
    public async Task Candidates_are_found_by_terms_tags_scope_domain_time_and_outcome()
    {
        await ImportAsync(
            Samples.Run(1, "sharpen the grommet", scope: new("p1", "a1", "u1", "r1"), domain: "d1", tags: ["t1"]),
            Samples.Run(2, "sharpen the sprocket", scope: new("p2", "a2", "u2", "r2"), domain: "d2", tags: ["t2"]),
            Samples.Run(3, "sharpen the flange", "LIST grommetTool", Outcome.Failure(), new("p1"), "d1", ["t1"]),
            Samples.Run(4, "sharpen the widget", "LIST", Outcome.Abstention()),
            Samples.Run(5, "sharpen the gizmo", "LIST", Outcome.Partial()));
        await StartAsync(6, "sharpen what runs");

        async Task Expect(string words, Func<CandidateQuery, CandidateQuery> with, params int[] numbers) =>
            Assert.Equal(numbers.Select(Samples.Id).OrderBy(i => i.Value), (await FindAsync(words, with)).OrderBy(i => i.Value));
        await Expect("sharpening", q => q, 1, 2, 5);
        await Expect("sharpening", q => q with { IncludeFailed = true }, 1, 2, 3, 4, 5);
        await Expect("grommet", q => q, 1);
        await Expect("grommet", q => q with { IncludeFailed = true }, 1, 3);
        await Expect("grommet", q => q with { IncludeFailed = true, BySteps = true }, 3);
        await Expect("grommet sprocket", q => q, 1, 2);
        await Expect("nothing", q => q with { Tags = ["t1"] }, 1);
        await Expect("nothing", q => q with { Tags = ["t1", "t2"], IncludeFailed = true }, 1, 2, 3);
        await Expect("sharpen", q => q with { Scope = new(Project: "p1") }, 1);
        await Expect("sharpen", q => q with { Scope = new(Project: "p1"), IncludeFailed = true }, 1, 3);
        await Expect("sharpen", q => q with { Scope = new(Agent: "a2") }, 2);
        await Expect("sharpen", q => q with { Scope = new(User: "u1", Run: "r1") }, 1);
        await Expect("sharpen", q => q with { Scope = new(User: "u1", Run: "r2") });
        await Expect("sharpen", q => q with { Domain = "d2" }, 2);
        await Expect("sharpen", q => q with { Since = Samples.Start.AddMinutes(2) }, 2, 5);
        await Expect("sharpen", q => q with { Until = Samples.Start.AddMinutes(2) }, 1);
        await Expect("sharpen", q => q with { Since = Samples.Start.AddMinutes(2), Until = Samples.Start.AddMinutes(5), IncludeFailed = true }, 2, 3, 4);
        await Expect("grommet", q => q with { Since = Samples.Start.AddMinutes(2), IncludeFailed = true, BySteps = true }, 3);
        await Expect("", q => q);
        await Expect("unheard", q => q with { IncludeFailed = true });
        Assert.Single(await FindAsync("sharpen", q => q with { Episodes = 1 }));
    }

    [Fact]
    public async Task A_candidate_says_which_of_its_steps_hold_which_terms()
    {
        await ImportAsync(
            Samples.Run(1, "unrelated") with
            {
                Steps =
                [
                    Step.Message("user", "nothing") with { Ordinal = 0 }, Step.Message("user", "a grommet and a sprocket") with { Ordinal = 1 },
                    Step.ToolCall("x", "grommet") with { Ordinal = 2 }, Step.ToolCall("recall", null, "grommet") with { Ordinal = 3, FromMemory = true },
                ],
            },
            Samples.Run(2, "a sprocket"));
        var set = await Store.FindCandidatesAsync(new() { Terms = ["grommet", "sprocket", "unheard"] }, None);
        Assert.Equal(["grommet", "sprocket"], set.Terms.Select(t => t.Text).Order());
        Assert.Equal(2, set.TotalEpisodes);
        var steps = set.Candidates.Single(c => c.Head.Id == Samples.Id(1)).Steps;
        string Held(StepMatch match) => string.Join(' ', set.Terms.Where((_, i) => (match.Terms >> i & 1) == 1).Select(t => t.Text).Order());
        Assert.Equal([(1, "grommet sprocket"), (2, "grommet")], steps.Select(s => (s.Ordinal, Held(s))));
    }

    private static ReceiptId ReceiptNumber(int number) => new(Samples.Id(1_000 + number).Value);

    private Task SaveReceiptAsync(int number, params EpisodeId[] episodes) => SaveReceiptAsync(number, null, Samples.Start, episodes);

    private Task SaveReceiptAsync(int number, EpisodeId? askedFor, DateTimeOffset at, params EpisodeId[] episodes) =>
        Store.SaveReceiptAsync(new(ReceiptNumber(number), at, "query", 1, [.. episodes.Select(e => new ReceiptItem(RecallTypes.Episode, e.ToString(), 1, []))]) { Episode = askedFor }, None);
}
