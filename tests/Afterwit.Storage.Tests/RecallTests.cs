using Afterwit.Storage.Tests.Databases;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>What a recall returns and why, over a memory in memory.</summary>
public sealed class RecallTests : IAsyncLifetime
{
    private readonly FakeClock _clock = new(Samples.Start.AddDays(1));
    private AgentMemory _memory = null!;

    public async Task InitializeAsync() => _memory = await AgentMemory.OpenAsync(SqliteDatabase.InMemory, time: _clock);

    public async Task DisposeAsync() => await _memory.DisposeAsync();

    [Fact]
    public async Task The_terms_of_a_hit_add_up_to_its_score_and_say_what_they_stand_for()
    {
        await ImportAsync(Samples.Run(1, "sharpen the grommet", "LIST sharpenTool", tags: ["t"]), Samples.Run(2, "sharpen the sprocket"));
        var result = await RecallAsync("sharpen grommet", q => q with { Context = new() { Domain = "code", Tags = ["t"] } });
        Assert.Equal([Id(1), Id(2)], result.Hits.Select(h => h.Id));
        Assert.All(result.Hits, hit => Assert.Equal(hit.Score, hit.Terms.Sum(t => t.Contribution), 12));
        Assert.Equal(["text", "step", "context", "outcome", "recency"], result.Hits[0].Terms.Select(t => t.Name));
        Assert.Equal("sample/1", result.Hits[0].Source);
    }

    [Fact]
    public async Task Failed_runs_are_left_out_unless_asked_for_and_rank_lower()
    {
        await ImportAsync(Samples.Run(1, "sharpen the grommet", outcome: Outcome.Failure()), Samples.Run(2, "sharpen the grommet carefully now with oil"), Samples.Run(3, "sharpen the grommet", outcome: Outcome.Abstention()));
        Assert.Equal([Id(2)], (await RecallAsync("sharpen the grommet")).Hits.Select(h => h.Id));
        var all = (await RecallAsync("sharpen the grommet", q => q with { IncludeFailed = true })).Hits;
        Assert.Equal(Id(2), all[0].Id);
        Assert.Equal(new[] { Id(1), Id(3) }.Order(), all.Skip(1).SelectMany(h => h.Similar.Append(h.Id)).Order());
    }

    [Fact]
    public async Task A_hit_brings_its_fix_and_its_parent_and_ranks_as_without_them()
    {
        await ImportAsync(
            Samples.Run(1, "sharpen the grommet", outcome: Outcome.Failure(), scope: new("p")), Samples.Run(2, "sharpen the grommet", scope: new("p")), Samples.Run(3, "spring cleaning", scope: new("p")),
            Samples.Run(4, "of somebody else", scope: new("q")), Samples.Run(5, "a note"));
        RecallQuery Query(RecallQuery q) => q with { IncludeFailed = true, Scope = new("p") };
        var before = await RecallAsync("sharpen the grommet", Query);
        Assert.All(before.Hits, hit => Assert.Empty(hit.Related));

        foreach (var (from, kind, to) in new[]
        {
            (2, RelationshipKind.Follows, 1), (1, RelationshipKind.Parent, 3), (4, RelationshipKind.Blocks, 2), (1, RelationshipKind.Related, 3), (3, RelationshipKind.References, 1),
        })
        {
            await _memory.RelateAsync(new(Samples.Id(from), kind, Samples.Id(to)));
        }

        var after = await RecallAsync("sharpen the grommet", Query);
        Assert.Equal(before.Hits.Select(h => (h.Id, h.Score)), after.Hits.Select(h => (h.Id, h.Score)));
        Assert.True(after.Tokens > before.Tokens);
        var failed = after.Hits.Single(h => h.Status == EpisodeStatus.Failed).Related;
        Assert.Equal(3, failed.Count);
        Assert.Contains(new(Samples.Id(2), RelationshipKind.Follows, EdgeDirection.Incoming, "fixed by", "sharpen the grommet", EpisodeStatus.Succeeded), failed);
        Assert.Contains(new(Samples.Id(3), RelationshipKind.Parent, EdgeDirection.Outgoing, "part of", "spring cleaning", EpisodeStatus.Succeeded), failed);
        Assert.Equal("fixes", Assert.Single(after.Hits.Single(h => h.Status == EpisodeStatus.Succeeded).Related).Meaning);
        Assert.Contains((await RecallAsync("sharpen the grommet")).Hits.Single().Related, r => r.Meaning == "blocked by");
    }

