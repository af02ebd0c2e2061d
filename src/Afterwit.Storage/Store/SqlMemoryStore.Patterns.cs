namespace Afterwit.Storage;

/// <content>Patterns and their evidence.</content>
public sealed partial class SqlMemoryStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> FindPatternsAsync(IReadOnlyList<long> conditions, CancellationToken cancellationToken) =>
        ListAsync<Pattern>(add => PatternQueries.ByCondition(conditions, add), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Pattern>> ListPatternsAsync(PatternFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ListAsync<Pattern>(add => PatternQueries.List(filter, add), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Pattern>> FindPatternsOfAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        var found = new Dictionary<PatternId, (Pattern Pattern, List<Evidence> Evidence)>();
        await Database.ReadAsync(
            [
                PatternQueries.OfEpisodes(episodes, (pattern, evidence) =>
                {
                    if (!found.TryGetValue(pattern.Id, out var entry))
                        found[pattern.Id] = entry = (pattern, []);
                    entry.Evidence.Add(evidence);
                }),
            ],
            cancellationToken).ConfigureAwait(false);
        return [.. found.Values.Select(entry => entry.Pattern with { Evidence = entry.Evidence })];
    }

    /// <inheritdoc/>
    public async Task<Pattern?> GetPatternAsync(PatternId id, CancellationToken cancellationToken)
    {
        Pattern? found = null;
        var agents = new List<AgentCount>();
        var evidence = new List<Evidence>();
        await Database.ReadAsync(
            [PatternQueries.ById(id, p => found = p), PatternQueries.Agents(id, agents.Add), PatternQueries.Evidence([id], Scope.Any, (_, e) => evidence.Add(e))], cancellationToken).ConfigureAwait(false);
        return found is null ? null : found with { Agents = [.. agents.OrderByDescending(a => a.Successes + a.Failures).ThenBy(a => a.Agent, StringComparer.Ordinal)], Evidence = evidence };
    }

    /// <inheritdoc/>
    public async Task<ILookup<PatternId, Evidence>> GetEvidenceAsync(IReadOnlyList<PatternId> patterns, Scope scope, CancellationToken cancellationToken)
    {
        var found = new List<(PatternId Pattern, Evidence Evidence)>();
        await Database.ReadAsync([PatternQueries.Evidence(patterns, scope, (pattern, evidence) => found.Add((pattern, evidence)))], cancellationToken).ConfigureAwait(false);
        return found.ToLookup(f => f.Pattern, f => f.Evidence);
    }

    /// <inheritdoc/>
    public async Task<bool> RetirePatternAsync(PatternId id, bool retired, CancellationToken cancellationToken)
    {
        var results = await Database.WriteAsync([new("UPDATE patterns SET retired = ?2 WHERE id = ?1", id.Value, retired)], cancellationToken).ConfigureAwait(false);
        return results[0].Changed > 0;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Pattern?>> GetPatternsAsync(IReadOnlyList<PatternId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return await Task.WhenAll(ids.Select(id => GetPatternAsync(id, cancellationToken))).ConfigureAwait(false);
    }
}
