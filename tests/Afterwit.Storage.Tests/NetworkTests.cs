using System.Text.RegularExpressions;
using Afterwit.Storage.Tests.Databases;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>What the store promises an engine behind a network: few round trips, one behind the other, and statements for many rows that can be sent as one.</summary>
public sealed partial class NetworkTests
{
    [Theory]
    [InlineData("start", 1)]
    [InlineData("log", 1)]
    [InlineData("get", 1)]
    [InlineData("complete", 2)]
    [InlineData("recall", 4)]
    [InlineData("recall steps", 4)]
    [InlineData("recall everything", 6)]
    [InlineData("playbook", 5)]
    [InlineData("advise", 5)]
    [InlineData("resume", 6)]
    [InlineData("get many", 1)]
    [InlineData("patterns", 1)]
    [InlineData("batch", 1)]
    [InlineData("batch of everything new", 1)]
    [InlineData("batch with known", 3)]
    [InlineData("batch changed", 3)]
    [InlineData("forget many", 2)]
    [InlineData("relate", 1)]
    [InlineData("relationships of many", 1)]
    [InlineData("graph", 2)]
    [InlineData("path", 2)]
    [InlineData("import", 2)]
    [InlineData("import again", 1)]
    [InlineData("import changed", 4)]
    [InlineData("feedback", 2)]
    [InlineData("receipts", 1)]
    [InlineData("forget", 2)]
    public async Task A_call_takes_at_most_so_many_round_trips(string call, int trips)
    {
        var network = new FakeNetwork(SqliteDatabase.Open(SqliteDatabase.InMemory));
        var clock = new FakeClock();
        await using var memory = new AgentMemory(await SqlMemoryStore.OpenAsync(network, clock), clock);
        Episode[] stored = [.. Enumerable.Range(1, 20).Select(i => Samples.Run(i, $"sharpen grommet {i}", "LIST OPEN!not_found LIST", i % 3 == 0 ? Outcome.Failure() : Outcome.Success()))];
        await memory.ImportAsync(stored);
        var running = await memory.StartAsync("sharpen the grommet");
        await memory.LogAsync(running, Step.ToolCall("LIST"));
        var receipt = new Receipt(ReceiptId.New(clock), clock.Now, "grommet", 1, []) { Episode = running };
        await memory.Store.SaveReceiptAsync(receipt, CancellationToken.None);
        await memory.RelateAsync(new(running, RelationshipKind.Follows, stored[1].Id));
        await memory.RelateAsync(new(stored[1].Id, RelationshipKind.Parent, stored[2].Id));
        var query = new RecallQuery { Text = "grommet", KeepReceipt = false };
        Episode[] fresh = [.. Enumerable.Range(200, 100).Select(i => Samples.Run(i, "new"))];
        PatternId[] patterns = [.. (await memory.Store.ListPatternsAsync(new() { MinSupport = 0, Limit = 9 }, CancellationToken.None)).Select(p => p.Id)];
        Func<Task> operation = call switch
        {
            "start" => () => memory.StartAsync("another"),
            "log" => () => memory.LogAsync(running, Samples.Steps("A B C")),
            "get" => () => memory.GetAsync(running),
            "complete" => () => memory.CompleteAsync(running, Outcome.Success()),
            "recall" => async () => Assert.Contains((await memory.RecallAsync(query)).Hits, h => h.Related.Count > 0),
            "recall steps" => async () => Assert.NotEmpty((await memory.RecallAsync(query with { Text = "not found", Types = RecallTypes.Step })).Hits),
            "recall everything" => async () => Assert.NotEmpty((await memory.RecallAsync(query with { Types = RecallTypes.Episode | RecallTypes.Step | RecallTypes.Pattern | RecallTypes.Playbook })).Hits),
            "playbook" => async () => Assert.NotNull(await memory.PlaybookAsync(query)),
            "advise" => async () => Assert.Contains((await memory.AdviseAsync(new() { Task = "grommet" })).Next, s => s.Evidence.Count > 0),
            "resume" => () => memory.ResumeAsync(running),
            "get many" => async () => Assert.Equal(20, (await memory.GetAsync([.. stored.Select(e => e.Id)])).Count(e => e is not null)),
            "patterns" => async () => Assert.All(await memory.Store.GetPatternsAsync(patterns, CancellationToken.None), Assert.NotNull),
            "batch" => () => memory.WriteAsync(new() { Episodes = fresh }),
            "batch of everything new" => () => memory.WriteAsync(new() { Episodes = fresh, Relationships = [new(fresh[0].Id, RelationshipKind.Follows, fresh[1].Id)], Retired = [new(patterns[0], true)] }),
            "batch with known" => () => memory.WriteAsync(new() { Episodes = [.. stored, .. fresh] }),
            "batch changed" => () => memory.WriteAsync(new() { Episodes = [.. stored.Select(e => e with { Task = "changed" })] }),
            "forget many" => () => memory.ForgetAsync([.. stored.Select(e => e.Id)]),
            "relate" => () => memory.RelateAsync(new(running, RelationshipKind.Blocks, stored[0].Id)),
            "relationships of many" => () => memory.Store.GetRelationshipsAsync([.. stored.Select(e => e.Id)], CancellationToken.None),
            "graph" => async () => Assert.Equal(3, (await memory.GraphAsync(new() { From = running, MaxHops = 3 })).Nodes.Count),
            "path" => async () => Assert.Equal(2, (await memory.PathAsync(new() { From = stored[2].Id, MaxHops = 3 }, running)).Edges.Count),
            "import" => () => memory.ImportAsync(Enumerable.Range(30, 100).Select(i => Samples.Run(i, "new"))),
            "import again" => () => memory.ImportAsync(stored),
            "import changed" => () => memory.ImportAsync(stored.Select(e => e with { Task = "changed" })),
            "receipts" => async () => Assert.Single(await memory.Store.GetReceiptsAsync(running, 50, CancellationToken.None)),
            "feedback" => () => memory.FeedbackAsync(new(receipt.Id, true, [])),
            _ => () => memory.ForgetAsync(stored[0].Id),
        };
        Assert.Equal(trips, await network.TripsAsync(operation));
    }