    [Fact]
    public async Task Runs_of_nearly_the_same_task_are_folded_but_never_a_failed_one_into_a_success()
    {
        await ImportAsync(
            Samples.Run(1, "sharpen the long blue grommet today"), Samples.Run(2, "sharpen the long blue grommet today"), Samples.Run(3, "Sharpening of long, blue grommets today!"),
            Samples.Run(4, "sharpen the long blue grommet today", outcome: Outcome.Failure()), Samples.Run(5, "sharpen the long blue grommet today", tags: ["other"]));
        var hits = (await RecallAsync("sharpen the grommet", q => q with { IncludeFailed = true })).Hits;
        Assert.Equal(3, hits.Count);
        var folded = hits.Single(h => h.Similar.Count > 0);
        Assert.Equal(new[] { Id(1), Id(2), Id(3) }.Order(), new[] { folded.Id }.Concat(folded.Similar).Order());
        Assert.Equal(new[] { Id(4), Id(5) }.Order(), hits.Where(h => h.Similar.Count == 0).Select(h => h.Id).Order());
    }

    [Fact]
    public async Task What_fits_far_less_than_the_best_is_left_out()
    {
        await ImportAsync(
            Samples.Run(1, "calibrate the flux sprocket of the northern telescope"),
            Samples.Run(2, "the telescope was visited by a large group of guests who stayed for lunch and dinner and talked about music and gardens"),
            Samples.Run(3, "calibrate the flux sprocket of the southern telescope"));
        Assert.Equal(new[] { Id(1), Id(3) }, (await RecallAsync("calibrate flux sprocket northern telescope")).Hits.Select(h => h.Id));
        Assert.Equal(3, (await RecallAsync("telescope")).Hits.Count);
    }

    [Fact]
    public async Task Several_kinds_take_turns_and_none_crowds_out_another()
    {
        await ImportAsync([.. Enumerable.Range(1, 30).Select(i => Samples.Run(i, $"sharpen the grommet number{i} of lot{i * 7}", "LIST sharpen"))]);
        var all = (await RecallAsync("sharpen grommet", q => q with { Types = RecallTypes.Episode | RecallTypes.Step | RecallTypes.Pattern | RecallTypes.Playbook, Limit = 8 })).Hits;
        Assert.Equal([RecallTypes.Playbook, RecallTypes.Episode, RecallTypes.Step, RecallTypes.Pattern], all.Take(4).Select(h => h.Type));
        Assert.Equal(8, all.Count);
        Assert.True((await RecallAsync("sharpen grommet", q => q with { Types = RecallTypes.Pattern, Limit = 1 })).Hits is [{ Type: RecallTypes.Pattern }], "a lesson comes from more than one run");
    }

