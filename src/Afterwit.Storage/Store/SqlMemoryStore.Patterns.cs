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
    public Task<IReadOnlyList<Pattern>> FindPatternsAsync(IReadOnlyList<PatternId> ids, CancellationToken cancellationToken) =>
        ListAsync<Pattern>(add => PatternQueries.ById(PatternSource.Of(ids), add), cancellationToken);

    /// <inheritdoc/>
    public async Task<Pattern?> GetPatternAsync(PatternId id, CancellationToken cancellationToken) => (await GetPatternsAsync([id], cancellationToken).ConfigureAwait(false))[0];

    /// <inheritdoc/>
    public async Task<ILookup<PatternId, Evidence>> GetEvidenceAsync(IReadOnlyList<PatternId> patterns, Scope scope, CancellationToken cancellationToken)
    {
        var found = new List<(PatternId Pattern, Evidence Evidence)>();
        await Database.ReadAsync([PatternQueries.Evidence(PatternSource.Of(patterns), scope, (pattern, evidence) => found.Add((pattern, evidence)))], cancellationToken).ConfigureAwait(false);
        return found.ToLookup(f => f.Pattern, f => f.Evidence);
    }

    /// <inheritdoc/>
    public async Task<bool> RetirePatternAsync(PatternId id, bool retired, CancellationToken cancellationToken)
    {
        var results = await Database.WriteAsync([PatternCommands.Retire(id, retired)], cancellationToken).ConfigureAwait(false);
        return results[0].Changed > 0;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Pattern?>> GetPatternsAsync(IReadOnlyList<PatternId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count == 0)
            return [];
        var found = new WholePatterns();
        await Database.ReadAsync(found.Queries(PatternSource.Of(ids)), cancellationToken).ConfigureAwait(false);
        return [.. ids.Select(found.Get)];
    }
}
