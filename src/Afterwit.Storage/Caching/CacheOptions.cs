using System.Globalization;

namespace Afterwit.Storage;

/// <summary>How much a cache keeps, and for how long.</summary>
public sealed class CacheOptions
{
    /// <summary>Whether reads come from a cache first.</summary>
    /// <value>The default is true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>How long what another process wrote may go unseen: the first answer from the cache after so long waits for a look at the database.</summary>
    /// <value>The default is 1 second; 0 to 1 hour, where 0 looks before every answer.</value>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the result of a query is kept while no write touches what it reads: the age of the clock and of the term weights in it.</summary>
    /// <value>The default is 60 seconds; 1 second to <see cref="MaxLifetime"/>.</value>
    public TimeSpan QueryLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether a store begins with what the last one used most, and leaves a note of that for the next.</summary>
    /// <value>The default is true.</value>
    public bool WarmStart { get; set; } = true;

    /// <summary>The most entries.</summary>
    /// <value>The default is 100,000; 1 to 100,000,000.</value>
    public int MaxEntries { get; set; } = 100_000;

    /// <summary>The most bytes that the entries take, the cache's own included.</summary>
    /// <value>The default is 64 MiB; 64 KiB to 1 TiB.</value>
    public long MaxBytes { get; set; } = 64L << 20;

    /// <summary>As few bytes a cache that tunes itself (<see cref="TuningOptions"/>) is bounded to when more do not pay.</summary>
    /// <value>The default is 4 MiB; 64 KiB to 1 TiB, where more than <see cref="MaxBytes"/> counts as that.</value>
    public long MinBytes { get; set; } = 4L << 20;

    /// <summary>How long a new entry lives without being used. From there its life grows with use and shrinks without.</summary>
    /// <value>The default is 300 seconds; <see cref="MinLifetime"/> to <see cref="MaxLifetime"/>.</value>
    public TimeSpan BaseLifetime { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>The shortest life without use, also when memory is short.</summary>
    /// <value>The default is 60 seconds; 1 second to <see cref="MaxLifetime"/>.</value>
    public TimeSpan MinLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest life without use, and the age at which an entry ends however much it is used: it has to be loaded again.</summary>
    /// <value>The default is 3,600 seconds; 1 second to 7 days.</value>
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromSeconds(3_600);

    /// <summary>How long it is remembered that something is not there.</summary>
    /// <value>The default is 5 seconds; 0 to <see cref="MaxLifetime"/>, where 0 remembers nothing.</value>
    public TimeSpan AbsentLifetime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names the setting and what is allowed.</exception>
    public void Validate()
    {
        Check(MaxEntries, 1, 100_000_000, nameof(MaxEntries));
        Check(MaxBytes, 64L << 10, 1L << 40, nameof(MaxBytes));
        Check(MinBytes, 64L << 10, 1L << 40, nameof(MinBytes));
        Check(MaxLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromDays(7), nameof(MaxLifetime));
        Check(MinLifetime, TimeSpan.FromSeconds(1), MaxLifetime, nameof(MinLifetime));
        Check(BaseLifetime, MinLifetime, MaxLifetime, nameof(BaseLifetime));
        Check(AbsentLifetime, TimeSpan.Zero, MaxLifetime, nameof(AbsentLifetime));
        Check(CheckInterval, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(CheckInterval));
        Check(QueryLifetime, TimeSpan.FromSeconds(1), MaxLifetime, nameof(QueryLifetime));

        static void Check<T>(T value, T least, T most, string setting)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Storage:Cache:{setting} is {value}; allowed: {least} to {most}."));
        }
    }
}
