namespace Afterwit.Storage;

/// <summary>Episodes with their steps, put together from the rows of a constant number of statements.</summary>
internal sealed class WholeEpisodes
{
    private readonly Dictionary<EpisodeId, Episode> _heads = [];
    private readonly Dictionary<EpisodeId, List<Step>> _steps = [];

    /// <summary>What reads the episodes.</summary>
    public IReadOnlyList<Query> Queries(IEnumerable<KnownEpisode> episodes)
    {
        List<KnownEpisode> all = [.. episodes];
        return [EpisodeQueries.Heads(all, head => _heads[head.Id] = head), EpisodeQueries.StepsOf(all, Add)];
    }

    /// <summary>An episode that was read. Null when it is not there, or was known.</summary>
    public Episode? Get(EpisodeId id) => _heads.TryGetValue(id, out var head) ? head with { Steps = _steps.GetValueOrDefault(id) ?? [] } : null;

    private void Add(EpisodeId episode, Step step)
    {
        if (!_steps.TryGetValue(episode, out var steps))
            _steps[episode] = steps = [];
        steps.Add(step);
    }
}
