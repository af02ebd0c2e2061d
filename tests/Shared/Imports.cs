namespace Afterwit.Tests.Shared;

/// <summary>What most tests begin with: finished episodes stored in one batch, and counted as an import counts them.</summary>
internal static class Imports
{
    public static async Task<ImportCounts> ImportEpisodesAsync(this IMemoryStore store, IReadOnlyList<LearnedEpisode> episodes, CancellationToken cancellationToken)
    {
        var result = await store.WriteBatchAsync(new() { Episodes = [.. episodes.Select(e => e.Episode)] }, BatchOptions.Default, cancellationToken);
        var stored = result.Episodes.Count(item => item.Outcome == BatchOutcome.Stored);
        return new(stored, episodes.Count - stored);
    }
}
