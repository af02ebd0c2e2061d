using System.Globalization;
using Afterwit.Storage.Tests.Databases;
using Afterwit.Storage.Tests.Sqlite;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Random operations against the memory and against a dictionary that is trivially right; then both have to say the same.</summary>
public sealed class ModelTests
{
    private const int Operations = 250;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public async Task Random_operations_leave_what_a_dictionary_says(int seed, bool answersAreLost)
    {
        using var folder = new TemporaryFolder();
        var clock = new FakeClock();
        var model = new Dictionary<EpisodeId, Episode>();
        try
        {
            IDatabase database = SqliteDatabase.Open(folder["memory.db"]);
            await using (var memory = new AgentMemory(await SqlMemoryStore.OpenAsync(answersAreLost ? new FakeLostAnswers(database) : database, clock), clock))
            {
                var run = new Run(memory, clock, model, new Random(seed));
                for (var i = 0; i < Operations; i++)
                    await run.StepAsync();
                await run.CompareAsync();
            }

            // What the index holds is what it would hold had only the surviving episodes ever been stored.
            await using (var fresh = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(folder["fresh.db"]), clock))
                await fresh.ImportEpisodesAsync([.. model.Values.Where(e => e.Outcome is not null).Select(Samples.Learn)], CancellationToken.None);
            foreach (var index in (string[])["task_index", "step_index"])
            {
                string[] Vocabulary(string file)
                {
                    OtherWriter.Run(folder[file], $"INSERT INTO {index}({index}) VALUES ('integrity-check')");
                    OtherWriter.Run(folder[file], $"CREATE VIRTUAL TABLE v_{index} USING fts5vocab({index}, row)");
                    return [.. OtherWriter.Read(folder[file], $"SELECT term, doc FROM v_{index} ORDER BY term")];
                }

                Assert.Equal(Vocabulary("fresh.db"), Vocabulary("memory.db"));
            }

            const string totals = "SELECT episodes, steps, task_terms, packs, raw_bytes, stored_bytes FROM totals";
            Assert.Equal(OtherWriter.Read(folder["fresh.db"], totals), OtherWriter.Read(folder["memory.db"], totals));
            Assert.Equal(["ok"], OtherWriter.Read(folder["memory.db"], "PRAGMA integrity_check"));
            Assert.Empty(OtherWriter.Read(folder["memory.db"], "PRAGMA foreign_key_check"));
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException { Message: ['s', 'e', 'e', 'd', ..] })
        {
            Assert.Fail($"seed {seed}: {e}");
        }
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, false)]
    [InlineData(7, true)]
    public async Task Random_operations_behind_a_cache_are_seen_at_once(int seed, bool onServer)
    {
        using var folder = new TemporaryFolder();
        var clock = new FakeClock();
        try
        {
            await using var server = onServer ? await SharedSqld.NewDatabaseAsync() : null;
            await using var network = server is null ? null : new FaultProxy(server.Server);
            IDatabase database = server is null
                ? new FakeLostAnswers(SqliteDatabase.Open(folder["memory.db"]))
                : await LibSqlDatabase.OpenAsync(network!.WsUrl, new() { Namespace = server.Namespace });
            await using var memory = new AgentMemory(await CachedStore.OpenAsync(database), clock);
            var random = new Random(seed);
            var run = new Run(memory, clock, [], random);
            for (var i = 0; i < Operations; i++)
            {
                if (random.Next(10) == 0)
                    network?.CutAfter(random.Next(2) == 0 ? Direction.ToServer : Direction.ToClient, random.Next(200));
                await run.StepAsync();
                if (i % 20 == 0)
                    await run.CompareAsync(); // fills the cache, and finds what it should not have
            }

            await run.CompareAsync();
            Assert.True(((CachingMemoryStore)memory.Store).Statistics.Hits > Operations);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException { Message: ['s', 'e', 'e', 'd', ..] })
        {
            Assert.Fail($"seed {seed}: {e}");
        }
    }

    private sealed class Run(AgentMemory memory, FakeClock clock, Dictionary<EpisodeId, Episode> model, Random random)
    {
        private static readonly string[] Tools = ["LIST", "OPEN", "EDIT", "TEST"];
        private readonly HashSet<string> _gone = [];
        private readonly Dictionary<(EpisodeId From, RelationshipKind Kind, EpisodeId To), string> _edges = [];
        private readonly Dictionary<EpisodeId, (int Helped, int Hurt)> _feedback = [];
        private readonly Dictionary<EpisodeId, string> _words = [];
        private int _next;

        public async Task StepAsync()
        {
            clock.Now = clock.Now.AddSeconds(random.Next(1, 500));
            switch (random.Next(12))
            {
                case 0 or 1:
                    await StartAsync();
                    break;
                case 2 or 3 when Any(e => e.Outcome is null) is { } running:
                    var steps = Steps(random.Next(1, 4));
                    Assert.Equal(running.Steps.Count, await memory.LogAsync(running.Id, steps));
                    model[running.Id] = running with { Steps = [.. running.Steps, .. steps.Select((s, i) => s with { At = clock.Now, Ordinal = running.Steps.Count + i, ErrorClass = s.IsError ? ErrorClassifier.Classify(s.Observation) : null })] };
                    break;
                case 4 or 5 when Any(e => e.Outcome is null) is { } running:
                    model[running.Id] = await memory.CompleteAsync(running.Id, Ending());
                    break;
                case 6 or 7:
                    await ImportAsync([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Imported(++_next))]);
                    break;
                case 8 when Any(e => e.SourceId is not null) is { } imported:
                    var again = Imported(int.Parse(imported.SourceId!["sample/".Length..], CultureInfo.InvariantCulture));
                    if (random.Next(4) == 0)
                        Assert.Equal(new ImportCounts(0, 1), await memory.ImportAsync([imported with { EndedAt = clock.Now }]));
                    else
                        await ImportAsync([again]);
                    break;
                case 9 when Any(_ => true) is { } any:
                    await ForgetAsync(any);
                    break;
                case 10 when Any(_ => true) is { } from && Any(_ => true) is { } to:
                    await RelateAsync(from.Id, (RelationshipKind)random.Next(1, 8), to.Id);
                    break;
                case 11 when Any(e => e.Outcome is not null) is { } found:
                    await FeedbackAsync(found.Id);
                    break;
            }
        }

        public async Task CompareAsync()
        {
            foreach (var expected in model.Values)
                Samples.AssertSame(expected, await memory.Store.GetEpisodeAsync(expected.Id, CancellationToken.None));
            var listed = await memory.Store.ListEpisodesAsync(new() { Limit = int.MaxValue }, CancellationToken.None);
            Assert.Equal(model.Keys.OrderBy(k => k.Value), listed.Select(e => e.Id).OrderBy(k => k.Value));

            await ComparePatternsAsync();
            foreach (var (id, word) in _words)
            {
                var hits = await HitsAsync(word);
                Assert.Equal(model[id].Outcome is null ? [] : [id.ToString()], hits);
            }

            foreach (var word in _gone)
                Assert.Empty(await HitsAsync(word));
            foreach (var id in model.Keys)
            {
                var edges = (await memory.Store.GetRelationshipsAsync(id, CancellationToken.None)).Select(r => (r.From, r.Kind, r.To, r.Note)).OrderBy(r => r.ToString());
                Assert.Equal(_edges.Where(p => p.Key.From == id || p.Key.To == id).Select(p => (p.Key.From, p.Key.Kind, p.Key.To, (string?)p.Value)).OrderBy(r => r.ToString()), edges);
            }
        }

        private async Task ComparePatternsAsync()
        {
            var expected = model.Values.Where(e => e.Outcome is not null).SelectMany(e => Learner.Observe(e).Select(o => (Episode: e.Id, Seen: o)))
                .GroupBy(x => PatternId.Of(x.Seen.Kind, x.Seen.Domain, x.Seen.Condition, x.Seen.Action)).ToDictionary(g => g.Key, g => g.ToList());
            var stored = await memory.Store.ListPatternsAsync(new() { MinSupport = 0, IncludeRetired = true, Limit = int.MaxValue }, CancellationToken.None);
            Assert.Equal(
                expected.Select(p => (p.Key.Value, p.Value.Count(x => x.Seen.Success), p.Value.Count(x => !x.Seen.Success), p.Value.Count(x => x.Seen.ActionFailed))).Order(),
                stored.Select(p => (p.Id.Value, p.Successes, p.Failures, p.Errors)).Order());
            var evidence = await memory.Store.GetEvidenceAsync([.. expected.Keys], Scope.Any, CancellationToken.None);
            foreach (var (id, seen) in expected)
            {
                Assert.Empty(evidence[id].Except(seen.Select(x => new Evidence(x.Episode, x.Seen.Success, x.Seen.Step))));
                // A pattern that few episodes show cites all of them.
                if (seen.Count <= 2)
                    Assert.Equal(seen.Count, evidence[id].Count());
            }
        }

        private async Task<IEnumerable<string>> HitsAsync(string word) =>
            (await memory.RecallAsync(new() { Text = word, IncludeFailed = true, KeepReceipt = false })).Hits.Select(h => h.Id);

        private async Task StartAsync()
        {
            var word = Word();
            var id = await memory.StartAsync($"do {word} now", new(Agent: "a"), new() { Domain = "d", Tags = ["t"] }, new Dictionary<string, string> { ["k"] = word });
            model[id] = new()
            {
                Id = id,
                Task = $"do {word} now",
                Scope = new(Agent: "a"),
                Context = new() { Domain = "d", Tags = ["t"] },
                StartedAt = clock.Now,
                Metadata = new Dictionary<string, string> { ["k"] = word },
            };
            _words[id] = word;
        }

        private Episode Imported(int number) => Samples.Run(number, $"do {Word()} now", "", Ending(), new(Agent: $"a{random.Next(2)}"), "d", [$"t{random.Next(3)}"]) with
        {
            StartedAt = clock.Now,
            EndedAt = null,
            Steps = [.. Steps(random.Next(5)).Select((s, i) => s with { Ordinal = i, ErrorClass = s.IsError ? ErrorClassifier.Classify(s.Observation) : null, Latency = TimeSpan.FromMilliseconds(random.Next(9)) })],
        };

        private async Task ImportAsync(Episode[] episodes)
        {
            Assert.Equal(new ImportCounts(episodes.Length, 0), await memory.ImportAsync(episodes));
            foreach (var episode in episodes)
            {
                if (_words.TryGetValue(episode.Id, out var old))
                    _gone.Add(old);
                model[episode.Id] = Samples.Learn(episode).Episode;
                _words[episode.Id] = episode.Task.Split(' ')[1];
            }
        }

        private async Task ForgetAsync(Episode episode)
        {
            await memory.ForgetAsync(episode.Id);
            model.Remove(episode.Id);
            _gone.Add(_words[episode.Id]);
            _words.Remove(episode.Id);
            _feedback.Remove(episode.Id);
            foreach (var edge in _edges.Keys.Where(e => e.From == episode.Id || e.To == episode.Id).ToList())
                _edges.Remove(edge);
        }

        private async Task RelateAsync(EpisodeId from, RelationshipKind kind, EpisodeId to)
        {
            var note = Word();
            if (Relationship.IsAcyclic(kind) && Reaches(to, kind, from, []))
            {
                await Assert.ThrowsAsync<ConflictException>(() => memory.RelateAsync(new(from, kind, to, note)));
                return;
            }

            await memory.RelateAsync(new(from, kind, to, note));
            _edges[(from, kind, to)] = note;
        }

        private bool Reaches(EpisodeId from, RelationshipKind kind, EpisodeId to, HashSet<EpisodeId> seen) =>
            from == to || (seen.Add(from) && _edges.Keys.Any(e => e.From == from && e.Kind == kind && Reaches(e.To, kind, to, seen)));

        private async Task FeedbackAsync(EpisodeId id)
        {
            var result = await memory.RecallAsync(new() { Text = _words[id], IncludeFailed = true });
            var success = random.Next(2) == 0;
            var (helped, hurt) = _feedback.GetValueOrDefault(id);
            _feedback[id] = success ? (helped + 1, hurt) : (helped, hurt + 1);
            await memory.FeedbackAsync(new(result.ReceiptId!.Value, success, [id.ToString()]));
            var candidate = Assert.Single((await memory.Store.FindCandidatesAsync(new() { Terms = [_words[id]], IncludeFailed = true }, CancellationToken.None)).Candidates);
            Assert.Equal(_feedback[id], (candidate.Helped, candidate.Hurt));
        }

        private List<Step> Steps(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(4) switch
        {
            0 => Step.Message("user", "go on"),
            1 => Step.ToolCall(Tools[random.Next(4)], "x", random.Next(2) == 0 ? "no such table: x" : "permission denied", isError: true),
            _ => Step.ToolCall(Tools[random.Next(4)], "x", "fine"),
        })];

        private Outcome Ending() => random.Next(5) switch { 0 => Outcome.Failure("no"), 1 => Outcome.Partial(null, random.NextDouble()), 2 => Outcome.Abstention(), _ => Outcome.Success("yes") };

        private string Word() => $"w{++_next}q";

        private Episode? Any(Func<Episode, bool> admits)
        {
            var all = model.Values.Where(admits).OrderBy(e => e.StartedAt).ThenBy(e => e.Id.Value).ToList();
            return all.Count == 0 ? null : all[random.Next(all.Count)];
        }
    }
}
