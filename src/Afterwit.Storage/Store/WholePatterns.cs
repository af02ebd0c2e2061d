namespace Afterwit.Storage;

/// <summary>Which patterns a statement reads.</summary>
/// <param name="From">In SQL: their ids, as j.value.</param>
/// <param name="Argument">Its parameter, ?1.</param>
internal readonly record struct PatternSource(string From, SqlValue Argument)
{
    /// <summary>Those that the last process used most.</summary>
    public static PatternSource Hot => new("(SELECT id AS value FROM hot_items j WHERE kind = ?1) j", (long)CacheKind.Pattern);

    public static PatternSource Of(IEnumerable<PatternId> ids) => new("json_each(?1) j", StoreJson.Numbers(ids.Distinct().Select(id => id.Value)));
}

/// <summary>Patterns with their agents and evidence, put together from the rows of a constant number of statements.</summary>
internal sealed class WholePatterns
{
    private readonly Dictionary<PatternId, Pattern> _found = [];
    private readonly List<(PatternId Pattern, AgentCount Count)> _agents = [];
    private readonly List<(PatternId Pattern, Evidence Evidence)> _evidence = [];
    private ILookup<PatternId, AgentCount>? _agentsOf;
    private ILookup<PatternId, Evidence>? _evidenceOf;

    /// <summary>The patterns that were read.</summary>
    public IEnumerable<PatternId> Ids => _found.Keys;

    /// <summary>What reads patterns.</summary>
    public IReadOnlyList<Query> Queries(PatternSource patterns) =>
    [
        PatternQueries.ById(patterns, p => _found[p.Id] = p), PatternQueries.Agents(patterns, (pattern, count) => _agents.Add((pattern, count))),
        PatternQueries.Evidence(patterns, Scope.Any, (pattern, e) => _evidence.Add((pattern, e))),
    ];

    /// <summary>A pattern, once all was read. Null when it is not there.</summary>
    public Pattern? Get(PatternId id)
    {
        _agentsOf ??= _agents.ToLookup(a => a.Pattern, a => a.Count);
        _evidenceOf ??= _evidence.ToLookup(e => e.Pattern, e => e.Evidence);
        return _found.GetValueOrDefault(id) is { } pattern ? pattern with { Agents = [.. _agentsOf[id]], Evidence = [.. _evidenceOf[id]] } : null;
    }
}
