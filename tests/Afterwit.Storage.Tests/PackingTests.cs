using Afterwit.Storage.Tests.Sqlite;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>How the steps of finished episodes are kept: packed, compressed, with dictionaries of the store's own.</summary>
public sealed class PackingTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFolder _folder = new();

    private string File => _folder["memory.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_episode_is_packed_when_it_ends_and_not_before()
    {
        await using var memory = await AgentMemory.OpenAsync(File);
        var id = await memory.StartAsync("task");
        Step[] steps = [.. Enumerable.Range(0, 600).Select(i => Step.ToolCall("LIST", $"{i}", new string('z', 30)))];
        await memory.LogAsync(id, steps);
        Assert.Equal(["600|0"], OtherWriter.Read(File, "SELECT (SELECT count(*) FROM steps), (SELECT count(*) FROM step_packs)"));
        Assert.Equal(600, (await memory.Store.ListEpisodesAsync(new(), None)).Single().Steps);
        var ended = await memory.CompleteAsync(id, Outcome.Success("a summary"));
        Assert.Equal(["0|3|600|1"], OtherWriter.Read(File, "SELECT (SELECT count(*) FROM steps), (SELECT count(*) FROM step_packs), step_count, summary IS NULL AND reward_parts IS NULL AND reflection IS NULL FROM episodes"));
        Samples.AssertSame(ended, await memory.GetAsync(id));
        Assert.Equal(600, (await memory.Store.ListEpisodesAsync(new(), None)).Single().Steps);
        StepReference[] wanted = [new(id, 0), new(id, 255), new(id, 256), new(id, 599), new(id, 600), new(Samples.Id(9), 0)];
        var found = await memory.Store.GetStepsAsync(wanted, None);
        Assert.Equal(wanted[..4], found.Keys.OrderBy(k => k.Ordinal));
        Assert.All(found, f => Assert.Equal(ended.Steps[f.Key.Ordinal], f.Value));
        Assert.Equal(600, Assert.Single(await memory.Store.GetToolTracesAsync([id], None)).Steps.Count);
        AssertTotals();

        await memory.ForgetAsync(id);
        Assert.Equal(["0|0|0|0"], OtherWriter.Read(File, "SELECT (SELECT count(*) FROM step_packs), packs, raw_bytes, stored_bytes FROM totals"));
    }

    [Fact]
    public async Task An_episode_of_ten_thousand_steps_comes_back_as_it_was()
    {
        await using var memory = await AgentMemory.OpenAsync(File);
        var id = await memory.StartAsync("long");
        for (var i = 0; i < 10; i++)
            await memory.LogAsync(id, [.. Enumerable.Range(0, 1_000).Select(k => Step.ToolCall($"tool {k % 7}", $"{i} {k}", "fine", k % 11 == 0))]);
        var ended = await memory.CompleteAsync(id, Outcome.Failure("too long"));
        Assert.Equal(10_000, ended.Steps.Count);
        Samples.AssertSame(ended, await memory.GetAsync(id));
        AssertTotals();
    }

    [Fact]
    public async Task A_dictionary_is_trained_behind_the_writes_and_other_processes_read_what_is_written_with_it()
    {
        Episode[] all = [.. Enumerable.Range(0, 900).Select(Wordy)];
        await using var other = await AgentMemory.OpenAsync(File);
        await using (var memory = await AgentMemory.OpenAsync(File))
            await memory.ImportAsync(all[..300]);
        Assert.Equal(["1"], OtherWriter.Read(File, "SELECT count(*) FROM dictionaries"));

        await using (var memory = await AgentMemory.OpenAsync(File))
            await memory.ImportAsync(all[300..400]);
        Assert.Equal(["100"], OtherWriter.Read(File, "SELECT count(*) FROM step_packs WHERE substr(payload, 1, 2) = x'8201'"));
        foreach (var episode in (Episode[])[all[0], all[350]])
            Assert.Equal(episode.Steps, (await other.GetAsync(episode.Id)).Steps); // opened before there was one
        Assert.Equal(2, (await other.Store.GetToolTracesAsync([all[0].Id, all[399].Id], None)).Count);
        Assert.Equal(all[399].Steps[1], (await other.Store.GetStepsAsync([new(all[399].Id, 1)], None)).Values.Single());
        var before = IStoreDecorator.Find<SqlMemoryStore>(other.Store)!.Database.Statistics.Reads;
        await other.GetAsync(all[398].Id);
        Assert.Equal(before + 1, IStoreDecorator.Find<SqlMemoryStore>(other.Store)!.Database.Statistics.Reads);
        AssertTotals();
    }

    [Fact]
    public async Task Two_processes_that_train_at_once_keep_one_dictionary_and_use_it()
    {
        await using (var memory = await AgentMemory.OpenAsync(File, new StorageOptions { Compression = new() { Dictionaries = false } }))
            await memory.ImportAsync(Enumerable.Range(0, 300).Select(Wordy));
        await using var one = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(File));
        await using var two = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(File));
        await Task.WhenAll(Task.Run(() => one.CompressAsync()), Task.Run(() => two.CompressAsync()));
        Assert.Equal(["1"], OtherWriter.Read(File, "SELECT count(*) FROM dictionaries"));
        await one.CompressAsync();
        Assert.Equal(["300|0"], OtherWriter.Read(File, "SELECT count(*), sum(substr(payload, 1, 2) <> x'8201') FROM step_packs"));
        AssertTotals();
    }

    [Theory]
    [InlineData("UPDATE dictionaries SET id = 77", "dictionary 1", 20)]
    [InlineData("UPDATE step_packs SET payload = x'0F00' WHERE substr(payload, 1, 1) = x'82'", "later release", 20)]
    [InlineData("UPDATE step_packs SET payload = substr(payload, 1, 40) WHERE substr(payload, 1, 1) = x'82'", "damaged", 0)]
    [InlineData("UPDATE step_packs SET payload = x'00010001' WHERE substr(payload, 1, 1) = x'82'", "damaged", 0)]
    public async Task What_cannot_be_decoded_is_named_and_left_and_everything_else_goes_on(string damage, string named, int unreadable)
    {
        Episode[] all = [.. Enumerable.Range(0, 320).Select(Wordy)];
        await using (var memory = await AgentMemory.OpenAsync(File))
        {
            await memory.ImportAsync(all[..300]);
            await memory.ImportAsync([Samples.Run(9_000, "short")]);
        }

        await using (var memory = await AgentMemory.OpenAsync(File))
            await memory.ImportAsync(all[300..]);
        OtherWriter.Run(File, damage);
        var before = OtherWriter.Read(File, "SELECT key, hex(payload) FROM step_packs ORDER BY key");
        await using (var memory = await AgentMemory.OpenAsync(File))
        {
            Assert.Contains(named, (await Assert.ThrowsAsync<DatabaseException>(() => memory.GetAsync(all[310].Id))).Message, StringComparison.Ordinal);
            Assert.Contains(named, (await Assert.ThrowsAsync<DatabaseException>(() => memory.ForgetAsync(all[310].Id))).Message, StringComparison.Ordinal);
            Assert.Equal(321, (await memory.Store.ListEpisodesAsync(new() { Limit = 1_000 }, None)).Count);
            Assert.Equal(Samples.Id(9_000).ToString(), (await memory.RecallAsync(new() { Text = "short", KeepReceipt = false })).Hits[0].Id);
            Assert.Equal(unreadable, (await IStoreDecorator.Find<SqlMemoryStore>(memory.Store)!.CompressAsync(dryRun: true)).Unreadable);
            Assert.Equal(before, OtherWriter.Read(File, "SELECT key, hex(payload) FROM step_packs ORDER BY key"));
            await memory.ForgetAsync(Samples.Id(9_000));
        }
    }

    [Theory]
    [InlineData(PayloadCodecKind.None)]
    [InlineData(PayloadCodecKind.Lz4)]
    [InlineData(PayloadCodecKind.Gzip)]
    [InlineData(PayloadCodecKind.Brotli)]
    public async Task Compressing_brings_everything_to_another_codec_and_changes_nothing_the_second_time(PayloadCodecKind codec)
    {
        Episode[] all = [.. Enumerable.Range(0, 300).Select(Wordy)];
        await using (var memory = await AgentMemory.OpenAsync(File))
            await memory.ImportAsync(all);
        await using (var memory = await AgentMemory.OpenAsync(File, new StorageOptions { Compression = new() { Episodes = codec } }))
        {
            var store = IStoreDecorator.Find<SqlMemoryStore>(memory.Store)!;
            Assert.Equal(300, (await store.CompressAsync(dryRun: true)).Recompressed);
            Assert.Equal(["0"], OtherWriter.Read(File, $"SELECT count(*) FROM step_packs WHERE substr(payload, 1, 1) = x'0{(int)codec}'"));
            var report = await store.CompressAsync();
            Assert.Equal((0, 300, 0, 0), (report.Packed, report.Recompressed, report.Skipped, report.Unreadable));
            Assert.Equal(["300"], OtherWriter.Read(File, $"SELECT count(*) FROM step_packs WHERE substr(payload, 1, 1) = x'0{(int)codec}'"));
            Assert.Equal(new(0, 0, 0, 0, 0, 0), await store.CompressAsync());
            AssertTotals();
            foreach (var episode in all)
                Assert.Equal(episode.Steps, (await memory.GetAsync(episode.Id)).Steps);
        }
    }

    [Fact]
    public async Task Compressing_that_is_stopped_anywhere_leaves_whole_episodes_and_goes_on()
    {
        var old = await OldFileAsync(250);
        var units = 0;
        for (var stop = 0; units >= stop; stop++)
        {
            units = 0;
            System.IO.File.Copy(old.File, File, overwrite: true);
            await using (var store = await SqlMemoryStore.OpenAsync(new StoppingDatabase(SqliteDatabase.Open(File), () => units++ >= stop)))
            {
                try
                {
                    await store.CompressAsync();
                }
                catch (DatabaseException)
                {
                    // Stopped.
                }
            }

            await using var memory = await AgentMemory.OpenAsync(File);
            foreach (var episode in old.Episodes)
                Samples.AssertSame(episode, await memory.GetAsync(episode.Id));
            AssertTotals();
            await IStoreDecorator.Find<SqlMemoryStore>(memory.Store)!.CompressAsync();
            Assert.Equal(["0|0"], OtherWriter.Read(File, "SELECT (SELECT count(*) FROM steps), count(*) FROM episodes WHERE step_count IS NULL"));
            foreach (var episode in old.Episodes)
                Samples.AssertSame(episode, await memory.GetAsync(episode.Id));
            AssertTotals();
        }
    }

    [Fact]
    public async Task An_episode_that_changes_while_it_is_compressed_keeps_its_change()
    {
        var old = await OldFileAsync(20);
        System.IO.File.Copy(old.File, File);
        await using var other = await AgentMemory.OpenAsync(File);
        var changed = old.Episodes[3] with { Task = "changed", Steps = Samples.Steps("NEW STEPS") };
        var done = false;
        await using var store = await SqlMemoryStore.OpenAsync(new StoppingDatabase(SqliteDatabase.Open(File), () => false)
        {
            Before = async () =>
            {
                if (done)
                    return;
                done = true;
                await other.ImportAsync([changed]);
                await other.ForgetAsync(old.Episodes[4].Id);
            },
        });
        var report = await store.CompressAsync();
        Assert.Equal((18, 2), (report.Packed, report.Skipped));
        Assert.Equal(["NEW", "STEPS"], (await other.GetAsync(changed.Id)).Steps.Select(s => s.Tool));
        Assert.Equal(19, (await other.Store.ListEpisodesAsync(new() { Limit = 100 }, None)).Count);
        AssertTotals();
    }

    [Fact]
    public async Task The_file_gets_smaller()
    {
        Episode[] all = [.. Enumerable.Range(0, 300).Select(Wordy)];
        await using (var memory = await AgentMemory.OpenAsync(File, new StorageOptions { Compression = new() { Episodes = PayloadCodecKind.None } }))
            await memory.ImportAsync(all);
        var before = new FileInfo(File).Length;
        var database = SqliteDatabase.Open(File);
        await using (var store = await SqlMemoryStore.OpenAsync(database))
        {
            await store.CompressAsync();
            await database.CompactAsync();
        }

        Assert.InRange(new FileInfo(File).Length, 1, before * 0.8);
        Assert.Equal(["ok"], OtherWriter.Read(File, "PRAGMA integrity_check"));
    }

    /// <summary>An episode whose steps are about two kilobytes of text that is much like that of the others.</summary>
    private static Episode Wordy(int number)
    {
        var random = new Random(number);
        return Samples.Run(number, $"task {number}") with
        {
            Steps = [.. Enumerable.Range(0, 8).Select(i => Step.ToolCall("get_reservation", $"{{\"reservation\": \"R{random.Next(100_000)}\", \"passengers\": {random.Next(9)}}}",
                $"{{\"status\": \"confirmed\", \"origin\": \"city {random.Next(40)}\", \"destination\": \"city {random.Next(40)}\", \"price\": {random.Next(2_000)}, \"cabin\": \"economy\", \"insurance\": {random.Next(2)}}} {random.NextInt64():x}")
                with { Ordinal = i, At = Samples.Start.AddSeconds((number * 10) + i) })],
        };
    }

    /// <summary>A file as schema 2 has it: a row for each step, all of the head in its row.</summary>
    private async Task<(string File, IReadOnlyList<Episode> Episodes)> OldFileAsync(int count)
    {
        var file = _folder["old.db"];
        var episodes = new List<Episode>();
        await using (var memory = await AgentMemory.OpenAsync(file))
        {
            await memory.ImportAsync(Enumerable.Range(0, count).Select(Wordy));
            foreach (var head in await memory.Store.ListEpisodesAsync(new() { Limit = count }, None))
                episodes.Add(await memory.GetAsync(head.Id));
        }

        using (var other = new OtherWriter(file, holdsLock: false))
        {
            other.Run("DELETE FROM step_packs; DELETE FROM dictionaries; UPDATE totals SET packs = 0, raw_bytes = 0, stored_bytes = 0, new_packs = 0, new_raw_bytes = 0, new_stored_bytes = 0; UPDATE episodes SET step_count = NULL");
            foreach (var episode in episodes)
                other.Run(OldRows.Of(episode));
        }

        return (file, episodes);
    }

    private void AssertTotals() =>
        Assert.Equal(
            OtherWriter.Read(File, "SELECT count(*), coalesce(sum(raw_bytes), 0), coalesce(sum(length(payload)), 0) FROM step_packs"),
            OtherWriter.Read(File, "SELECT packs, raw_bytes, stored_bytes FROM totals"));

    /// <summary>Fails every write from some point on, as a process that is killed makes no more; or lets others write first.</summary>
    private sealed class StoppingDatabase(IDatabase inner, Func<bool> stops) : DatabaseDecorator(inner)
    {
        public Func<Task>? Before { get; init; }

        public override async Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
        {
            if (Before is not null)
                await Before();
            return stops() ? throw new DatabaseException("stopped") : await base.WriteAsync(unitOfWork, cancellationToken);
        }
    }

    /// <summary>The rows that schema 2 keeps of an episode of tool calls.</summary>
    private static class OldRows
    {
        public static string Of(Episode episode)
        {
            var id = $"x'{Convert.ToHexString(episode.Id.Value.ToByteArray(bigEndian: true))}'";
            var parts = System.Text.Json.JsonSerializer.Serialize(episode.Reward!.Components, StoreJson.Default.IReadOnlyListRewardComponent);
            var reflection = System.Text.Json.JsonSerializer.Serialize(episode.Reflection!, StoreJson.Default.Reflection);
            return string.Join(';',
                [
                    $"UPDATE episodes SET summary = {Text(episode.Outcome!.Summary)}, reward_parts = {Text(parts)}, reflection = {Text(reflection)} WHERE id = {id}",
                    .. episode.Steps.Select(s =>
                        $"""
                        INSERT INTO steps(key, kind, tool, arguments, observation, is_error, at, from_memory)
                        SELECT (key << 20) + {s.Ordinal}, 1, {Text(s.Tool)}, {Text(s.Arguments)}, {Text(s.Observation)}, 0, {s.At!.Value.ToUnixTimeMilliseconds()}, 0 FROM episodes WHERE id = {id}
                        """),
                ]);
        }

        private static string Text(string? text) => text is null ? "NULL" : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }
}
