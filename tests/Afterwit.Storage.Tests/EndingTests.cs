using Afterwit.Storage.Tests.Sqlite;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>An episode ends with the content that was learned from, whatever another process did to it since it was read.</summary>
public sealed class EndingTests : IAsyncLifetime, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFolder _folder = new();
    private readonly Episode _begun = new() { Id = Samples.Id(1), Task = "alpha beta", StartedAt = Samples.Start, Context = new() { Tags = ["z", "a", "z"] } };
    private SqlMemoryStore _one = null!;
    private SqlMemoryStore _two = null!;

    private string File => _folder["memory.db"];

    public async Task InitializeAsync()
    {
        _one = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(File), new FakeClock());
        _two = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(File), new FakeClock());
        await _one.StartEpisodeAsync(_begun, None);
        await _one.AppendStepsAsync(_begun.Id, Samples.Steps("A B"), None);
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gamma delta", "A B")]
    [InlineData("alpha beta", "A C")]
    [InlineData("alpha beta", "B A")]
    public async Task Content_that_another_replaced_is_read_again_and_no_step_is_lost(string task, string tools)
    {
        var read = (await _one.GetEpisodeAsync(_begun.Id, None))!;
        await _two.WriteBatchAsync(new() { Episodes = [_begun with { Task = task, Steps = Samples.Steps(tools) }] }, BatchOptions.Default, None);
        Assert.False(await _one.CompleteEpisodeAsync(Ended(read), None));
        Assert.True(await _one.CompleteEpisodeAsync(Ended((await _one.GetEpisodeAsync(_begun.Id, None))!), None));
        var ended = (await _two.GetEpisodeAsync(_begun.Id, None))!;
        Assert.Equal((task, tools), (ended.Task, string.Join(' ', ended.Steps.Select(s => s.Tool))));
        await _two.ForgetEpisodeAsync(_begun.Id, None);
        Assert.Equal(["0|0"], OtherWriter.Read(File, "SELECT (SELECT count(*) FROM task_index WHERE task_index MATCH 'alpha OR gamma'), (SELECT count(*) FROM step_index WHERE step_index MATCH 'fine')"));
        Assert.Equal(["0|0|0|0"], OtherWriter.Read(File, "SELECT episodes, steps, task_terms, packs FROM totals"));
    }

    [Fact]
    public async Task A_memory_whose_cache_has_not_seen_the_other_process_yet_ends_what_is_stored()
    {
        var clock = new FakeClock();
        await using var memory = new AgentMemory(await CachedStore.OpenAsync(SqliteDatabase.Open(File), new CacheOptions { CheckInterval = TimeSpan.FromSeconds(10) }, clock), clock);
        await memory.GetAsync(_begun.Id);
        await memory.GetAsync(_begun.Id); // the first look at the database makes everything before it outdated
        await _two.WriteBatchAsync(new() { Episodes = [_begun with { Task = "gamma delta", Steps = Samples.Steps("C D") }] }, BatchOptions.Default, None);
        Assert.Equal("alpha beta", (await memory.GetAsync(_begun.Id)).Task);
        Assert.Equal("gamma delta", (await memory.CompleteAsync(_begun.Id, Outcome.Success())).Task);
        Assert.Equal(["C", "D"], (await _two.GetEpisodeAsync(_begun.Id, None))!.Steps.Select(s => s.Tool));
    }

    [Fact]
    public async Task Every_field_of_a_running_episode_comes_back_as_it_is_compared()
    {
        var odd = Samples.Everything(2) with { SourceId = null, Id = Samples.Id(2), Outcome = null, EndedAt = null, Steps = [] };
        await _one.StartEpisodeAsync(odd, None);
        await _one.AppendStepsAsync(odd.Id, Samples.Everything().Steps, None);
        Assert.True(await _two.CompleteEpisodeAsync(Ended((await _two.GetEpisodeAsync(odd.Id, None))!), None));
    }

    [Fact]
    public async Task What_an_earlier_release_began_can_be_ended()
    {
        OtherWriter.Run(File, "UPDATE episodes SET content_hash = NULL; UPDATE steps SET hash = NULL");
        await _one.AppendStepsAsync(_begun.Id, Samples.Steps("C"), None);
        var read = (await _one.GetEpisodeAsync(_begun.Id, None))!;
        Assert.False(await _one.CompleteEpisodeAsync(Ended(read with { Steps = [.. read.Steps.Take(2)] }), None));
        Assert.True(await _one.CompleteEpisodeAsync(Ended(read), None));
    }

    [Fact]
    public async Task A_step_for_an_episode_that_has_ended_is_not_acknowledged_for_its_twin()
    {
        await _one.CompleteEpisodeAsync(Ended((await _one.GetEpisodeAsync(_begun.Id, None))!), None);
        await Assert.ThrowsAsync<ConflictException>(() => _one.AppendStepsAsync(_begun.Id, [Samples.Steps("A B")[1]], None));
    }

    [Fact]
    public async Task Packs_go_with_their_episode_whoever_removes_it()
    {
        await _one.CompleteEpisodeAsync(Ended((await _one.GetEpisodeAsync(_begun.Id, None))!), None);
        OtherWriter.Run(File, "DELETE FROM episodes");
        Assert.Equal(["0"], OtherWriter.Read(File, "SELECT count(*) FROM step_packs"));
    }

    private static LearnedEpisode Ended(Episode read) => Samples.Learn(read with { Outcome = Outcome.Success(), EndedAt = Samples.Start.AddHours(1) });
}
