namespace Afterwit.Storage;

/// <summary>What a commit survives.</summary>
public enum Durability
{
    /// <summary>An acknowledged write survives a crash of the process, of the system and a loss of power: each commit waits for the disk.</summary>
    Full = 0,

    /// <summary>An acknowledged write survives a crash of the process. A crash of the system or a loss of power may undo the last commits; the file stays sound.</summary>
    Normal = 1,
}

/// <summary>How an embedded database is opened.</summary>
public sealed class SqliteOptions
{
    /// <summary>What a commit survives.</summary>
    /// <value>The default is <see cref="Durability.Full"/>.</value>
    public Durability Synchronous { get; set; } = Durability.Full;

    /// <summary>How long a write waits for other processes that write to the same file before it fails.</summary>
    /// <value>The default is 60 seconds; 100 ms to 1 hour.</value>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The most connections that read at the same time; each keeps its prepared statements.</summary>
    /// <value>The default is 8; 1 to 64.</value>
    public int MaxReaders { get; set; } = 8;

    /// <summary>As few connections a pool that tunes itself (<see cref="TuningOptions"/>) is bounded to when more are not used.</summary>
    /// <value>The default is 2; 1 to 64, where more than <see cref="MaxReaders"/> counts as that.</value>
    public int MinReaders { get; set; } = 2;

    /// <summary>The most prepared statements that one connection keeps; the least recently used goes first.</summary>
    /// <value>The default is 128; 8 to 4,096.</value>
    public int StatementCacheSize { get; set; } = 128;

    /// <summary>The most units of work that share one commit.</summary>
    /// <value>The default is 256; 1 to 10,000.</value>
    public int MaxGroupCommit { get; set; } = 256;

    /// <summary>The largest size of the file in bytes. A write that would pass it fails with one clear error and changes nothing; 0 means no limit.</summary>
    /// <value>The default is 0; otherwise 1 MiB or more.</value>
    public long MaxBytes { get; set; }

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names the setting.</exception>
    public void Validate()
    {
        Check(BusyTimeout >= TimeSpan.FromMilliseconds(100) && BusyTimeout <= TimeSpan.FromHours(1), "Storage:BusyTimeout", BusyTimeout, "00:00:00.1 to 01:00:00");
        Check(MaxReaders is >= 1 and <= 64, "Storage:MaxReaders", MaxReaders, "1 to 64");
        Check(MinReaders is >= 1 and <= 64, "Storage:MinReaders", MinReaders, "1 to 64");
        Check(StatementCacheSize is >= 8 and <= 4096, "Storage:StatementCacheSize", StatementCacheSize, "8 to 4096");
        Check(MaxGroupCommit is >= 1 and <= 10_000, "Storage:MaxGroupCommit", MaxGroupCommit, "1 to 10000");
        Check(MaxBytes is 0 or >= 1 << 20, "Storage:MaxBytes", MaxBytes, "0 (no limit), or 1048576 or more");
        Check(Enum.IsDefined(Synchronous), "Storage:Synchronous", Synchronous, "Full or Normal");

        static void Check(bool valid, string setting, object value, string range)
        {
            if (!valid)
                throw new ArgumentException($"{setting} is {value}; allowed: {range}.");
        }
    }
}