    [Fact]
    public async Task Advice_names_what_failed_and_cites_only_runs_within_the_scope()
    {
        var mine = Enumerable.Range(1, 4).Select(i => Samples.Run(i, "open the vault", "TURN!not_found TURN!not_found", Outcome.Failure(), new(Project: "mine")));
        var others = Enumerable.Range(5, 4).Select(i => Samples.Run(i, "open the vault", "TURN!not_found LOOK TURN", scope: new(Project: "others")));
        await ImportAsync([.. mine, .. others]);
        var failed = Samples.Run(1, "open the vault", "TURN!not_found").Steps[0];
        var advice = await _memory.AdviseAsync(new() { Domain = "code", Scope = new(Project: "mine"), Error = failed.Observation, FailedAction = "TURN --left 3" });
        var mineOnly = Enumerable.Range(1, 4).Select(Samples.Id).ToHashSet();
        Assert.All(advice.Next.Concat(advice.Avoid).SelectMany(s => s.Evidence), e => Assert.Contains(e.Episode, mineOnly));
        Assert.Contains("repeating what failed (TURN --left 3)", Assert.Single(advice.Avoid, s => s.Action == "TURN").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_needs_the_id_of_its_source()
    {
        var episode = Samples.Run(1, "sharpen the grommet");
        await Assert.ThrowsAsync<ArgumentException>(() => _memory.ImportAsync([episode with { SourceId = "elsewhere" }]));
        await Assert.ThrowsAsync<ArgumentException>(() => _memory.ImportAsync([episode with { SourceId = null }]));
        Assert.Equal(new ImportCounts(1, 1), await _memory.ImportAsync([episode, episode with { Task = "sharpen the sprocket" }]));
        Assert.Equal("sharpen the sprocket", (await _memory.GetAsync(episode.Id)).Task);
    }

    [Fact]
    public async Task The_step_that_fits_best_is_named()
    {
        await ImportAsync(Samples.Run(1, "unrelated") with
        {
            Steps =
            [
                Step.Message("user", "hello") with { Ordinal = 0 }, Step.ToolCall("grind", "the grommet", "it is sharp\nnow") with { Ordinal = 1 }, Step.ToolCall("grind", null, "grommet lost", isError: true) with { Ordinal = 2 },
            ],
        });
        var best = (await RecallAsync("grind a sharp grommet")).Hits[0].BestStep!;
        Assert.Equal((1, "grind the grommet → it is sharp now"), (best.Ordinal, best.Summary));
        Assert.InRange(best.Score, 0.9, 1);
        Assert.Null((await RecallAsync("unrelated")).Hits[0].BestStep);

        var steps = (await RecallAsync("lost grommet", q => q with { Types = RecallTypes.Step })).Hits;
        Assert.Equal($"{Id(1)}#2", steps[0].Id);
        Assert.All(steps, hit => Assert.Equal(hit.Score, hit.Terms.Sum(t => t.Contribution), 12));
    }

    [Fact]
    public async Task Words_in_the_order_of_the_query_go_before_the_same_words_anywhere()
    {
        string[] texts = ["a stone under the river, where nothing ever bends", "the river that bends under a stone", "bends of the river, and a stone"];
        await ImportAsync([.. texts.Select((text, n) => Samples.Run(n, $"note {n}") with { Steps = [Step.Message("someone", text) with { Ordinal = 0 }] })]);
        foreach (var (query, first) in new[] { ("the river that bends", 1), ("bends of the river", 2), ("stone under the river", 0) })
        {
            var hits = (await RecallAsync(query, q => q with { Types = RecallTypes.Step })).Hits;
            Assert.Equal($"{Id(first)}#0", hits[0].Id);
            Assert.True(hits[0].Score > hits[1].Score, query);
            Assert.Contains(hits[0].Terms, t => t is { Name: "phrase", Contribution: > 0 });
            Assert.Equal(hits[0].Score, hits[0].Terms.Sum(t => t.Contribution), 12);
        }
    }

    [Fact]
    public async Task An_empty_answer_says_why()
    {
        async Task Expect(string reason, string text, Func<RecallQuery, RecallQuery>? with = null)
        {
            var result = await RecallAsync(text, with);
            Assert.Empty(result.Hits);
            Assert.Contains(reason, result.EmptyReason);
        }

        await _memory.StartAsync("a running grommet");
        await Expect("The memory holds no finished episode yet", "grommet");
        await ImportAsync(Samples.Run(1, "sharpen the grommet", scope: new("p")), Samples.Run(2, "sharpen the sprocket", outcome: Outcome.Failure(), scope: new("p")));
        await Expect("no word to search for", "and the or?");
        await Expect("None of the words occurs in the 2 episodes of this memory: unheard", "unheard");
        await Expect("Only episodes that failed match", "sprocket");
        await Expect("none within the scope and time", "grommet", q => q with { Scope = new("other") });
        await Expect("none within the scope and time", "grommet", q => q with { Since = Samples.Start.AddYears(1) });
        await Expect("The words occur in tasks, and in no step: ask for episodes", "grommet", q => q with { Types = RecallTypes.Step });
        await ImportAsync(Samples.Run(3, "polish the flange"));
        Assert.NotEmpty((await RecallAsync("flange")).Hits);
        await _memory.ForgetAsync(Samples.Id(3));
        await Expect("None of the words occurs in the 2 episodes of this memory: flang", "flange");
        await Expect("costs more than 5 tokens", "grommet", q => q with { MaxTokens = 5 });
        Assert.Null((await RecallAsync("grommet")).EmptyReason);
    }

    [Fact]
    public async Task Limits_of_hits_and_tokens_are_kept()
    {
        await ImportAsync(Enumerable.Range(0, 40).Select(i => Samples.Run(i, $"sharpen grommet number{i} word{i} thing{i}")));
        Assert.Equal(10, (await RecallAsync("sharpen")).Hits.Count);
        Assert.Equal(40, (await RecallAsync("sharpen", q => q with { Limit = 1000 })).Hits.Count);
        foreach (var budget in (int[])[30, 100, 300])
        {
            var result = await RecallAsync("sharpen", q => q with { MaxTokens = budget, Limit = 100 });
            Assert.InRange(result.Tokens, 1, budget);
            Assert.Equal(result.Tokens, result.Hits.Sum(h => (h.Id.Length + h.Title.Length + (h.BestStep?.Summary.Length ?? 0) + 3) / 4));
        }

        foreach (var limit in (int[])[0, -1, 1001])
            Assert.Contains("allowed is 1 to 1000", (await Assert.ThrowsAsync<ArgumentException>(() => RecallAsync("x", q => q with { Limit = limit }))).Message);
        await Assert.ThrowsAsync<ArgumentException>(() => RecallAsync("x", q => q with { MaxTokens = 0 }));
        await Assert.ThrowsAsync<ArgumentException>(() => RecallAsync("x", q => q with { Types = RecallTypes.None }));
    }

    [Fact]
    public async Task What_helped_rises_and_what_hurt_sinks()
    {
        await ImportAsync(Samples.Run(1, "sharpen the grommet"), Samples.Run(2, "sharpen the sprocket", at: Samples.Start.AddMinutes(1)));
        async Task<List<string>> RankedAsync() => [.. (await RecallAsync("sharpen")).Hits.Select(h => h.Id)];
        var before = await RankedAsync();
        var receipt = await RecallAsync("sharpen", q => q with { KeepReceipt = true });
        await _memory.FeedbackAsync(new(receipt.ReceiptId!.Value, true, [before[1]]));
        Assert.Equal([before[1], before[0]], await RankedAsync());
        Assert.True((await RecallAsync("sharpen")).Hits[0].Terms.Single(t => t.Name == "feedback").Contribution > 0);
        await _memory.FeedbackAsync(new(receipt.ReceiptId!.Value, false, [before[1]]));
        Assert.Equal(before, await RankedAsync());

        Assert.Contains("is not among the 2 hits", (await Assert.ThrowsAsync<ArgumentException>(() => _memory.FeedbackAsync(new(receipt.ReceiptId!.Value, true, ["x"])))).Message);
        await Assert.ThrowsAsync<NotFoundException>(() => _memory.FeedbackAsync(new(new(Guid.NewGuid()), true, [])));
        Assert.Equal(0, _memory.LostReceipts);
    }

    [Fact]
    public async Task What_is_recalled_for_an_episode_is_kept_with_it_and_never_the_episode_itself_while_it_runs()
    {
        await ImportAsync(Samples.Run(1, "sharpen the grommet"));
        var id = await _memory.StartAsync("sharpen the grommet again");
        var result = await RecallAsync("sharpen the grommet", q => q with { KeepReceipt = true, Episode = id });
        Assert.Equal([Id(1)], result.Hits.Select(h => h.Id));
        var unknown = await RecallAsync("sharpen the grommet", q => q with { KeepReceipt = true, Episode = Samples.Id(99) });
        Assert.Equal([Id(1)], unknown.Hits.Select(h => h.Id));
        await _memory.CompleteAsync(id, Outcome.Success());
        await _memory.FeedbackAsync(new(unknown.ReceiptId!.Value, true, []));
        Assert.Equal([(result.ReceiptId, "sharpen the grommet")], (await _memory.Store.GetReceiptsAsync(id, 10, CancellationToken.None)).Select(r => ((ReceiptId?)r.Id, r.Query)));
        Assert.Equal([unknown.ReceiptId], (await _memory.Store.GetReceiptsAsync(Samples.Id(99), 10, CancellationToken.None)).Select(r => (ReceiptId?)r.Id));
        Assert.Equal([new RecalledRuns(null, 1, 1)], await _memory.Store.CountRecalledRunsAsync(null, CancellationToken.None));
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("forget")]
    [InlineData("forget many")]
    [InlineData("write")]
    public async Task What_ends_or_removes_an_episode_waits_for_the_receipts_that_are_kept_with_it_and_for_no_other(string call)
    {
        await ImportAsync(Samples.Run(1, "sharpen the grommet"));
        var written = new TaskCompletionSource();
        var isWritten = false;
        var held = FakeProxy.Of<IMemoryStore>((method, arguments) =>
        {
            if (method.Name == nameof(IMemoryStore.SaveReceiptAsync))
                return SaveLaterAsync((Receipt)arguments[0]!);
            if (method.Name is nameof(IMemoryStore.ForgetEpisodeAsync) or nameof(IMemoryStore.WriteBatchAsync))
                Assert.True(isWritten);
            return method.Invoke(_memory.Store, arguments);
        });
        var memory = new AgentMemory(held, _clock);
        var (id, other) = (await memory.StartAsync("one"), await memory.StartAsync("two"));
        await memory.RecallAsync(new() { Text = "grommet", Episode = id });
        await memory.CompleteAsync(other, Outcome.Success()).WaitAsync(Eventually.Patience);
        var waiting = call switch
        {
            "complete" => memory.CompleteAsync(id, Outcome.Success()),
            "forget" => memory.ForgetAsync(id),
            "forget many" => memory.ForgetAsync([id]),
            _ => memory.WriteAsync(new() { Forgotten = [id] }),
        };
        Assert.False(waiting.IsCompleted);
        written.SetResult();
        await waiting;
        Assert.Equal(call == "complete" ? 1 : 0, (await memory.Store.GetReceiptsAsync(id, 10, CancellationToken.None)).Count);
        Assert.Equal(call == "complete" ? 1 : 0, (await memory.Store.GetStatisticsAsync(CancellationToken.None)).Receipts);
        Assert.Equal(call == "complete" ? [new RecalledRuns(null, 1, 1)] : [], await memory.Store.CountRecalledRunsAsync(null, CancellationToken.None));

        async Task SaveLaterAsync(Receipt receipt)
        {
            await written.Task;
            await _memory.Store.SaveReceiptAsync(receipt, CancellationToken.None);
            isWritten = true;
        }
    }

    [Fact]
    public async Task What_came_out_of_the_memory_is_kept_but_neither_found_nor_learned()
    {
        var id = await _memory.StartAsync("a task");
        await _memory.LogAsync(id, [Step.ToolCall("recall", "grommet", "grommet") with { FromMemory = true }, Step.ToolCall("LIST")]);
        await _memory.CompleteAsync(id, Outcome.Success());
        Assert.Equal("grommet", (await _memory.GetAsync(id)).Steps[0].Observation);
        Assert.Empty((await RecallAsync("grommet", q => q with { Types = RecallTypes.Episode | RecallTypes.Step })).Hits);
        var patterns = await _memory.Store.ListPatternsAsync(new() { MinSupport = 0, Limit = int.MaxValue }, CancellationToken.None);
        Assert.NotEmpty(patterns);
        Assert.DoesNotContain(patterns, p => p.Action.Contains("recall") || p.Condition.Contains("recall"));
    }

    [Fact]
    public async Task Shared_circumstances_and_recency_raise()
    {
        await ImportAsync(
            Samples.Run(1, "sharpen the grommet", domain: "a", tags: ["x"], at: Samples.Start),
            Samples.Run(2, "sharpen the sprocket", domain: "b", tags: ["y"], at: Samples.Start.AddDays(-60)));
        Assert.Equal([Id(1), Id(2)], (await RecallAsync("sharpen")).Hits.Select(h => h.Id));
        var recency = (await RecallAsync("sharpen")).Hits.Select(h => h.Terms.Single(t => t.Name == "recency").Value).ToList();
        Assert.Equal(recency[0] / 4, recency[1], 12); // two half-lives of 30 days
        Assert.Equal(Id(2), (await RecallAsync("sharpen", q => q with { Context = new() { Tags = ["y"] } })).Hits[0].Id);
        Assert.Equal(Id(2), (await RecallAsync("sharpen", q => q with { Context = new() { Domain = "b" } })).Hits[0].Id);
        Assert.Equal(2, (await RecallAsync("sharpen", q => q with { Context = new() { Domain = "none", Tags = ["none"], Language = "none" } })).Hits.Count);
    }

    [Fact]
    public async Task A_word_that_was_asked_for_in_vain_finds_the_next_episode_that_has_it()
    {
        await ImportAsync(Enumerable.Range(0, 50).Select(i => Samples.Run(i, $"task {i}")));
        Assert.Empty((await RecallAsync("grommet")).Hits);
        await ImportAsync(Samples.Run(100, "grommet"));
        Assert.Equal([Id(100)], (await RecallAsync("grommet")).Hits.Select(h => h.Id));
        await ImportAsync(Samples.Run(101, "other", "grommet"));
        Assert.Equal(2, (await RecallAsync("grommet")).Hits.Count);
    }

    [Fact]
    public async Task No_credential_reaches_the_store()
    {
        const string secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
        var id = await _memory.StartAsync($"use {secret}", metadata: new Dictionary<string, string> { ["k"] = secret });
        await _memory.LogAsync(id, [Step.ToolCall("t", secret, secret) with { Text = secret }, Step.Message("user", secret)]);
        await _memory.CheckpointAsync(id, secret, secret);
        var imported = Samples.Run(1, secret, outcome: Outcome.Success(secret)) with { Steps = [Step.Message("user", secret)] };
        await ImportAsync(imported);
        await _memory.RelateAsync(new(id, RelationshipKind.Related, imported.Id, secret));
        await _memory.CompleteAsync(id, Outcome.Failure(secret));
        await RecallAsync(secret, q => q with { KeepReceipt = true });
        await _memory.FeedbackAsync(new((await RecallAsync("redacted", q => q with { KeepReceipt = true, IncludeFailed = true })).ReceiptId!.Value, true, []));

        var database = IStoreDecorator.Find<SqlMemoryStore>(_memory.Store)!.Database;
        var tables = new List<string>();
        await database.ReadAsync([new("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_index%'", [], row => tables.Add(row.GetString(0)))], CancellationToken.None);
        foreach (var table in tables)
        {
            var columns = new List<string>();
            await database.ReadAsync([new("SELECT name FROM pragma_table_info(?1)", [table], row => columns.Add(row.GetString(0)))], CancellationToken.None);
            foreach (var column in columns)
                await database.ReadAsync([new($"SELECT 1 FROM {table} WHERE instr({column}, ?1)", [secret], _ => Assert.Fail($"{table}.{column} holds the secret"))], CancellationToken.None);
        }
    }

    private static string Id(int number) => Samples.Id(number).ToString();

    private Task<ImportCounts> ImportAsync(params IEnumerable<Episode> episodes) => _memory.ImportAsync(episodes);

    private Task<RecallResult> RecallAsync(string text, Func<RecallQuery, RecallQuery>? with = null)
    {
        var query = new RecallQuery { Text = text, KeepReceipt = false };
        return _memory.RecallAsync(with is null ? query : with(query));
    }
}
