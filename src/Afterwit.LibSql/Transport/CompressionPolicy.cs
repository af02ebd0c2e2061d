namespace Afterwit.LibSql.Transport;

/// <summary>
/// Decides which answers are worth compressing: those whose bytes take longer to come than they take to be compressed and expanded. Answers that cross a
/// machine or a fast network never are; over the internet large ones mostly are.
/// </summary>
/// <remarks>
/// The speed of the link is measured on the answers themselves: the bytes of a plain body behind its first ones, over the time until the last. The time before the
/// first byte is the server's and the round trip's; compression changes neither. Short bodies tell nothing, they come in one piece. The estimate is a quotient of
/// two sums that both forget an eighth with each answer: an answer weighs as much as it has bytes, and a piece that was already waiting in a buffer, infinitely
/// fast by itself, cannot rule, as it would in a mean of quotients. Slow start of TCP makes the first answers of a connection seem slow; it is a cost that compression saves as well.
/// A compressed body tells how far the server's answers shrink, but little of the link: the server may have been the slower one. So while answers come
/// compressed, one that would pay is asked for plainly once a minute, lest a link that became fast stays unnoticed.
/// </remarks>
internal sealed class CompressionPolicy(LibSqlStatistics statistics, TimeProvider time)
{
    /// <summary>What the server needs to compress rows of text (35 to 50 ms per megabyte, sqld 0.24.32), and we to expand them (0.6 to 2 ms).</summary>
    public static readonly TimeSpan CostPerMegabyte = TimeSpan.FromMilliseconds(45);

    /// <summary>What compressing anything costs.</summary>
    public static readonly TimeSpan FixedCost = TimeSpan.FromMicroseconds(100);

    /// <summary>How long the last measure of the link is believed.</summary>
    public static readonly TimeSpan ProbeInterval = TimeSpan.FromMinutes(1);

    /// <summary>Measured bytes below this say more of the scheduler than of the link.</summary>
    private const int LeastMeasured = 8 * 1024;

    /// <summary>How far an answer shrinks, until one has told.</summary>
    private const double Typical = 4;

    /// <summary>What fits into one packet takes no less time when it is smaller.</summary>
    private const int LeastCompressed = 1400;

    private const double Memory = 7.0 / 8;
    private readonly Lock _lock = new();
    private double _bytes;
    private double _seconds;
    private double _shrinks = Typical;
    private long _measured;

    /// <summary>Bytes per second. Infinite until a plain answer has told.</summary>
    public double Speed
    {
        get { lock (_lock) return _seconds > 0 ? _bytes / _seconds : double.PositiveInfinity; }
    }

    /// <summary>Whether to ask for a compressed answer.</summary>
    /// <param name="expectedBytes">How large the answer will be, as far as its statements are known; 0 where they are not.</param>
    public bool Pays(double expectedBytes)
    {
        lock (_lock)
        {
            if (_seconds <= 0 || expectedBytes < LeastCompressed)
                return false;
            var saved = expectedBytes * (1 - (1 / _shrinks)) * _seconds / _bytes;
            var cost = FixedCost.TotalSeconds + (expectedBytes / 1e6 * CostPerMegabyte.TotalSeconds);
            if (saved < 2 * cost) // both are estimates, and the server's time is worth more than ours
                return false;
            if (time.GetElapsedTime(_measured) < ProbeInterval)
                return true;
            _measured = time.GetTimestamp();
            return false;
        }
    }

    /// <summary>Notes a plain answer: how many bytes came behind its first ones, and how long they took.</summary>
    public void CamePlain(long bytes, TimeSpan duration)
    {
        if (bytes < LeastMeasured)
            return;
        lock (_lock)
        {
            _bytes = (_bytes * Memory) + bytes;
            _seconds = (_seconds * Memory) + Math.Max(duration.TotalSeconds, 1e-9);
            _shrinks += (Typical - _shrinks) / 64; // what did not shrink gets another chance some day
            _measured = time.GetTimestamp();
        }
    }

    /// <summary>Notes a compressed answer.</summary>
    public void CameCompressed(long wireBytes, long bytes)
    {
        statistics.Add(Counter.CompressedAnswers);
        if (wireBytes <= 0 || bytes < LeastMeasured)
            return;
        lock (_lock)
            _shrinks = (_shrinks * Memory) + ((1 - Memory) * bytes / wireBytes);
    }
}
