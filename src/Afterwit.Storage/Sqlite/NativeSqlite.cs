using System.Runtime.InteropServices;
using SQLitePCL;

namespace Afterwit.Storage;

/// <summary>Binds the SQLite library of the operating system. None is shipped: the system's own gets its security updates.</summary>
internal static class NativeSqlite
{
    /// <summary>The oldest version with everything the schema uses: RETURNING and UPSERT without a WHERE clause came with it.</summary>
    public static readonly Version Oldest = new(3, 35, 0);

    private static readonly Lazy<Version> Loaded = new(Load);

    // The binding lacks this one function.
    private static nint _fileControl;

    /// <summary>Loads the library once and gives its version.</summary>
    /// <exception cref="DatabaseException">There is none, or it is too old: the message says what to install.</exception>
    public static Version EnsureLoaded() => Loaded.Value;

    /// <summary>Whether the file of a connection was removed, renamed or replaced; false where the system tells nothing of that. Costs one look at the folder.</summary>
    public static unsafe bool HasMoved(sqlite3 connection)
    {
        const int hasMoved = 20; // SQLITE_FCNTL_HAS_MOVED
        var moved = 0;
        fixed (byte* main = "main\0"u8)
            return ((delegate* unmanaged<nint, byte*, int, int*, int>)_fileControl)(connection.DangerousGetHandle(), main, hasMoved, &moved) == raw.SQLITE_OK && moved != 0;
    }

    /// <summary>The error for a version that is too old, or null.</summary>
    public static DatabaseException? TooOld(Version version) => version >= Oldest
        ? null
        : new($"The SQLite library of this system is version {version}; Afterwit needs {Oldest} or later. {HowToInstall}");

    private static string HowToInstall =>
        OperatingSystem.IsLinux() ? "Install it with your package manager: `apt-get install libsqlite3-0`, `dnf install sqlite-libs` or `apk add sqlite-libs`."
        : OperatingSystem.IsMacOS() ? "macOS brings it as /usr/lib/libsqlite3.dylib: update macOS, or `brew install sqlite`."
        : "Windows 10 and later bring it as winsqlite3.dll: update Windows.";

    private static Version Load()
    {
        string[] names =
            OperatingSystem.IsLinux() ? ["libsqlite3.so.0", "libsqlite3.so"]
            : OperatingSystem.IsMacOS() ? ["/usr/lib/libsqlite3.dylib", "libsqlite3.dylib"]
            : ["winsqlite3", "sqlite3"];
        var handle = IntPtr.Zero;
        if (!Array.Exists(names, name => NativeLibrary.TryLoad(name, out handle)))
            throw new DatabaseException($"The SQLite library was not found on this system (looked for {string.Join(", ", names)}). {HowToInstall}");

        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, (library, _, _) => library == "e_sqlite3" ? handle : IntPtr.Zero);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        _fileControl = NativeLibrary.GetExport(handle, "sqlite3_file_control");
        var version = Version.Parse(raw.sqlite3_libversion().utf8_to_string());
        return TooOld(version) is { } tooOld ? throw tooOld : version;
    }
}
