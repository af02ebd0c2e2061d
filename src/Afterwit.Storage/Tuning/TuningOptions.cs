namespace Afterwit.Storage;

/// <summary>How an open memory tunes itself: what moves, and between which limits that no other options hold.</summary>
public sealed class TuningOptions
{
    /// <summary>Whether anything moves by itself. Without, what is set is what is used.</summary>
    /// <value>The default is true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>How long it looks before it decides: a period with too few operations goes on.</summary>
    /// <value>The default is 5 seconds; 100 ms to 1 hour.</value>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The fewest items that a batch which may be split puts into one transaction.</summary>
    /// <value>The default is 64; 1 to <see cref="MaxBatchItems"/>.</value>
    public int MinBatchItems { get; set; } = 64;

    /// <summary>The most of them.</summary>
    /// <value>The default is 8,192; 1 to 1,000,000.</value>
    public int MaxBatchItems { get; set; } = 8_192;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names the setting and what is allowed.</exception>
    public void Validate()
    {
        Check(Period >= TimeSpan.FromMilliseconds(100) && Period <= TimeSpan.FromHours(1), nameof(Period), Period, "00:00:00.1 to 01:00:00");
        Check(MaxBatchItems is >= 1 and <= 1_000_000, nameof(MaxBatchItems), MaxBatchItems, "1 to 1000000");
        Check(MinBatchItems >= 1 && MinBatchItems <= MaxBatchItems, nameof(MinBatchItems), MinBatchItems, $"1 to Storage:Tuning:MaxBatchItems ({MaxBatchItems})");

        static void Check(bool valid, string setting, object value, string range)
        {
            if (!valid)
                throw new ArgumentException($"Storage:Tuning:{setting} is {value}; allowed: {range}.");
        }
    }
}
