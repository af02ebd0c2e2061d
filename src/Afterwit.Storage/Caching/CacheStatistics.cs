namespace Afterwit.Storage;

/// <summary>What a cache holds and did.</summary>
/// <param name="Entries">What it holds now.</param>
/// <param name="Bytes">About how many bytes that takes.</param>
/// <param name="Kinds">By what is kept: items by their id, then results of queries.</param>
/// <param name="Checks">Looks at the database whether other processes wrote.</param>
/// <param name="FailedChecks">Of these, those that could not tell; the reads went to the database instead.</param>
/// <param name="ForeignChanges">Of these, those that found something new: everything kept was given up.</param>
/// <param name="Warmed">Items that were there from the start, because the last process used them most.</param>
/// <param name="FailedTasks">Loads ahead of time, warm starts and notes for the next one that failed; no answer depended on them.</param>
public sealed record CacheStatistics(
    long Entries, long Bytes, IReadOnlyList<CacheKindStatistics> Kinds, long Checks, long FailedChecks, long ForeignChanges, long Warmed, long FailedTasks)
{
    /// <summary>Reads that were answered from the cache.</summary>
    public long Hits => Kinds.Sum(k => k.Hits);

    /// <summary>Reads that were not.</summary>
    public long Misses => Kinds.Sum(k => k.Misses);
}

/// <summary>What a cache did for one kind of values.</summary>
/// <param name="Kind">Such as <c>episode</c> or <c>candidates</c>.</param>
/// <param name="Hits">Reads that found a value.</param>
/// <param name="Misses">Reads that did not.</param>
/// <param name="Stale">Of these, those that found one from before a write, which was not given.</param>
/// <param name="Absent">Of the hits, those that found that there is no such thing.</param>
/// <param name="Loads">Values that were read from the store: at most one for all who asked at the same time.</param>
/// <param name="Refreshes">Of these, those ahead of the end of a value in use.</param>
/// <param name="Evictions">Values that left for others, or were not taken in because others are used more.</param>
/// <param name="Expirations">Values whose life ended.</param>
public sealed record CacheKindStatistics(string Kind, long Hits, long Misses, long Stale, long Absent, long Loads, long Refreshes, long Evictions, long Expirations);
