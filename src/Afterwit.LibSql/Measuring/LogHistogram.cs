using System.Numerics;

namespace Afterwit.LibSql;

/// <summary>
/// Counts values in buckets of which each power of two has sixteen: below 32 every value has its own, above that a percentile is within 1/32 (3.2 %) of the value that stands there.
/// Lock-free, and 5 KB however much is recorded.
/// </summary>
internal sealed class LogHistogram
{
    private const int SubBits = 4;
    private const int PerOctave = 1 << SubBits;

    /// <summary>Larger values count as this: 37 minutes in nanoseconds.</summary>
    private const long Largest = (1L << 41) - 1;

    private readonly long[] _counts = new long[Index(Largest) + 1];
    private long _sum;
    private long _max;

    /// <summary>How many values were recorded.</summary>
    public long Count
    {
        get
        {
            var count = 0L;
            for (var i = 0; i < _counts.Length; i++)
                count += Interlocked.Read(ref _counts[i]);
            return count;
        }
    }

    /// <summary>The sum of the values.</summary>
    public long Sum => Interlocked.Read(ref _sum);

    /// <summary>The largest value, exactly.</summary>
    public long Max => Interlocked.Read(ref _max);

    /// <summary>Counts a value; less than 0 counts as 0.</summary>
    public void Record(long value)
    {
        value = Math.Max(0, value);
        Interlocked.Increment(ref _counts[Index(Math.Min(value, Largest))]);
        Interlocked.Add(ref _sum, value);
        for (var max = Max; value > max; max = Max)
            Interlocked.CompareExchange(ref _max, value, max);
    }

    /// <summary>The value that so large a share of all values does not pass. 0 when there is none.</summary>
    /// <param name="share">0 to 1.</param>
    public long Percentile(double share)
    {
        var rank = (long)Math.Ceiling(share * Count);
        for (var i = 0; i < _counts.Length && rank > 0; i++)
        {
            rank -= Interlocked.Read(ref _counts[i]);
            if (rank <= 0)
                return Math.Min(Middle(i), Max);
        }

        return 0;
    }

    /// <summary>Adds what was recorded here until now to another, which nobody records into.</summary>
    public void AddTo(LogHistogram sum)
    {
        for (var i = 0; i < _counts.Length; i++)
            sum._counts[i] += Interlocked.Read(ref _counts[i]);
        sum._sum += Sum;
        sum._max = Math.Max(sum._max, Max);
    }

    /// <summary>What was recorded since this was as it is in a sum of before. Its largest value is not known: that of all stands for it.</summary>
    public LogHistogram Since(LogHistogram before)
    {
        var since = new LogHistogram { _sum = Sum - before.Sum, _max = Max };
        for (var i = 0; i < _counts.Length; i++)
            since._counts[i] = Math.Max(0, _counts[i] - before._counts[i]);
        return since;
    }

    private static int Index(long value)
    {
        if (value < PerOctave)
            return (int)value;
        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return ((shift + 1) << SubBits) + (int)((value >> shift) & (PerOctave - 1));
    }

    private static long Middle(int index)
    {
        if (index < 2 * PerOctave)
            return index;
        var shift = (index >> SubBits) - 1;
        return ((PerOctave + (long)(index & (PerOctave - 1))) << shift) + (1L << (shift - 1));
    }
}
