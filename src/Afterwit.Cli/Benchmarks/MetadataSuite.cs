using System.Globalization;
using Afterwit.LibSql;
using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>Episodes found by a value of their metadata: the side table with its index, next to JSON in a column read with json_extract, with and without an index, and with LIKE.</summary>
internal static class MetadataSuite
{
    private const string Name = "metadata";
    private const int Batch = 1_000;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var size = options.Sizes.Max();
        await using var memory = await options.Database.OpenUncachedAsync(await options.Database.FreshAsync(cancellationToken), cancellationToken);
        var database = MemoryParts.DatabaseOf(memory);
        await database.WriteAsync(
            [
                Command.OfScript("CREATE TABLE bench_json(id INTEGER PRIMARY KEY, task TEXT NOT NULL, metadata TEXT NOT NULL); CREATE TABLE bench_indexed(id INTEGER PRIMARY KEY, task TEXT NOT NULL, metadata TEXT NOT NULL)"),
                Command.OfScript("CREATE INDEX bench_indexed_ticket ON bench_indexed(json_extract(metadata, '$.ticket'))"),
            ],
            cancellationToken);
        for (var first = 0; first < size; first += Batch)
        {
            List<Episode> episodes = [.. Enumerable.Range(first, Math.Min(Batch, size - first)).Select(Make)];
            await memory.WriteAsync(new() { Episodes = episodes }, cancellationToken: cancellationToken);
            List<SqlValue[]> rows = [.. episodes.Select((e, i) => new SqlValue[] { first + i, e.Task, $$"""{"customer":"{{e.Metadata["customer"]}}","ticket":"{{e.Metadata["ticket"]}}"}""" })];
            await database.WriteAsync([new("INSERT INTO bench_json(id, task, metadata) VALUES (?1, ?2, ?3)", rows), new("INSERT INTO bench_indexed(id, task, metadata) VALUES (?1, ?2, ?3)", rows)], cancellationToken);
        }

        var (ours, like, extract, indexed) = (new Meter(database.Statistics), new Meter(database.Statistics), new Meter(database.Statistics), new Meter(database.Statistics));
        var next = 0;
        for (var i = 0; i < options.Rounds * 4; i++)
        {
            for (var k = 0; k < 10; k++)
            {
                await indexed.TimeAsync(() => FindAsync("bench_indexed", "json_extract(metadata, '$.ticket') = ?1", Ticket(next++)));
                await ours.TimeAsync(async () => Expect((await memory.Store.ListEpisodesAsync(new() { Metadata = new("ticket", Ticket(next++)) }, cancellationToken)).Count));
            }

            await extract.TimeAsync(() => FindAsync("bench_json", "json_extract(metadata, '$.ticket') = ?1", Ticket(next++)));
            await like.TimeAsync(() => FindAsync("bench_json", "metadata LIKE '%' || ?1 || '%'", $"\"ticket\":\"{Ticket(next++)}\""));
        }

        var baseline = like.Row(Name, string.Create(CultureInfo.InvariantCulture, $"{size:N0} episodes, one of them by its metadata: LIKE"));
        var unindexed = extract.Row(Name, "json_extract, times faster than LIKE", baseline, Gain.Speed);
        return
        [
            baseline, unindexed, indexed.Row(Name, "json_extract with an index on the expression, times faster than LIKE", baseline, Gain.Speed),
            ours.Row(Name, "ours, a list of the whole heads, times faster than LIKE", baseline, Gain.Speed),
            ours.Row(Name, "ours, times faster than json_extract", unindexed, Gain.Speed),
        ];

        string Ticket(int i) => string.Create(CultureInfo.InvariantCulture, $"T-{i * 7_919L % size:000000}");

        async Task FindAsync(string table, string condition, string value)
        {
            var found = 0;
            await database.ReadAsync([new($"SELECT id, task FROM {table} WHERE {condition}", [value], _ => found++)], cancellationToken);
            Expect(found);
        }
    }

    private static void Expect(int found)
    {
        if (found != 1)
            throw new InvalidDataException($"One episode has this value; {found} were found.");
    }

    private static Episode Make(int i) => new()
    {
        Id = EpisodeId.New(CommandContext.Time),
        Task = string.Create(CultureInfo.InvariantCulture, $"answer ticket {i} of customer {i % 997}"),
        Scope = new(Project: BenchDatabase.Project),
        StartedAt = CommandContext.Time.GetUtcNow(),
        Outcome = Outcome.Success(),
        Metadata = new Dictionary<string, string> { ["customer"] = string.Create(CultureInfo.InvariantCulture, $"C-{i % 997}"), ["ticket"] = string.Create(CultureInfo.InvariantCulture, $"T-{i:000000}") },
    };
}
