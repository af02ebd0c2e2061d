using Afterwit.LibSql;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests;

/// <summary>Two stores on one database, as two processes have them: what one writes, the other's guards see.</summary>
public sealed class TwoWritersTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task No_circle_is_closed_on_a_file()
    {
        using var folder = new TemporaryFolder();
        await RaceAsync(() => Task.FromResult<IDatabase>(SqliteDatabase.Open(folder["memory.db"])));
    }

    [Fact]
    public async Task No_circle_is_closed_on_a_server()
    {
        await using var database = await SharedSqld.NewDatabaseAsync();
        await RaceAsync(async () => await LibSqlDatabase.OpenAsync(database.WsUrl, new LibSqlOptions { Namespace = database.Namespace }));
    }

    private static async Task RaceAsync(Func<Task<IDatabase>> open)
    {
        await using var one = await SqlMemoryStore.OpenAsync(await open());
        await using var two = await SqlMemoryStore.OpenAsync(await open());
        for (var round = 0; round < 6; round++)
        {
            EpisodeId[] ring = [.. Enumerable.Range(3 * round, 3).Select(Samples.Id)];
            await one.ImportEpisodesAsync([.. Enumerable.Range(3 * round, 3).Select(i => Samples.Learn(Samples.Run(i, $"task {i}")))], None);
            foreach (var kind in Enum.GetValues<RelationshipKind>().Where(Relationship.IsAcyclic))
            {
                var kept = await Task.WhenAll(ring.Select((from, i) => Task.Run(() => TryAsync(i % 2 == 0 ? one : two, new(from, kind, ring[(i + 1) % 3])))));
                Assert.Equal(2, kept.Count(k => k));
                Assert.Equal(2, (await two.GetRelationshipsAsync(ring, None)).SelectMany(of => of).Where(e => e.Kind == kind).Distinct().Count());
            }
        }
    }

    private static async Task<bool> TryAsync(SqlMemoryStore store, Relationship edge)
    {
        try
        {
            await store.RelateAsync(edge, Samples.Start, None);
            return true;
        }
        catch (ConflictException)
        {
            return false;
        }
    }
}
