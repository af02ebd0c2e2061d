using System.Numerics;

namespace Afterwit.Storage;

/// <summary>What a cache did, for one kind of entries or all of them.</summary>
/// <param name="Hits">Lookups that found a living entry.</param>
/// <param name="Misses">Lookups that did not.</param>
/// <param name="Loads">Values that were loaded because of a miss or ahead of one.</param>
/// <param name="EvictedBySize">Entries that left for others.</param>
/// <param name="EvictedByTime">Entries whose life ended.</param>
/// <param name="Refused">New entries that were given up because what they would have displaced is used more.</param>
internal readonly record struct CacheCounts(long Hits, long Misses, long Loads, long EvictedBySize, long EvictedByTime, long Refused);

/// <summary>Counts what a cache does, by kind of entry. Exact; each thread counts on a cache line that it seldom shares.</summary>
internal sealed class CacheCounters
{
    // Of each stripe, 8 numbers (one cache line) for each kind, after one line that keeps the array's head apart.
    private const int Line = 8;
    private readonly long[][] _stripes;

    /// <summary>Counters at zero.</summary>
    /// <param name="kinds">How many kinds of entries there are: kinds are 0 to this less one.</param>
    public CacheCounters(int kinds = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kinds, 1);
        Kinds = kinds;
        _stripes = new long[Stripes.Count][];
        for (var i = 0; i < _stripes.Length; i++)
            _stripes[i] = new long[(kinds + 2) * Line];
    }

    private enum Field
    {
        Hits,
        Misses,
        Loads,
        EvictedBySize,
        EvictedByTime,
        Refused,
    }

    /// <summary>How many kinds of entries there are.</summary>
    public int Kinds { get; }

    /// <summary>Counts a hit.</summary>
    /// <returns>The hits of the kind so far, of those threads that count in the same place.</returns>
    public long Hit(int kind) => Add(kind, Field.Hits);

    public void Miss(int kind) => Add(kind, Field.Misses);

    /// <summary>To be called by whoever loads a value.</summary>
    public void Load(int kind) => Add(kind, Field.Loads);

    public void EvictedBySize(int kind) => Add(kind, Field.EvictedBySize);

    public void EvictedByTime(int kind) => Add(kind, Field.EvictedByTime);

    public void Refused(int kind) => Add(kind, Field.Refused);

    /// <summary>The counts of one kind.</summary>
    public CacheCounts Of(int kind)
    {
        return new(Sum(Field.Hits), Sum(Field.Misses), Sum(Field.Loads), Sum(Field.EvictedBySize), Sum(Field.EvictedByTime), Sum(Field.Refused));

        long Sum(Field field) => _stripes.Sum(stripe => Interlocked.Read(ref stripe[Index(kind, field)]));
    }

    /// <summary>The counts of all kinds.</summary>
    public CacheCounts Total() => Enumerable.Range(0, Kinds).Select(Of).Aggregate((a, b) => new(
        a.Hits + b.Hits, a.Misses + b.Misses, a.Loads + b.Loads, a.EvictedBySize + b.EvictedBySize, a.EvictedByTime + b.EvictedByTime, a.Refused + b.Refused));

    private static int Index(int kind, Field field) => ((kind + 1) * Line) + (int)field;

    private long Add(int kind, Field field) => Interlocked.Increment(ref _stripes[Stripes.Current][Index(kind, field)]);
}

/// <summary>Spreads threads over memory, so that they seldom write to the same cache line.</summary>
internal static class Stripes
{
    /// <summary>How many there are: a power of two.</summary>
    public static int Count { get; } = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(2 * Environment.ProcessorCount, 8, 64));

    /// <summary>The calling thread's.</summary>
    public static int Current => Environment.CurrentManagedThreadId & (Count - 1);
}
