using System.Text.Json;

namespace Afterwit.Storage;

/// <summary>The operations of a store. What follows <c>By</c> is the query type: by what a list looks, the most selective of what its filter says.</summary>
internal enum StoreOperation
{
    StartEpisode,
    AppendSteps,
    CompleteEpisode,
    WriteBatch,
    FindUnchanged,
    GetEpisode,
    GetEpisodes,
    ListEpisodesByMetadata,
    ListEpisodesByTag,
    ListEpisodesByDomain,
    ListEpisodesByScope,
    ListEpisodesByStatus,
    ListEpisodesByTime,
    ListEpisodesByNothing,
    GetToolTraces,
    ForgetEpisode,
    GetSteps,
    FindCandidates,
    FindPatterns,
    ListPatternsByDomain,
    ListPatternsByKind,
    ListPatternsByNothing,
    GetPattern,
    GetPatterns,
    GetEvidence,
    RetirePattern,
    SaveReceipt,
    GetReceipt,
    GetReceipts,
    CountRecalledRuns,
    SaveFeedback,
    Relate,
    GetRelationships,
    GetRelated,
    FindPath,
    Unrelate,
    GetEmbeddings,
    FindNearest,
    SaveCheckpoint,
    GetCheckpoints,
    GetStatistics,
}

/// <summary>Names and query types of the operations.</summary>
internal static class StoreOperations
{
    /// <summary>The name and query type of each, by its number.</summary>
    public static IReadOnlyList<(string Name, string? Query)> All { get; } = [.. Enum.GetNames<StoreOperation>().Select(Names)];

    /// <summary>Listing episodes, by the most selective that the filter says.</summary>
    public static StoreOperation Of(EpisodeFilter filter) => filter switch
    {
        { Metadata: not null } => StoreOperation.ListEpisodesByMetadata,
        { Tag: not null } => StoreOperation.ListEpisodesByTag,
        { Domain: not null } => StoreOperation.ListEpisodesByDomain,
        { Scope: var scope } when scope != Scope.Any => StoreOperation.ListEpisodesByScope,
        { Status: not null } => StoreOperation.ListEpisodesByStatus,
        { Since: not null } or { Until: not null } => StoreOperation.ListEpisodesByTime,
        _ => StoreOperation.ListEpisodesByNothing,
    };

    /// <summary>Listing patterns.</summary>
    public static StoreOperation Of(PatternFilter filter) => filter switch
    {
        { Domain: not null } => StoreOperation.ListPatternsByDomain,
        { Kind: not null } => StoreOperation.ListPatternsByKind,
        _ => StoreOperation.ListPatternsByNothing,
    };

    private static (string Name, string? Query) Names(string member)
    {
        var parts = member.Split("By");
        return (JsonNamingPolicy.SnakeCaseLower.ConvertName(parts[0]), parts.Length == 1 ? null : parts[1].ToLowerInvariant());
    }
}
