using Afterwit.Storage.Tests.Databases;
using Afterwit.Storage.Tests.Sqlite;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>A write that is sent again because its answer was lost, while others write on. That each repeats at all is in the contract, over the same fake.</summary>
public sealed class LostAnswerTests : IAsyncLifetime, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFolder _folder = new();
    private FakeLostAnswers _database = null!;
    private SqlMemoryStore _store = null!;
    private SqlMemoryStore _other = null!;

    private string File => _folder["memory.db"];

    public async Task InitializeAsync()
    {
        _database = new(SqliteDatabase.Open(File));
        _store = await SqlMemoryStore.OpenAsync(_database, new FakeClock());
        _other = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(File), new FakeClock());
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _other.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Steps_keep_their_place_when_others_log_behind_them()
    {
        var id = await StartAsync();
        _database.Meanwhile = () => _other.AppendStepsAsync(id, Samples.Steps("C D"), None);
        Assert.Equal(0, await _store.AppendStepsAsync(id, Samples.Steps("A B"), None));
        Assert.Equal(4, await _store.AppendStepsAsync(id, Samples.Steps("E"), None));
        Assert.Equal(["A", "B", "C", "D", "E"], (await _store.GetEpisodeAsync(id, None))!.Steps.Select(s => s.Tool));
    }

    [Fact]
    public async Task Steps_are_acknowledged_when_another_has_ended_the_episode_since()
    {
        var id = await StartAsync();
        await _store.AppendStepsAsync(id, Samples.Steps("A"), None);
        _database.Meanwhile = () => CompleteAsync(_other, id);
        Assert.Equal(1, await _store.AppendStepsAsync(id, Samples.Steps("B C"), None));
        Assert.Equal(["A", "B", "C"], (await _store.GetEpisodeAsync(id, None))!.Steps.Select(s => s.Tool));
        await Assert.ThrowsAsync<ConflictException>(() => _store.AppendStepsAsync(id, Samples.Steps("D"), None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_other_steps_had_is_refused_and_nothing_is_logged(bool ended)
    {
        var id = await StartAsync();
        Assert.Equal(0, await _store.AppendStepsAsync(id, Samples.Steps("A B"), "key", None));
        if (ended)
            await CompleteAsync(_other, id);
        Assert.Equal(0, await _store.AppendStepsAsync(id, [.. Samples.Steps("A B").Select(s => s with { At = Samples.Start.AddDays(1) })], "key", None));
        var refused = await Assert.ThrowsAsync<ConflictException>(() => _store.AppendStepsAsync(id, Samples.Steps("A C"), "key", None));
        Assert.Contains("was used for other steps", refused.Message);
        Assert.Equal(["A", "B"], (await _store.GetEpisodeAsync(id, None))!.Steps.Select(s => s.Tool));
    }

    [Fact]
    public async Task The_step_that_fills_an_episode_is_acknowledged_and_no_neighbour_gets_it()
    {
        var id = await StartAsync();
        await StartAsync(2);
        await _store.AppendStepsAsync(Samples.Id(2), Samples.Steps("N"), None);
        OtherWriter.Run(File, $"INSERT INTO steps(key, kind, is_error, from_memory) SELECT (key << 20) + {StepKey.MaxSteps - 2}, 0, 0, 0 FROM episodes WHERE task = 'task 1'");
        Assert.Equal(StepKey.MaxSteps - 1, await _store.AppendStepsAsync(id, Samples.Steps("LAST"), None));
        await Assert.ThrowsAsync<ConflictException>(() => _store.AppendStepsAsync(id, Samples.Steps("MORE"), None));
        Assert.Equal(["N"], (await _store.GetEpisodeAsync(Samples.Id(2), None))!.Steps.Select(s => s.Tool));
    }

    [Fact]
    public async Task An_end_is_acknowledged_to_who_wrote_it_and_to_nobody_else()
    {
        var id = await StartAsync();
        var ended = await EndedAsync(_store, id);
        Assert.True(await _store.CompleteEpisodeAsync(ended, None));
        await Assert.ThrowsAsync<ConflictException>(() => _other.CompleteEpisodeAsync(ended, None));
        Assert.Equal(["1"], OtherWriter.Read(File, "SELECT episodes FROM totals"));
    }

    [Fact]
    public async Task An_import_counts_what_its_first_try_stored()
    {
        Episode[] all = [Samples.Run(1, "one"), Samples.Run(2, "two"), Samples.Run(3, "three")];
        await _store.ImportEpisodesAsync([Samples.Learn(all[0]), Samples.Learn(all[1])], None);
        all[1] = all[1] with { Task = "changed" };
        _database.Meanwhile = () => _other.StartEpisodeAsync(new() { Id = Samples.Id(9), Task = "another", StartedAt = Samples.Start }, None);
        Assert.Equal(new ImportCounts(2, 1), await _store.ImportEpisodesAsync([.. all.Select(Samples.Learn)], None));
        Assert.Equal(["3"], OtherWriter.Read(File, "SELECT episodes FROM totals"));
    }

    [Fact]
    public async Task What_another_took_away_in_between_stays_away()
    {
        var id = await StartAsync();
        _database.Meanwhile = async () => Assert.True(await _other.ForgetEpisodeAsync(id, None));
        await Assert.ThrowsAsync<NotFoundException>(() => _store.SaveCheckpointAsync(id, Samples.Start, "note", null, None));
        Assert.Null(await _store.GetEpisodeAsync(id, None));
        Assert.Equal(["0"], OtherWriter.Read(File, "SELECT count(*) FROM checkpoints"));
    }

    [Fact]
    public async Task The_same_episode_may_be_begun_twice_and_never_another_of_its_id()
    {
        var begun = Samples.Everything() with { SourceId = null, Outcome = null, EndedAt = null, Steps = [] };
        await _store.StartEpisodeAsync(begun, None);
        await _other.StartEpisodeAsync(begun, None);
        foreach (var another in (Episode[])[begun with { StartedAt = Samples.Start.AddMilliseconds(1) }, begun with { Context = new() { Domain = begun.Context.Domain } }, begun with { Metadata = new Dictionary<string, string>() }])
            await Assert.ThrowsAsync<ConflictException>(() => _store.StartEpisodeAsync(another, None));
        Samples.AssertSame(begun, await _store.GetEpisodeAsync(begun.Id, None));
        await CompleteAsync(_store, begun.Id);
        await Assert.ThrowsAsync<ConflictException>(() => _store.StartEpisodeAsync(begun, None));
    }

    [Fact]
    public void The_index_finds_a_step_by_its_write_without_a_scan()
    {
        var plan = OtherWriter.Read(File, "EXPLAIN QUERY PLAN " + EpisodeCommands.AppendSteps(Samples.Id(1), [], 1).Sql.Replace('?', '+'));
        Assert.Equal(2, plan.Count(line => line.Contains("steps_by_write (write_id=? AND rowid>? AND rowid<?)", StringComparison.Ordinal)));
        Assert.DoesNotContain(plan, line => line.Contains("SCAN", StringComparison.Ordinal));
    }

    private static async Task<LearnedEpisode> EndedAsync(SqlMemoryStore store, EpisodeId id) =>
        Samples.Learn((await store.GetEpisodeAsync(id, None))! with { Outcome = Outcome.Success(), EndedAt = Samples.Start.AddHours(1) });

    private static async Task CompleteAsync(SqlMemoryStore store, EpisodeId id) => Assert.True(await store.CompleteEpisodeAsync(await EndedAsync(store, id), None));

    private async Task<EpisodeId> StartAsync(int number = 1)
    {
        await _store.StartEpisodeAsync(new() { Id = Samples.Id(number), Task = $"task {number}", StartedAt = Samples.Start }, None);
        return Samples.Id(number);
    }
}
