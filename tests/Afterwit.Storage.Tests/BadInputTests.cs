using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Afterwit.Storage.Tests.Sqlite;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Everything hostile or huge is kept exactly as given, or gives one clear error; nothing is lost.</summary>
public sealed partial class BadInputTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private AgentMemory _memory = null!;

    public async Task InitializeAsync() => _memory = await AgentMemory.OpenAsync(_folder["memory.db"], time: new FakeClock());

    public async Task DisposeAsync() => await _memory.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_task_of_10_MB_is_kept_exactly_and_found()
    {
        var task = "calibrate the grommet " + string.Concat(Enumerable.Range(0, 1_300_000).Select(i => (i % 97) switch { 0 => "日本語\n", 1 => "👩‍👩‍👧‍👦", _ => "x y z \t" }));
        Assert.True(Encoding.UTF8.GetByteCount(task) > 9_000_000);
        var id = await _memory.StartAsync(task);
        await _memory.LogAsync(id, Step.ToolCall("cat", task, task));
        await _memory.CompleteAsync(id, Outcome.Success());
        var stored = await _memory.GetAsync(id);
        Assert.True(task == stored.Task && task == stored.Steps[0].Arguments && task == stored.Steps[0].Observation);
        var hit = Assert.Single((await _memory.RecallAsync(new() { Text = "calibrating grommets" })).Hits);
        Assert.Equal(id.ToString(), hit.Id);
        Assert.InRange(hit.Title.Length, 1, 161);
    }

    [Fact]
    public async Task A_hundred_thousand_steps_are_logged_completed_and_read_back()
    {
        var id = await _memory.StartAsync("a long run");
        for (var first = 0; first < 100_000; first += 5_000)
        {
            var batch = Enumerable.Range(first, 5_000).Select(i => i % 10 == 0 ? Step.Message("user", $"step {i}") : Step.ToolCall($"tool{i % 7}", $"{i}", $"seen {i}", i % 11 == 0)).ToList();
            Assert.Equal(first, await _memory.LogAsync(id, batch));
        }

        var ended = await _memory.CompleteAsync(id, Outcome.Success());
        var stored = await _memory.GetAsync(id);
        Assert.Equal(100_000, stored.Steps.Count);
        Assert.Equal(ended.Steps, stored.Steps);
        var hit = Assert.Single((await _memory.RecallAsync(new() { Text = "seen 77777" })).Hits);
        Assert.Equal(77_777, hit.BestStep!.Ordinal);
        await _memory.ForgetAsync(id);
        Assert.Equal(0, (await _memory.Store.GetStatisticsAsync(CancellationToken.None)).Patterns);
    }

    [Fact]
    public async Task Every_text_is_kept_to_the_character()
    {
        var everything = Samples.Everything();
        await _memory.ImportAsync([everything]);
        Samples.AssertSame(Samples.Learn(everything).Episode, await _memory.GetAsync(everything.Id));
        var id = await _memory.StartAsync(Samples.Odd, everything.Scope, everything.Context, everything.Metadata);
        await _memory.CheckpointAsync(id, Samples.Odd, Samples.Odd);
        await _memory.RelateAsync(new(id, RelationshipKind.Related, everything.Id, Samples.Odd));
        var resumed = await _memory.ResumeAsync(id);
        Assert.Equal((Samples.Odd, Samples.Odd, Samples.Odd), (resumed.Episode.Task, resumed.Checkpoints[0].Note, resumed.Checkpoints[0].State));
        Assert.Equal(Samples.Odd, resumed.Relationships[0].Note);
    }

    [Theory]
    [InlineData("task", "<D83D>", 0)]
    [InlineData("scope or context", "ab<DC69>", 2)]
    [InlineData("metadata 'k'", "👩<D83D>", 2)]
    [InlineData("tool", "x<D83D> x", 1)]
    [InlineData("speaker", "<DC69><D83D>", 0)]
    [InlineData("text", "<D83D><D83D><DC69>", 0)]
    [InlineData("arguments", "abc<D83D>", 3)]
    [InlineData("observation", "abc<DFFF>", 3)]
    [InlineData("error class", "<D800>", 0)]
    [InlineData("outcome summary", "no <D83D>", 3)]
    [InlineData("note", "<D83D>", 0)]
    [InlineData("state", "<D83D>", 0)]
    [InlineData("query", "q<D83D>", 1)]
    public async Task A_lone_surrogate_is_refused_with_its_field_and_position(string field, string marked, int position)
    {
        // An attribute cannot hold one: it would be replaced on its way.
        var text = LoneSurrogate().Replace(marked, m => ((char)Convert.ToInt32(m.Groups[1].Value, 16)).ToString());
        var id = await _memory.StartAsync("a task");
        var call = Step.ToolCall("tool");
        var error = await Assert.ThrowsAsync<ArgumentException>(() => field switch
        {
            "task" => _memory.StartAsync(text),
            "scope or context" => _memory.StartAsync("t", new(Project: text)),
            "metadata 'k'" => _memory.StartAsync("t", metadata: new Dictionary<string, string> { ["k"] = text }),
            "tool" => _memory.LogAsync(id, call with { Tool = text }),
            "speaker" => _memory.LogAsync(id, call with { Speaker = text }),
            "text" => _memory.LogAsync(id, call with { Text = text }),
            "arguments" => _memory.LogAsync(id, call with { Arguments = text }),
            "observation" => _memory.LogAsync(id, call with { Observation = text }),
            "error class" => _memory.LogAsync(id, call with { ErrorClass = text }),
            "outcome summary" => _memory.CompleteAsync(id, Outcome.Success(text)),
            "note" => _memory.CheckpointAsync(id, text),
            "state" => _memory.CheckpointAsync(id, null, text),
            _ => _memory.RecallAsync(new() { Text = text }),
        });
        Assert.Contains($"{field} is not valid Unicode", error.Message);
        Assert.Contains($"at position {position}.", error.Message);
        Assert.Empty((await _memory.GetAsync(id)).Steps);
        Assert.Equal(1, (await _memory.Store.GetStatisticsAsync(CancellationToken.None)).Episodes);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n\u00A0\u2003")]
    public async Task Nothing_is_no_task_and_no_query(string text)
    {
        Assert.Contains("task is empty", (await Assert.ThrowsAsync<ArgumentException>(() => _memory.StartAsync(text))).Message);
        Assert.Contains("query is empty", (await Assert.ThrowsAsync<ArgumentException>(() => _memory.RecallAsync(new() { Text = text }))).Message);
        Assert.Contains("tool is empty", (await Assert.ThrowsAsync<ArgumentException>(async () => await _memory.LogAsync(await _memory.StartAsync("t"), Step.ToolCall(text)))).Message);
    }

    [Fact]
    public async Task A_null_among_texts_is_refused_with_its_name()
    {
        var nothing = new EpisodeContext { Tags = ["t", null!] };
        Assert.StartsWith("tags has a null", (await Assert.ThrowsAsync<ArgumentException>(() => _memory.StartAsync("t", context: nothing))).Message);
        Assert.StartsWith("tags has a null", (await Assert.ThrowsAsync<ArgumentException>(() => _memory.RecallAsync(new() { Text = "t", Context = nothing }))).Message);
        Assert.StartsWith("tools has a null", (await Assert.ThrowsAsync<ArgumentException>(() => _memory.AdviseAsync(new() { Tools = [null!] }))).Message);
        Assert.StartsWith("metadata 'k' is null", (await Assert.ThrowsAsync<ArgumentException>(() => _memory.StartAsync("t", metadata: new Dictionary<string, string> { ["k"] = null! }))).Message);
    }

    [Fact]
    public async Task A_start_with_its_key_and_an_end_with_its_outcome_may_be_repeated()
    {
        Task<EpisodeId> StartAsync(string task, Scope? scope = null) => _memory.StartAsync(task, scope, null, null, "key");
        var id = await StartAsync("a task");
        Assert.Equal(id, await StartAsync("a task"));
        Assert.NotEqual(id, await StartAsync("a task", new(Agent: "another")));
        var ended = await _memory.CompleteAsync(id, Outcome.Success("done, password=hunter22secret"));
        Samples.AssertSame(ended, await _memory.CompleteAsync(id, Outcome.Success("done, password=hunter22secret")));
        Assert.Equal(id, await StartAsync("a task"));
        await Assert.ThrowsAsync<ConflictException>(() => _memory.CompleteAsync(id, Outcome.Success("done")));
        await Assert.ThrowsAsync<ConflictException>(() => StartAsync("another task"));
        Assert.Equal(2, (await _memory.Store.GetStatisticsAsync(CancellationToken.None)).Episodes);
    }

    [Fact]
    public async Task More_text_than_fits_is_refused_with_the_limit()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => _memory.StartAsync(new string('x', (16 * 1024 * 1024) + 1)));
        Assert.Contains("the limit is 16777216", error.Message);
    }

    [Fact]
    public async Task No_text_is_a_query_language()
    {
        string[] hostile =
        [
            "\"", "'", "\"\"\"", "a\"b", "NEAR(", "NEAR(a b, 5)", "*", "a*", "^a", "-a", "a - b", "AND", "OR NOT", "a AND", "NOT a", "(", "((a)", ")", "{a b}:", "terms:", "terms : a", "task_index", "rank", "+",
            "%", "_", "a%", "a_b", ";--", "'; DROP TABLE episodes; --", "\\", "\0", "a\0b", "§p123", "§", "👩‍👩‍👧‍👦", "日本語", "한국어", "ไทย", "שלום", "e\u0301", "\u202E", "\uFEFF", "?1", ":a", "@a", "$a", "0x00", "1e999", "NULL", "[]", "{}", "ﬁ", "İ", "ß",
        ];
        foreach (var text in hostile)
        {
            var id = await _memory.StartAsync(text, new(Project: text), new() { Domain = text, Tags = [text] }, new Dictionary<string, string> { [text] = text });
            await _memory.LogAsync(id, Step.ToolCall(text, text, text, isError: true));
            await _memory.CompleteAsync(id, Outcome.Success(text));
            Assert.Equal(text, (await _memory.GetAsync(id)).Task);
        }

        foreach (var text in hostile)
        {
            foreach (var types in (RecallTypes[])[RecallTypes.Episode, RecallTypes.Step, RecallTypes.Episode | RecallTypes.Pattern | RecallTypes.Playbook])
                await _memory.RecallAsync(new() { Text = text, Types = types, Scope = new(Project: text), Context = new() { Domain = text, Tags = [text] } });
            await _memory.AdviseAsync(new() { Task = text, Tools = [text], Error = text, Tags = [text], Domain = text });
            var own = await _memory.Store.ListEpisodesAsync(new() { Scope = new(Project: text), Domain = text, Tag = text, Metadata = new(text, text) }, CancellationToken.None);
            Assert.Equal(text, Assert.Single(own).Task);
        }

        foreach (var text in (string[])["%", "_", "*", "?", "\"\""])
            Assert.Contains("no word to search for", (await _memory.RecallAsync(new() { Text = text })).EmptyReason);
        Assert.Equal(["日本語"], await TitlesAsync("日本"));
        Assert.Equal(["한국어"], await TitlesAsync("한국"));
        Assert.Equal(["שלום"], await TitlesAsync("שלום"));
        Assert.Empty(await TitlesAsync("中国"));
        Assert.Equal(hostile.Length, (await _memory.Store.GetStatisticsAsync(CancellationToken.None)).Episodes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("0198c1d2-5b1e-7f00-8000-0123456789a")]
    [InlineData("0198c1d2-5b1e-7f00-8000-0123456789ab0")]
    [InlineData("' OR 1=1 --")]
    public void Malformed_ids_say_what_is_expected(string text)
    {
        Assert.Contains("is not an episode id", Assert.Throws<ArgumentException>(() => EpisodeId.Parse(text)).Message);
        Assert.Contains("is not a receipt id", Assert.Throws<ArgumentException>(() => ReceiptId.Parse(text)).Message);
        Assert.Contains("is not a pattern id", Assert.Throws<ArgumentException>(() => PatternId.Parse(text)).Message);
    }

    [Fact]
    public async Task A_full_disk_gives_one_clear_error_and_loses_nothing()
    {
        if (SmallDisk.TryMount(_folder["disk"]) is not { } disk)
            return; // only root may mount; the limit below is SQLite's own
        using (disk)
        {
            var filler = Path.Combine(disk.Path, "filler");
            await File.WriteAllBytesAsync(filler, new byte[700_000]);
            await FillAsync(Path.Combine(disk.Path, "memory.db"), new(), () =>
            {
                File.Delete(filler);
                return new();
            });
        }
    }

    [Fact]
    public Task A_full_file_gives_one_clear_error_and_loses_nothing() =>
        FillAsync(_folder["full.db"], new() { MaxBytes = 1 << 20 }, () => new() { MaxBytes = 4 << 20 });

    private static async Task FillAsync(string file, SqliteOptions options, Func<SqliteOptions> free)
    {
        var kept = new List<string>();
        var id = default(EpisodeId);
        await using (var memory = await AgentMemory.OpenAsync(file, options))
        {
            id = await memory.StartAsync("fills the disk");
            DatabaseException? full = null;
            for (var i = 0; i < 2_000 && full is null; i++)
            {
                var mark = i.ToString(CultureInfo.InvariantCulture);
                try
                {
                    await memory.LogAsync(id, Step.ToolCall("write", mark, new string('x', 5_000)));
                    kept.Add(mark);
                }
                catch (DatabaseException e)
                {
                    full = e;
                }
            }

            Assert.Contains(file, full?.Message);
            Assert.Contains("full", full!.Message);
            Assert.True(full.IsTransient);
            await Assert.ThrowsAsync<DatabaseException>(() => memory.LogAsync(id, Step.ToolCall("write", "lost", new string('x', 500_000))));
            Assert.Equal(kept, (await memory.GetAsync(id)).Steps.Select(s => s.Arguments));
            var more = free();
            if (more.MaxBytes == 0)
            {
                // Room on the disk is enough, without opening anew.
                await memory.LogAsync(id, Step.ToolCall("write", "again"));
                kept.Add("again");
            }

            options = more;
        }

        await using var reopened = await AgentMemory.OpenAsync(file, options);
        Assert.Equal(kept, (await reopened.GetAsync(id)).Steps.Select(s => s.Arguments));
        await reopened.LogAsync(id, Step.ToolCall("write", "more", new string('x', 50_000)));
        Assert.Equal(Outcome.Success(), (await reopened.CompleteAsync(id, Outcome.Success())).Outcome);
        Assert.Equal(["ok"], OtherWriter.Read(file, "PRAGMA integrity_check"));
    }

    [GeneratedRegex("<(D[8-F][0-9A-F]{2})>", RegexOptions.None, 1000)]
    private static partial Regex LoneSurrogate();

    private async Task<IEnumerable<string>> TitlesAsync(string query) => (await _memory.RecallAsync(new() { Text = query })).Hits.Select(h => h.Title);
}
