namespace Afterwit.Storage.Tests.Contract;

/// <summary>The search of a graph, level by level in the plainest way.</summary>
internal static class PlainGraph
{
    /// <summary>All that is within the hops of a query, whatever its limit.</summary>
    public static List<Found> Search(IReadOnlyList<Relationship> edges, GraphQuery query)
    {
        List<Found> all = [];
        HashSet<EpisodeId> seen = [query.From];
        List<Found> level = [new(query.From, 0, 1, null)];
        for (var hops = 1; hops <= query.MaxHops; hops++)
        {
            List<(Found Next, int Place)> ways = [];
            foreach (var (at, place) in level.Select((at, place) => (at, place)))
            {
                foreach (var edge in edges.Where(e => query.Kinds.Count == 0 || query.Kinds.Contains(e.Kind)))
                {
                    if (query.Direction.HasFlag(EdgeDirection.Outgoing) && edge.From == at.Id)
                        ways.Add((new(edge.To, hops, at.Weight * edge.Weight, edge), place));
                    if (query.Direction.HasFlag(EdgeDirection.Incoming) && edge.To == at.Id)
                        ways.Add((new(edge.From, hops, at.Weight * edge.Weight, edge), place));
                }
            }

            level = [.. ways.Where(w => !seen.Contains(w.Next.Id)).GroupBy(w => w.Next.Id)
                .Select(g => g.OrderByDescending(w => w.Next.Weight).ThenBy(w => w.Place).ThenBy(w => w.Next.Via!.Kind).ThenBy(w => w.Next.Via!.From == g.Key).First().Next)
                .OrderByDescending(f => f.Weight).ThenBy(f => f.Id.Value)];
            all.AddRange(level);
            seen.UnionWith(level.Select(f => f.Id));
        }

        return all;
    }

    /// <summary>The edges that lead to an episode.</summary>
    public static List<Relationship> Way(IReadOnlyList<Found> found, EpisodeId from, EpisodeId to)
    {
        List<Relationship> way = [];
        for (var at = to; at != from && found.FirstOrDefault(f => f.Id == at) is { Via: { } via }; at = via.From == at ? via.To : via.From)
            way.Insert(0, via);
        return way;
    }

    public sealed record Found(EpisodeId Id, int Hops, double Weight, Relationship? Via);
}
