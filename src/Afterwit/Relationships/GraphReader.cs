namespace Afterwit;

/// <summary>Reads parts of the graph of episodes, with what a person wants to see of each.</summary>
internal sealed class GraphReader(IMemoryStore store)
{
    /// <summary>The episodes around one, and every edge of the asked kinds among them.</summary>
    public async Task<EpisodeGraph> AroundAsync(GraphQuery query, CancellationToken cancellationToken)
    {
        var reading = store.GetEpisodeAsync(query.From, cancellationToken);
        var finding = store.GetRelatedAsync(query, cancellationToken);
        await Task.WhenAll(reading, finding).ConfigureAwait(false);
        List<GraphNode> nodes = [Node(await reading.ConfigureAwait(false), query.From, 0)];
        nodes.AddRange((await finding.ConfigureAwait(false)).Select(r => EpisodeGraph.Node(r.Head.Id, r.Head.Task, r.Head.Status, r.Hops)));

        var places = nodes.Select((node, place) => (node.Id, place)).ToDictionary(n => n.Id, n => n.place);
        var edges = await store.GetRelationshipsAsync([.. places.Keys], cancellationToken).ConfigureAwait(false);
        return new(nodes, [.. edges.SelectMany(of => of)
            .Where(edge => places.ContainsKey(edge.From) && places.ContainsKey(edge.To) && (query.Kinds.Count == 0 || query.Kinds.Contains(edge.Kind)))
            .DistinctBy(edge => (edge.From, edge.Kind, edge.To))
            .OrderBy(edge => places[edge.From]).ThenBy(edge => places[edge.To]).ThenBy(edge => edge.Kind)]);
    }

    /// <summary>The shortest way from one episode to another.</summary>
    public async Task<EpisodeGraph> PathAsync(GraphQuery query, EpisodeId to, CancellationToken cancellationToken)
    {
        var edges = await store.FindPathAsync(query, to, cancellationToken).ConfigureAwait(false);
        List<EpisodeId> ids = [query.From];
        foreach (var edge in edges)
            ids.Add(edge.From == ids[^1] ? edge.To : edge.From);
        var found = ids[^1] == to;
        if (!found)
            ids.Add(to);
        var episodes = await store.GetEpisodesAsync(ids, cancellationToken).ConfigureAwait(false);
        List<GraphNode> nodes = [.. ids.Select((id, hops) => Node(episodes[hops], id, hops))];
        return new(found ? nodes : [], edges);
    }

    private static GraphNode Node(Episode? episode, EpisodeId id, int hops) =>
        episode is null ? throw NotFoundException.Of(id) : EpisodeGraph.Node(id, episode.Task, episode.Status, hops);
}
