namespace Afterwit.Storage;

/// <summary>A statement that the store issues, with arguments that it was issued with.</summary>
/// <param name="Operation">The member of the port that issued it first.</param>
/// <param name="Sql">The text.</param>
/// <param name="Arguments">Values for its parameters.</param>
/// <param name="IsRead">Whether it only reads.</param>
internal sealed record IssuedStatement(string Operation, string Sql, SqlValue[] Arguments, bool IsRead);

/// <summary>
/// Every statement that the store issues: found by calling each member of the port on an empty memory, in all of its forms, and listening at <see cref="IDatabase"/>. So the list cannot
/// fall behind the code.
/// </summary>
internal static class StatementCatalogue
{
    /// <summary>The operation that counts everything: reading indexes whole is what it is for.</summary>
    public const string Counting = "stats";

    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>Collects them.</summary>
    public static async Task<IReadOnlyList<IssuedStatement>> CollectAsync()
    {
        var listener = new Listener(SqliteDatabase.Open(SqliteDatabase.InMemory));
        var store = await SqlMemoryStore.OpenAsync(listener).ConfigureAwait(false);
        await using var closed = store.ConfigureAwait(false);
        listener.Forget(); // what opening does is done once
        await foreach (var operation in RunAsync(store).ConfigureAwait(false))
            listener.NameThem(operation);
        return [.. listener.Issued.Values];
    }

    private static async IAsyncEnumerable<string> RunAsync(SqlMemoryStore store)
    {
        var at = DateTimeOffset.UnixEpoch;
        var (first, second) = (Run("first", true), Run("second", false));
        var running = first with { Id = EpisodeId.FromSource("running"), SourceId = null, Outcome = null };

        await store.StartEpisodeAsync(running with { Steps = [] }, None).ConfigureAwait(false);
        yield return "start";
        await store.AppendStepsAsync(running.Id, first.Steps, None).ConfigureAwait(false);
        await store.AppendStepsAsync(running.Id, [], None).ConfigureAwait(false);
        yield return "log";
        await store.SaveCheckpointAsync(running.Id, at, "note", "state", None).ConfigureAwait(false);
        await store.GetCheckpointsAsync(running.Id, None).ConfigureAwait(false);
        yield return "checkpoint";
        await store.CompleteEpisodeAsync(Learned(running with { Outcome = Outcome.Success() }), None).ConfigureAwait(false);
        yield return "complete";
        await store.WriteBatchAsync(new() { Episodes = [first, second] }, BatchOptions.Default, None).ConfigureAwait(false);
        await store.WriteBatchAsync(new() { Episodes = [first with { Task = "another task" }] }, BatchOptions.Default, None).ConfigureAwait(false);
        await store.FindUnchangedAsync([first], None).ConfigureAwait(false);
        yield return "batch";

        await store.GetEpisodeAsync(first.Id, None).ConfigureAwait(false);
        await store.GetEpisodesAsync([first.Id, second.Id], None).ConfigureAwait(false);
        await store.GetStepsAsync([new(first.Id, 0), new(second.Id, 1)], None).ConfigureAwait(false);
        await store.GetToolTracesAsync([first.Id], None).ConfigureAwait(false);
        yield return "get";
        foreach (var filter in Filters(at))
            await store.ListEpisodesAsync(filter, None).ConfigureAwait(false);
        yield return "list";
        foreach (var query in Searches(at))
            await store.FindCandidatesAsync(query, None).ConfigureAwait(false);
        yield return "recall";

        foreach (var filter in (PatternFilter[])[new(), new() { Domain = "d" }, new() { Kind = PatternKind.ToolSequence }, new() { Domain = "d", Kind = PatternKind.ToolSequence, IncludeRetired = true }])
            await store.ListPatternsAsync(filter, None).ConfigureAwait(false);
        var pattern = (await store.ListPatternsAsync(new() { MinSupport = 0 }, None).ConfigureAwait(false))[0].Id;
        await store.GetPatternAsync(pattern, None).ConfigureAwait(false);
        await store.GetPatternsAsync([pattern, pattern], None).ConfigureAwait(false);
        await store.FindPatternsAsync([1, 2], None).ConfigureAwait(false);
        await store.FindPatternsAsync([pattern], None).ConfigureAwait(false);
        await store.GetEvidenceAsync([pattern], Scope.Any, None).ConfigureAwait(false);
        await store.RetirePatternAsync(pattern, true, None).ConfigureAwait(false);
        yield return "patterns";
        await store.Database.ReadAsync(new HotItems(store.Payloads).Queries, None).ConfigureAwait(false);
        yield return "warm start";

        var receipt = new Receipt(ReceiptId.New(TimeProvider.System), at, "query", 1, [new(RecallTypes.Episode, first.Id.ToString(), 1, [new("text", 1, 1)])]) { Episode = second.Id };
        await store.SaveReceiptAsync(receipt, None).ConfigureAwait(false);
        await store.GetReceiptAsync(receipt.Id, None).ConfigureAwait(false);
        await store.GetReceiptsAsync(second.Id, 50, None).ConfigureAwait(false);
        await store.CountRecalledRunsAsync("d", None).ConfigureAwait(false);
        await store.SaveFeedbackAsync(new(receipt.Id, true, [first.Id.ToString()]), at, None).ConfigureAwait(false);
        yield return "feedback";

        foreach (var kind in Enum.GetValues<RelationshipKind>())
            await store.RelateAsync(new(first.Id, kind, second.Id, "note"), at, None).ConfigureAwait(false);
        await store.GetRelationshipsAsync(first.Id, None).ConfigureAwait(false);
        await store.GetRelationshipsAsync([first.Id, second.Id], None).ConfigureAwait(false);
        await store.UnrelateAsync(first.Id, RelationshipKind.Related, second.Id, None).ConfigureAwait(false);
        yield return "relate";
        foreach (var direction in Enum.GetValues<EdgeDirection>())
        {
            await store.GetRelatedAsync(new() { From = first.Id, Direction = direction, MaxHops = 3 }, None).ConfigureAwait(false);
            await store.FindPathAsync(new() { From = first.Id, Direction = direction, MaxHops = 3, Kinds = [RelationshipKind.Parent] }, second.Id, None).ConfigureAwait(false);
        }

        await store.GetRelatedAsync([first.Id, second.Id], 3, None).ConfigureAwait(false);
        yield return "graph";

        var vector = new Embedding(first.Id, "m", new float[] { 1, 2 });
        await store.WriteBatchAsync(new() { Embeddings = [vector, vector with { Episode = second.Id }] }, BatchOptions.Default, None).ConfigureAwait(false);
        await store.GetEmbeddingsAsync([first.Id], "m", None).ConfigureAwait(false);
        await store.FindNearestAsync(new() { Embedding = new("m", vector.Vector) }, None).ConfigureAwait(false);
        await store.FindNearestAsync(new() { Embedding = new("m", vector.Vector), Scope = new("p", "a", "u", "r"), Domain = "d", IncludeFailed = true }, None).ConfigureAwait(false);
        yield return "embeddings";

        var third = Run("third", true);
        await store.WriteBatchAsync(
            new()
            {
                Episodes = [third, second with { Task = "changed" }],
                Embeddings = [vector with { Episode = third.Id }],
                Relationships = [new(third.Id, RelationshipKind.Follows, second.Id)],
                Retired = [new(pattern, false)],
                Unrelated = [new(first.Id, RelationshipKind.Blocks, second.Id)],
                RemovedEmbeddings = [new(second.Id, "m")],
                Forgotten = [first.Id],
            },
            BatchOptions.Default, None).ConfigureAwait(false);
        yield return "batch of everything";

        await store.GetStatisticsAsync(None).ConfigureAwait(false);
        await store.CountRecalledRunsAsync(null, None).ConfigureAwait(false);
        yield return Counting;
        await store.ForgetEpisodeAsync(second.Id, None).ConfigureAwait(false);
        yield return "forget";
    }

