using System.Globalization;
using Afterwit.Storage;

namespace Afterwit.Cli.Configuration;

/// <summary>A setting: one name in the file, in the environment and on the command line.</summary>
/// <param name="Name">As in the file: sections and keys joined by colons.</param>
/// <param name="Default">The value when nobody sets it, as text.</param>
/// <param name="Allowed">What it takes, for people.</param>
/// <param name="Description">What it does.</param>
/// <param name="Apply">Reads the text into the options. Throws <see cref="FormatException"/> when it is not of the right kind.</param>
internal sealed record Setting(string Name, string Default, string Allowed, string Description, Action<SqliteOptions, string> Apply)
{
    /// <summary>The setting that names the database. It has no option of its own form: <c>--db</c> is it.</summary>
    public const string Database = "Db";

    /// <summary>Every setting, in the order in which it is shown.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        new(Database, DataFolder.DefaultDatabase, "a path, or :memory:", "Where the memory is kept.", static (_, _) => { }),
        new(
            "Storage:Synchronous", "Full", "Full or Normal", "What a commit survives. Full: a loss of power. Normal: a crash of the process; the system's crash may undo the last commits.",
            static (o, v) => o.Synchronous = Enum.TryParse<Durability>(v, ignoreCase: true, out var durability) && Enum.IsDefined(durability) ? durability : throw new FormatException()),
        new("Storage:BusyTimeout", "00:01:00", "00:00:00.1 to 01:00:00", "How long a write waits for other processes that write to the same file.", static (o, v) => o.BusyTimeout = TimeSpan.Parse(v, CultureInfo.InvariantCulture)),
        new("Storage:MaxReaders", "8", "1 to 64", "The most connections that read at the same time.", static (o, v) => o.MaxReaders = int.Parse(v, CultureInfo.InvariantCulture)),
        new("Storage:StatementCacheSize", "128", "8 to 4096", "The most prepared statements that one connection keeps.", static (o, v) => o.StatementCacheSize = int.Parse(v, CultureInfo.InvariantCulture)),
        new("Storage:MaxGroupCommit", "256", "1 to 10000", "The most writes that share one commit.", static (o, v) => o.MaxGroupCommit = int.Parse(v, CultureInfo.InvariantCulture)),
        new("Storage:MaxBytes", "0", "0 (no limit), or 1048576 or more", "The largest size of the file.", static (o, v) => o.MaxBytes = long.Parse(v, CultureInfo.InvariantCulture)),
    ];

    /// <summary>The name in the environment: <c>AFTERWIT_STORAGE__MAXREADERS</c>.</summary>
    public string EnvironmentName => "AFTERWIT_" + Name.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>The name on the command line: <c>--storage-max-readers</c>.</summary>
    public string OptionName => Name == Database ? "--db" : "--" + string.Concat(Name.Select((c, i) => c == ':' ? "-" : char.IsUpper(c) && i > 0 && Name[i - 1] != ':' ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
