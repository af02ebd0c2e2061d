using Afterwit.Storage.Tests.Databases;
using Afterwit.Storage.Tests.Sqlite;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Dictionaries are trained beside whatever is damaged, are decided about once, and a training that fails is seen and does not slow the writes.</summary>
public sealed class TrainingTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryFolder _folder = new();

    private string File => _folder["memory.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_damaged_pack_is_left_out_of_the_training_and_compressing_goes_on_beside_it()
    {
        await FillAsync(0);
        OtherWriter.Run(File, "UPDATE step_packs SET payload = x'0F00' WHERE key = (SELECT min(key) FROM step_packs)");
        await using var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(File));
        var report = await store.CompressAsync();
        Assert.Equal((299, 1), (report.Recompressed, report.Unreadable));
        Assert.Equal(["1"], OtherWriter.Read(File, "SELECT count(*) FROM dictionaries"));
    }

    [Fact]
    public async Task A_training_that_fails_is_counted_and_tried_again_when_as_many_packs_are_new()
    {
        await FillAsync(0);
        var database = new NoSamples(SqliteDatabase.Open(File));
        await using var store = await SqlMemoryStore.OpenAsync(database);
        for (var i = 0; i < 20; i++)
        {
            await store.WriteBatchAsync(new() { Episodes = [Wordy(1_000 + i)] }, BatchOptions.Default, None);
            await store.Payloads.TrainedAsync();
        }

        Assert.Equal(1, (await store.GetCompressionAsync()).FailedTrainings);
        database.Works = true;
        await store.WriteBatchAsync(new() { Episodes = [.. Enumerable.Range(2_000, 200).Select(Wordy)] }, BatchOptions.Default, None);
        await store.Payloads.TrainedAsync();
        Assert.Equal((1, 1), ((await store.GetCompressionAsync()).FailedTrainings, (await store.GetCompressionAsync()).Dictionaries));
    }

    [Fact]
    public async Task A_decision_whose_answer_was_lost_is_not_made_again_for_what_others_wrote_meanwhile()
    {
        var lost = new FakeLostAnswers(SqliteDatabase.Open(File));
        await using var store = await SqlMemoryStore.OpenAsync(lost);
        await FillAsync(0);
        lost.Meanwhile = () => FillAsync(1_000);
        Assert.True(await store.Payloads.TrainWhenDueAsync(None));
        Assert.Equal(["1|300"], OtherWriter.Read(File, "SELECT (SELECT count(*) FROM dictionaries), new_packs FROM totals"));

        await FillAsync(2_000);
        lost.Meanwhile = () => FillAsync(3_000);
        Assert.False(await store.Payloads.TrainWhenDueAsync(None)); // keeps the first ratio
        Assert.Equal(["1|1|300"], OtherWriter.Read(File, "SELECT count(*), max(ratio) > 0, (SELECT new_packs FROM totals) FROM dictionaries"));
    }

    private static Episode Wordy(int number)
    {
        var random = new Random(number);
        return Samples.Learn(Samples.Run(number, $"task {number}") with
        {
            Steps = [.. Enumerable.Range(0, 8).Select(i => Step.ToolCall("get_reservation", $"R{random.Next(100_000)}", $"{{\"status\": \"confirmed\", \"price\": {random.Next(2_000)}}} {random.NextInt64():x} {new string('z', 100)}") with { Ordinal = i })],
        }).Episode;
    }

    /// <summary>Three hundred packs by a process that trains nothing.</summary>
    private async Task FillAsync(int from)
    {
        await using var store = await SqlMemoryStore.OpenAsync(SqliteDatabase.Open(File), null, new StorageOptions { Compression = new() { Dictionaries = false } });
        await store.WriteBatchAsync(new() { Episodes = [.. Enumerable.Range(from, 300).Select(Wordy)] }, BatchOptions.Default, None);
    }

    private sealed class NoSamples(IDatabase inner) : DatabaseDecorator(inner)
    {
        public bool Works { get; set; }

        public override Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken) =>
            !Works && queries.Any(q => q.Sql.Contains("FROM chosen", StringComparison.Ordinal)) ? throw new DatabaseException("the result is too large") : base.ReadAsync(queries, cancellationToken);
    }
}
