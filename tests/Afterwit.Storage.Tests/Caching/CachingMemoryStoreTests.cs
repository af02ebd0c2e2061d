using Afterwit.Storage.Tests.Databases;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>What the cache promises, with a store behind it that can be stopped and looked at.</summary>
public sealed class CachingMemoryStoreTests : IAsyncLifetime, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly List<string> _calls = [];
    private SqlMemoryStore _sql = null!;
    private CachingMemoryStore _store = null!;
    private Func<string, Task> _before = _ => Task.CompletedTask;

    public Task InitializeAsync() => OpenAsync();

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_ended_gives_its_memory_back_though_nobody_writes_or_asks()
    {
        var time = new FakeTime();
        await using var store = await CachedStore.OpenAsync(SqliteDatabase.Open(SqliteDatabase.InMemory), new(), time);
        for (var i = 1; i <= 500; i++)
        {
            await store.StartEpisodeAsync(new() { Id = Samples.Id(i), Task = "a task", StartedAt = Samples.Start }, CancellationToken.None);
            await store.GetEpisodeAsync(Samples.Id(i), CancellationToken.None);
        }

        Assert.True(store.Bytes > 0);
        time.Advance(TimeSpan.FromSeconds(400));
        Assert.Equal(0, store.Bytes);
    }

    [Fact]
    public async Task A_hit_is_the_same_task_and_allocates_nothing()
    {
        await ImportAsync(Samples.Run(1, "task"));
        await using var memory = new AgentMemory(_store, _clock);
        var first = _store.GetEpisodeAsync(Samples.Id(1), None);
        await first;
        Assert.Same(first, _store.GetEpisodeAsync(Samples.Id(1), None));
        Assert.Same(first, memory.GetAsync(Samples.Id(1)));
        var id = Samples.Id(1);
        // Once the code is compiled to its end.
        await Eventually.IsTrueAsync(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1_000; i++)
                _ = memory.GetAsync(id);
            return Task.FromResult(GC.GetAllocatedBytesForCurrentThread() == before);
        });
    }

    [Fact]
    public async Task A_thousand_callers_make_one_read_and_one_who_gives_up_leaves_it_to_the_others()
    {
        await ImportAsync([.. Enumerable.Range(0, 100).Select(n => Samples.Run(n, "task"))]); // too many to be kept at once
        var gate = Gate("GetEpisodeAsync");
        using var impatient = new CancellationTokenSource();
        var first = _store.GetEpisodeAsync(Samples.Id(1), impatient.Token);
        var others = Enumerable.Range(0, 1_000).Select(_ => _store.GetEpisodeAsync(Samples.Id(1), None)).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();
        Assert.All(await Task.WhenAll(others), e => Assert.Equal(Samples.Id(1), e!.Id));
        Assert.Equal(1, _calls.Count(c => c == "GetEpisodeAsync"));
        Assert.Equal(1, _store.Of("episode").Loads);
    }

    [Fact]
    public async Task A_load_that_fails_fails_for_all_and_is_not_kept()
    {
        await ImportAsync([.. Enumerable.Range(0, 100).Select(n => Samples.Run(n, "task"))]);
        var gate = Gate("GetEpisodeAsync");
        var waiting = Enumerable.Range(0, 10).Select(_ => _store.GetEpisodeAsync(Samples.Id(1), None)).ToList();
        gate.SetException(new DatabaseException("it broke"));
        foreach (var task in waiting)
            Assert.Equal("it broke", (await Assert.ThrowsAsync<DatabaseException>(() => task)).Message);
        _before = _ => Task.CompletedTask;
        Assert.NotNull(await _store.GetEpisodeAsync(Samples.Id(1), None));
    }

    [Fact]
    public async Task A_load_that_began_before_a_write_never_puts_the_old_value_back()
    {
        await ImportAsync([.. Enumerable.Range(0, 100).Select(n => Samples.Run(n, "old"))]);
        var gate = new TaskCompletionSource();
        // The old value is read, and then held on to.
        _after = name => name == "GetEpisodeAsync" ? gate.Task : Task.CompletedTask;
        var late = _store.GetEpisodeAsync(Samples.Id(1), None);
        _after = _ => Task.CompletedTask;
        await ImportAsync([Samples.Run(1, "new"), .. Enumerable.Range(200, 100).Select(n => Samples.Run(n, "other"))]);
        var after = _store.GetEpisodeAsync(Samples.Id(1), None);
        Assert.Equal("new", (await after)!.Task);
        gate.SetResult();
        Assert.Equal("old", (await late)!.Task); // it was asked for before the write
        Assert.Equal("new", (await _store.GetEpisodeAsync(Samples.Id(1), None))!.Task);
    }

    [Fact]
    public async Task A_write_that_fails_may_have_been_kept_so_nothing_older_is_given()
    {
        await ImportAsync(Samples.Run(1, "old"));
        Assert.Equal("old", (await _store.GetEpisodeAsync(Samples.Id(1), None))!.Task);
        _after = name => name == "WriteBatchAsync" ? throw new DatabaseException("the answer was lost") : Task.CompletedTask;
        await Assert.ThrowsAsync<DatabaseException>(() => ImportAsync(Samples.Run(1, "new")));
        Assert.Equal("new", (await _store.GetEpisodeAsync(Samples.Id(1), None))!.Task);
    }

    [Fact]
    public async Task What_a_write_leaves_is_known_exactly_without_a_read()
    {
        var everything = Samples.Everything();
        await ImportAsync(everything, Samples.Run(2, "task", "LIST OPEN!gone EDIT"));
        var odd = new Episode { Id = Samples.Id(9), Task = $"task {Samples.Odd}", StartedAt = Samples.Start.AddTicks(7), Context = new() { Tags = ["b", "a", "b"] }, Metadata = new Dictionary<string, string> { ["k"] = Samples.Odd } };
        await _store.StartEpisodeAsync(odd, None);
        await SameAsReadAsync(Samples.Id(0), Samples.Id(2), odd.Id);
        await _store.AppendStepsAsync(odd.Id, [Step.ToolCall("LIST") with { Latency = TimeSpan.FromTicks(12_345_678), At = Samples.Start.AddTicks(3) }], None);
        var running = (await _store.GetEpisodeAsync(odd.Id, None))!;
        await _store.CompleteEpisodeAsync(Samples.Learn(running with { Outcome = new(EpisodeStatus.Partial, Samples.Odd, 0.3), EndedAt = Samples.Start.AddTicks(99_999) }), None);
        await SameAsReadAsync(odd.Id);

        async Task SameAsReadAsync(params EpisodeId[] ids)
        {
            foreach (var id in ids)
            {
                var calls = _calls.Count;
                var kept = await _store.GetEpisodeAsync(id, None);
                Assert.Equal(calls, _calls.Count);
                Samples.AssertSame((await _sql.GetEpisodeAsync(id, None))!, kept);
            }
        }
    }

    [Fact]
    public async Task Steps_lengthen_what_is_kept_and_need_no_read()
    {
        var running = Samples.Run(1, "task") with { Outcome = null, SourceId = null, Steps = [] };
        await _store.StartEpisodeAsync(running, None);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _store.AppendStepsAsync(running.Id, [Step.ToolCall("log", $"{i}"), Step.Message("agent", $"{i}")], None)));
        for (var i = 0; i < 20; i++)
            await _store.AppendStepsAsync(running.Id, [Step.ToolCall("more", $"{i}") with { Latency = TimeSpan.FromMilliseconds(1.5) }], None);
        Samples.AssertSame((await _sql.GetEpisodeAsync(running.Id, None))!, (await _store.GetEpisodeAsync(running.Id, None))!);

        // One after the other, nothing has to be read; together, whoever hears of its steps out of turn leaves the next to read.
        await _store.GetEpisodeAsync(running.Id, None);
        _calls.Clear();
        for (var i = 0; i < 20; i++)
        {
            await _store.AppendStepsAsync(running.Id, [Step.ToolCall("last", $"{i}")], None);
            Assert.Equal(61 + i, (await _store.GetEpisodeAsync(running.Id, None))!.Steps.Count);
        }

        Assert.DoesNotContain("GetEpisodeAsync", _calls);
        Samples.AssertSame((await _sql.GetEpisodeAsync(running.Id, None))!, (await _store.GetEpisodeAsync(running.Id, None))!);

        // What another process logged in between is behind what is kept: it is not lengthened.
        await _sql.AppendStepsAsync(running.Id, [Step.ToolCall("foreign")], None);
        await _store.AppendStepsAsync(running.Id, [Step.ToolCall("own")], None);
        Assert.Equal(["foreign", "own"], (await _store.GetEpisodeAsync(running.Id, None))!.Steps.TakeLast(2).Select(s => s.Tool));
    }

    [Fact]
    public async Task Text_that_is_not_unicode_is_read_again_as_it_was_stored()
    {
        await _store.StartEpisodeAsync(new() { Id = Samples.Id(1), Task = "lone \uD800", StartedAt = Samples.Start }, None);
        Assert.Equal((await _sql.GetEpisodeAsync(Samples.Id(1), None))!.Task, (await _store.GetEpisodeAsync(Samples.Id(1), None))!.Task);
    }

    [Fact]
    public async Task A_write_to_one_domain_leaves_what_was_asked_of_another()
    {
        await ImportAsync(Samples.Run(1, "fix the parser", domain: "code"), Samples.Run(2, "book a flight", domain: "air"));
        await using var memory = new AgentMemory(_store, _clock);
        async Task AskAsync()
        {
            await _store.ListEpisodesAsync(new() { Domain = "air" }, None);
            await _store.ListPatternsAsync(new() { Domain = "air" }, None);
            await _store.FindCandidatesAsync(new() { Terms = ["flight"], Domain = "air" }, None);
            await memory.AdviseAsync(new() { Task = "book a flight", Domain = "air", Tools = ["LIST"] });
        }

        await AskAsync();
        var before = _calls.Count;
        await AskAsync();
        Assert.Equal(before, _calls.Count);
        await ImportAsync(Samples.Run(3, "fix the lexer", domain: "code"));
        var id = await memory.StartAsync("fix the printer", context: new() { Domain = "code" });
        await memory.LogAsync(id, Step.ToolCall("LIST"));
        await memory.CompleteAsync(id, Outcome.Success());
        await memory.ForgetAsync(id);
        before = _calls.Count;
        await AskAsync();
        Assert.Equal(before, _calls.Count);
        await ImportAsync(Samples.Run(4, "book a train", domain: "air"));
        Assert.Equal(2, (await _store.ListEpisodesAsync(new() { Domain = "air" }, None)).Count);
    }

    [Fact]
    public async Task An_episode_that_moves_to_another_domain_leaves_the_lists_of_its_old_one()
    {
        await ImportAsync([.. Enumerable.Range(0, 100).Select(n => Samples.Run(n, "task", domain: "air"))]);
        Assert.Equal(100, (await _store.ListEpisodesAsync(new() { Domain = "air", Limit = 1_000 }, None)).Count);
        await ImportAsync(Samples.Run(1, "task", domain: "code"));
        Assert.Equal(99, (await _store.ListEpisodesAsync(new() { Domain = "air", Limit = 1_000 }, None)).Count);
    }

    [Fact]
    public async Task Logging_a_step_leaves_recalls_and_changes_lists()
    {
        await ImportAsync(Samples.Run(1, "fix the parser"));
        await using var memory = new AgentMemory(_store, _clock);
        var id = await memory.StartAsync("fix the parser again", context: new() { Domain = "code" });
        RecallQuery query = new() { Text = "parser", KeepReceipt = false };
        var first = await memory.RecallAsync(query);
        Assert.Equal(0, (await _store.ListEpisodesAsync(new(), None)).Single(e => e.Id == id).Steps);
        await memory.LogAsync(id, Step.ToolCall("LIST"));
        Assert.Same(first, await memory.RecallAsync(query));
        Assert.Equal(1, (await _store.ListEpisodesAsync(new(), None)).Single(e => e.Id == id).Steps);
        await memory.CompleteAsync(id, Outcome.Success());
        Assert.Contains((await memory.RecallAsync(query)).Hits.SelectMany(h => h.Similar.Append(h.Id)), h => h == id.ToString());
    }

    [Fact]
    public async Task Of_a_recall_of_steps_only_the_result_is_kept()
    {
        await ImportAsync([.. Enumerable.Range(0, 50).Select(n => Samples.Run(n, $"fix parser {n}"))]);
        await using var memory = new AgentMemory(_store, _clock);
        var before = _store.Statistics;
        RecallQuery query = new() { Text = "LIST", Types = RecallTypes.Step, KeepReceipt = false };
        var first = await memory.RecallAsync(query);
        Assert.NotEmpty(first.Hits);
        Assert.Equal(before.Entries + 1, _store.Statistics.Entries);
        Assert.Same(first, await memory.RecallAsync(query));
    }

    [Fact]
    public async Task Each_recall_has_a_receipt_of_its_own_and_feedback_changes_the_next()
    {
        await ImportAsync(Samples.Run(1, "fix the parser"), Samples.Run(2, "mend the parser now"));
        await using var memory = new AgentMemory(_store, _clock);
        var first = await memory.RecallAsync(new() { Text = "parser" });
        var second = await memory.RecallAsync(new() { Text = "parser", Episode = Samples.Id(7) });
        Assert.NotEqual(first.ReceiptId, second.ReceiptId);
        Assert.Equal(1, _store.Of("results").Hits);
        var other = await memory.RecallAsync(new() { Text = "parser", Episode = Samples.Id(8) });
        Assert.Equal(2, _store.Of("results").Hits);
        await memory.FeedbackAsync(new(first.ReceiptId!.Value, true, []));
        Assert.Equal([second.ReceiptId], (await _store.GetReceiptsAsync(Samples.Id(7), 10, None)).Select(r => (ReceiptId?)r.Id));
        Assert.Equal([other.ReceiptId], (await _store.GetReceiptsAsync(Samples.Id(8), 10, None)).Select(r => (ReceiptId?)r.Id));
        await memory.FeedbackAsync(new(second.ReceiptId!.Value, true, [second.Hits[^1].Id]));
        var third = await memory.RecallAsync(new() { Text = "parser" });
        Assert.NotEqual(second.Hits.Single(h => h.Id == second.Hits[^1].Id).Score, third.Hits.Single(h => h.Id == second.Hits[^1].Id).Score);
    }

    [Fact]
    public async Task Results_and_absences_end_with_their_time()
    {
        await ImportAsync(Samples.Run(1, "task"));
        await _store.ListEpisodesAsync(new(), None);
        Assert.Null(await _store.GetEpisodeAsync(Samples.Id(5), None));
        Assert.Null(await _store.GetEpisodeAsync(Samples.Id(5), None));
        Assert.Equal(1, _store.Of("episode").Absent);
        var before = _calls.Count;
        _clock.Now = _clock.Now.AddSeconds(6);
        Assert.Null(await _store.GetEpisodeAsync(Samples.Id(5), None));
        await _store.ListEpisodesAsync(new(), None);
        Assert.Equal(before + 1, _calls.Count);
        _clock.Now = _clock.Now.AddSeconds(61);
        await _store.ListEpisodesAsync(new(), None);
        Assert.Equal(before + 2, _calls.Count);
    }

    [Fact]
    public async Task Many_items_take_what_is_kept_and_one_call_for_the_rest()
    {
        await ImportAsync([.. Enumerable.Range(0, 100).Select(n => Samples.Run(n, $"task {n}"))]);
        await _store.GetEpisodeAsync(Samples.Id(3), None);
        var before = _calls.Count;
        var many = await _store.GetEpisodesAsync([Samples.Id(2), Samples.Id(3), Samples.Id(500), Samples.Id(4)], None);
        Assert.Equal(["task 2", "task 3", null, "task 4"], many.Select(e => e?.Task));
        Assert.Equal(["GetEpisodesAsync"], _calls[before..]);
        await _store.GetEpisodesAsync([Samples.Id(2), Samples.Id(3), Samples.Id(500), Samples.Id(4)], None);
        Assert.Equal(before + 1, _calls.Count);
    }

    [Fact]
    public async Task What_is_used_is_loaded_again_before_it_ends()
    {
        await ReopenAsync(new() { BaseLifetime = TimeSpan.FromSeconds(60), MaxLifetime = TimeSpan.FromSeconds(100), MinLifetime = TimeSpan.FromSeconds(60) });
        await ImportAsync(Samples.Run(1, "task"));
        for (var i = 0; i < 95; i++)
        {
            _clock.Now = _clock.Now.AddSeconds(1);
            await _store.GetEpisodeAsync(Samples.Id(1), None);
        }

        await Eventually.IsTrueAsync(() => _store.Of("episode").Loads == 1);
        Assert.Equal((1, 0), (_store.Of("episode").Refreshes, _store.Of("episode").Misses));
    }

    [Fact]
    public async Task Traces_of_ended_episodes_outlive_what_a_running_one_logs()
    {
        await ImportAsync(Samples.Run(1, "task"));
        await _store.StartEpisodeAsync(new() { Id = Samples.Id(2), Task = "running", StartedAt = Samples.Start }, None);
        await _store.AppendStepsAsync(Samples.Id(2), [Step.ToolCall("LIST", "{}", "a")], None);
        await _store.GetToolTracesAsync([Samples.Id(1)], None);
        Assert.Single((await _store.GetToolTracesAsync([Samples.Id(1), Samples.Id(2)], None)).Single(t => t.Episode == Samples.Id(2)).Steps);
        await _store.AppendStepsAsync(Samples.Id(2), [Step.ToolCall("OPEN", "{}", "b")], None);
        var before = _calls.Count;
        await _store.GetToolTracesAsync([Samples.Id(1)], None);
        Assert.Equal(before, _calls.Count);
        Assert.Equal(2, (await _store.GetToolTracesAsync([Samples.Id(1), Samples.Id(2)], None)).Single(t => t.Episode == Samples.Id(2)).Steps.Count);
        await ImportAsync(Samples.Run(1, "task", tools: "EDIT"));
        Assert.Equal("EDIT", Assert.Single(Assert.Single(await _store.GetToolTracesAsync([Samples.Id(1)], None)).Steps).Tool);
    }

    [Fact]
    public async Task A_forget_leaves_the_domain_that_another_write_just_moved_the_episode_to()
    {
        await ImportAsync(Samples.Run(1, "task", domain: "air"));
        var gate = Gate("ForgetEpisodeAsync");
        var forgetting = _store.ForgetEpisodeAsync(Samples.Id(1), None);
        await ImportAsync(Samples.Run(1, "task", domain: "code"));
        Assert.Single(await _store.ListEpisodesAsync(new() { Domain = "code" }, None));
        gate.SetResult();
        Assert.True(await forgetting);
        Assert.Empty(await _store.ListEpisodesAsync(new() { Domain = "code" }, None));
    }

    [Fact]
    public async Task Of_two_batches_at_once_the_later_leaves_the_domain_that_the_earlier_moved_the_episode_to()
    {
        await ImportAsync(Samples.Run(1, "task", domain: "air"));
        var gate = Gate("WriteBatchAsync");
        var later = ImportAsync(Samples.Run(1, "task", domain: "sea"));
        _before = _ => Task.CompletedTask;
        await ImportAsync(Samples.Run(1, "task", domain: "code"));
        Assert.Single(await _store.ListEpisodesAsync(new() { Domain = "code" }, None));
        Assert.Single((await _store.FindCandidatesAsync(new() { Terms = ["task"], Domain = "code" }, None)).Candidates);
        gate.SetResult();
        await later;
        Assert.Empty(await _store.ListEpisodesAsync(new() { Domain = "code" }, None));
        Assert.Empty((await _store.FindCandidatesAsync(new() { Terms = ["task"], Domain = "code" }, None)).Candidates);
    }

    [Fact]
    public async Task Who_is_told_of_a_part_of_a_batch_reads_what_it_wrote()
    {
        await ImportAsync(Samples.Run(1, "old"), Samples.Run(2, "old"));
        Assert.Equal("old", (await _store.GetEpisodeAsync(Samples.Id(1), None))!.Task);
        var large = new string('a', 7_000_000);
        Episode Large(int n) => Samples.Learn(Samples.Run(n, "new") with { Steps = [Step.ToolCall("T", "x", large) with { Ordinal = 0 }] }).Episode;
        var told = new FakeListener(() => _store.GetEpisodeAsync(Samples.Id(1), None).GetAwaiter().GetResult()!.Task);
        await _store.WriteBatchAsync(new() { Episodes = [Large(1), Large(2)] }, new() { Atomic = false, Progress = told }, None);
        Assert.Equal(["new", "new"], told.Seen);
    }

    [Fact]
    public async Task What_the_store_does_not_keep_of_a_running_episode_is_not_kept_here_either()
    {
        var running = Samples.Learn(Samples.Run(1, "task")).Episode with { Outcome = null, Steps = [] };
        await _store.WriteBatchAsync(new() { Episodes = [running] }, BatchOptions.Default, None);
        Samples.AssertSame((await _sql.GetEpisodeAsync(Samples.Id(1), None))!, await _store.GetEpisodeAsync(Samples.Id(1), None));
    }

    [Fact]
    public async Task A_thousand_callers_who_miss_the_same_items_make_one_read()
    {
        await ImportAsync([.. Enumerable.Range(0, 100).Select(n => Samples.Run(n, "task"))]);
        var gate = Gate("GetEpisodesAsync");
        var all = Enumerable.Range(0, 1_000).Select(_ => _store.GetEpisodesAsync([Samples.Id(1), Samples.Id(2)], None)).ToList();
        gate.SetResult();
        await Task.WhenAll(all);
        Assert.Equal(1, _calls.Count(c => c == "GetEpisodesAsync"));
        await Eventually.IsTrueAsync(() => Task.FromResult(_store.Of("episode").Loads == 2)); // counted when it is kept, behind the answers
    }

    [Fact]
    public async Task Many_items_that_are_used_are_loaded_again_before_they_end()
    {
        await ReopenAsync(new() { BaseLifetime = TimeSpan.FromSeconds(60), MaxLifetime = TimeSpan.FromSeconds(100), MinLifetime = TimeSpan.FromSeconds(60) });
        await ImportAsync(Samples.Run(1, "task"));
        for (var i = 0; i < 95; i++)
        {
            _clock.Now = _clock.Now.AddSeconds(1);
            await _store.GetEpisodesAsync([Samples.Id(1)], None);
        }

        await Eventually.IsTrueAsync(() => _store.Of("episode").Loads == 1);
        Assert.Equal((1, 0), (_store.Of("episode").Refreshes, _store.Of("episode").Misses));
    }

    [Fact]
    public async Task Who_has_given_up_already_reads_nothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.ListEpisodesAsync(new(), new CancellationToken(canceled: true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.GetEpisodesAsync([Samples.Id(1)], new CancellationToken(canceled: true)));
        Assert.Empty(_calls);
    }

    [Fact]
    public async Task A_read_that_all_gave_up_is_given_up_and_the_next_caller_has_one_of_his_own()
    {
        var began = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task<string> HangAsync(CancellationToken token)
        {
            began.SetResult(token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
            return "never";
        }

        using var impatient = new CancellationTokenSource();
        var key = new ResultKey("kind", "text", null, null);
        var first = _store.GetOrComputeAsync(key, HangAsync, impatient.Token);
        var second = _store.GetOrComputeAsync(key, HangAsync, impatient.Token);
        var token = await began.Task;
        Assert.False(token.IsCancellationRequested);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.True(token.IsCancellationRequested);
        Assert.Equal("value", await _store.GetOrComputeAsync(key, _ => Task.FromResult("value"), None));
    }

    [Fact]
    public async Task However_many_hits_there_are_one_look_at_the_database_begins_behind_them()
    {
        await ImportAsync(Samples.Run(1, "task"));
        await _store.GetEpisodeAsync(Samples.Id(1), None);
        for (var round = 1; round <= 5; round++)
        {
            _clock.Now = _clock.Now.AddMilliseconds(600);
            for (var i = 0; i < 20_000; i++)
                _ = _store.GetEpisodeAsync(Samples.Id(1), None);
            await Eventually.IsTrueAsync(() => _store.Statistics.Checks == round + 1);
        }
    }

    private Func<string, Task> _after = _ => Task.CompletedTask;

    private async Task OpenAsync(CacheOptions? options = null)
    {
        var database = SqliteDatabase.Open(_folder["memory.db"]);
        _sql = await SqlMemoryStore.OpenAsync(database, _clock);
        _store = new(Watched(_sql), database, options, _clock);
        await Eventually.IsTrueAsync(() => _store.Statistics.Checks == 1);
    }

    private async Task ReopenAsync(CacheOptions options)
    {
        await _store.DisposeAsync();
        await OpenAsync(options);
    }

    private TaskCompletionSource Gate(string name)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _before = called => called == name ? gate.Task : Task.CompletedTask;
        return gate;
    }

    private IMemoryStore Watched(IMemoryStore inner) => FakeProxy.Of<IMemoryStore>((method, arguments) =>
    {
        lock (_calls)
            _calls.Add(method.Name);
        if (!method.ReturnType.IsGenericType)
            return method.Invoke(inner, arguments);
        return typeof(CachingMemoryStoreTests).GetMethod(nameof(CallAsync), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
            .MakeGenericMethod(method.ReturnType.GenericTypeArguments).Invoke(this, [method.Name, (Func<object?>)(() => method.Invoke(inner, arguments))]);
    });

    private async Task<T> CallAsync<T>(string name, Func<object?> call)
    {
        var after = _after;
        await _before(name);
        var value = await (Task<T>)call()!;
        await after(name);
        return value;
    }

    private Task<ImportCounts> ImportAsync(params IReadOnlyList<Episode> episodes) => _store.ImportEpisodesAsync([.. episodes.Select(Samples.Learn)], None);

    private sealed class FakeListener(Func<string> look) : IProgress<int>
    {
        public List<string> Seen { get; } = [];

        public void Report(int value) => Seen.Add(look());
    }
}
