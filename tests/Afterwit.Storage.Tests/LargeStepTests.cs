using Afterwit.Storage.Tests.Sqlite;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Steps and summaries that fill a pack, and the largest values that a server takes.</summary>
public sealed class LargeStepTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_step_that_would_overfill_a_pack_begins_the_next_and_a_long_summary_has_its_own()
    {
        await using var memory = await AgentMemory.OpenAsync(_folder["memory.db"]);
        var id = await memory.StartAsync("task");
        await memory.LogAsync(id, [.. new[] { 200_000, 100_000, 300_000, 10 }.Select((n, i) => Step.ToolCall("READ", $"{i}", new string('x', n)))]);
        var ended = await memory.CompleteAsync(id, Outcome.Success(new string('s', 100_000)));
        Assert.Equal(["0|200", "1|100", "2|300", "3|0", "4|100"], OtherWriter.Read(_folder["memory.db"], "SELECT key & 1048575, raw_bytes / 1000 FROM step_packs ORDER BY key"));
        Samples.AssertSame(ended, await memory.GetAsync(id));
    }

    [Fact]
    public async Task A_server_stores_the_largest_text_it_takes_beside_others_and_says_when_one_is_larger()
    {
        await using var server = await SharedSqld.NewDatabaseAsync();
        var options = new StorageOptions { Compression = new() { Episodes = PayloadCodecKind.None } };
        await using var memory = new AgentMemory(await SqlMemoryStore.OpenAsync(await LibSqlDatabase.OpenAsync(server.WsUrl, new() { Namespace = server.Namespace }), null, options));
        var id = await memory.StartAsync("task");
        await memory.LogAsync(id, Step.Message("user", new string('x', 250_000)));
        await memory.LogAsync(id, Step.Message("user", new string('y', 4_900_000)));
        var larger = await Assert.ThrowsAsync<DatabaseException>(() => memory.LogAsync(id, Step.Message("user", new string('z', 6_000_000))));
        Assert.Contains("5 MB", larger.Message, StringComparison.Ordinal);
        var ended = await memory.CompleteAsync(id, Outcome.Success(new string('s', 200_000)));
        foreach (var step in ended.Steps)
            Assert.Equal(step, (await memory.Store.GetStepsAsync([new(id, step.Ordinal)], None)).Values.Single());
    }
}