    [Fact]
    public async Task A_recall_whose_terms_are_known_counts_them_anew_when_the_memory_has_grown()
    {
        var network = new FakeNetwork(SqliteDatabase.Open(SqliteDatabase.InMemory));
        await using var store = await SqlMemoryStore.OpenAsync(network, new FakeClock());
        Task ImportAsync(int first, int count) => store.ImportEpisodesAsync([.. Enumerable.Range(first, count).Select(i => Samples.Learn(Samples.Run(i, "sharpen a grommet")))], CancellationToken.None);
        async Task<double> WeightAsync(string also) =>
            (await store.FindCandidatesAsync(new() { Terms = ["grommet", also] }, CancellationToken.None)).Terms.Single(t => t.Text == "grommet").TaskWeight;
        await ImportAsync(0, 5);
        Assert.Equal(Bm25.Idf(5, 5), await WeightAsync("unheard"));
        await ImportAsync(5, 4);
        Assert.Equal(Bm25.Idf(9, 5), await WeightAsync("unheard")); // about the same size: the count is remembered
        await ImportAsync(9, 100);
        Assert.Equal(Bm25.Idf(109, 109), await WeightAsync("sharpen"));
        Assert.Equal(3, await network.TripsAsync(() => WeightAsync("sharpen")));
    }

    [Fact]
    public async Task A_statement_for_many_rows_is_an_insert_of_values_or_changes_what_is_there()
    {
        var recorder = new FakeRecorder(SqliteDatabase.Open(SqliteDatabase.InMemory));
        var clock = new FakeClock();
        await using (var memory = new AgentMemory(await SqlMemoryStore.OpenAsync(recorder, clock), clock))
        {
            Episode[] stored = [.. Enumerable.Range(1, 9).Select(i => Samples.Run(i, "sharpen", "LIST OPEN!not_found LIST", i % 3 == 0 ? Outcome.Failure() : null, new(Agent: "a"), tags: ["t", "u"]) with
            {
                Metadata = new Dictionary<string, string> { ["k"] = "v", ["l"] = "w" },
            })];
            await memory.ImportAsync(stored);
            await memory.ImportAsync(stored.Select(e => e with { Task = "sharpen anew" }));
            var id = await memory.StartAsync("more", context: new() { Tags = ["a", "b"] });
            await memory.LogAsync(id, Samples.Steps("LIST OPEN EDIT"));
            await memory.CompleteAsync(id, Outcome.Success());
            var result = await memory.RecallAsync(new() { Text = "sharpen", Types = RecallTypes.Episode | RecallTypes.Step });
            await memory.FeedbackAsync(new(result.ReceiptId!.Value, true, [.. result.Hits.Select(h => h.Id)]));
            await memory.ForgetAsync(Samples.Id(1));
        }

        var many = recorder.Commands.Where(c => c.Rows.Count > 1 && !c.Sql.Contains("RETURNING key", StringComparison.Ordinal)).Select(c => c.Sql).Distinct().ToList();
        Assert.True(many.Count >= 15, $"only {many.Count} statements had many rows");
        Assert.All(many, sql => Assert.Matches(ManyRows(), sql));
    }

    [GeneratedRegex(@"^\s*((UPDATE|DELETE)\b|INSERT INTO \w+\([\w, ]+\)\s+VALUES \()", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ManyRows();
}