    private static Episode Run(string name, bool success) => new()
    {
        Id = EpisodeId.FromSource(name),
        SourceId = name,
        Task = $"{name}: rename the column",
        Scope = new("p", "a", "u", "r"),
        Context = new() { Domain = "d", Language = "l", Framework = "f", Complexity = "c", Tags = ["t"] },
        Metadata = new Dictionary<string, string> { ["k"] = "v" },
        StartedAt = DateTimeOffset.UnixEpoch,
        Outcome = success ? Outcome.Success("done") : Outcome.Failure("not done"),
        Steps = [Step.ToolCall("list", "tables", "players") with { Ordinal = 0 }, Step.ToolCall("rename", "column", "not found", isError: true) with { Ordinal = 1 }],
    };

    private static LearnedEpisode Learned(Episode episode) => new(episode, Learner.Observe(episode));

    private static IEnumerable<EpisodeFilter> Filters(DateTimeOffset at) =>
    [
        new(), new() { Scope = new(Project: "p") }, new() { Scope = new(Agent: "a") }, new() { Scope = new(User: "u") }, new() { Scope = new(Run: "r") }, new() { Domain = "d" },
        new() { Status = EpisodeStatus.Running }, new() { Tag = "t" }, new() { Metadata = new("k", "v") }, new() { Since = at, Until = at }, new() { Domain = "d", Since = at }, new() { After = new(at, new(Guid.Empty)) },
        new() { Domain = "d", Tag = "t", Status = EpisodeStatus.Succeeded, Metadata = new("k", "v"), Scope = new("p", "a", "u", "r"), Since = at, Until = at },
    ];

    private static IEnumerable<CandidateQuery> Searches(DateTimeOffset at) =>
    [
        new() { Terms = ["renam", "column"], Tags = ["t"] }, new() { Terms = ["renam", "column"], IncludeFailed = true, Scope = new("p"), Domain = "d" },
        new() { Terms = ["renam"], IncludeFailed = true, Since = at, Tags = ["t"] }, new() { Terms = ["list"], BySteps = true, IncludeFailed = true, Until = at },
    ];

    private sealed class Listener(IDatabase inner) : DatabaseDecorator(inner)
    {
        private readonly List<string> _unnamed = [];

        public Dictionary<string, IssuedStatement> Issued { get; } = new(StringComparer.Ordinal);

        public override Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
        {
            foreach (var query in queries)
                Add(query.Sql, query.Arguments, isRead: true);
            return base.ReadAsync(queries, cancellationToken);
        }

        public override Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
        {
            foreach (var command in unitOfWork.Where(c => c is { IsScript: false, Rows.Count: > 0 }))
                Add(command.Sql, command.Rows[0], isRead: false);
            return base.WriteAsync(unitOfWork, cancellationToken);
        }

        public void Forget()
        {
            Issued.Clear();
            _unnamed.Clear();
        }

        /// <summary>Says what the statements since the last time were for.</summary>
        public void NameThem(string operation)
        {
            foreach (var sql in _unnamed)
                Issued[sql] = Issued[sql] with { Operation = operation };
            _unnamed.Clear();
        }

        private void Add(string sql, SqlValue[] arguments, bool isRead)
        {
            if (Issued.TryAdd(sql, new("", sql, arguments, isRead)))
                _unnamed.Add(sql);
        }
    }
}
