using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Afterwit.LibSql.Transport;

namespace Afterwit.Storage;

/// <summary>Where the processes of a user find each other: a folder of sockets that nobody else may enter, one for each open memory.</summary>
internal static partial class WatchFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The folder: <c>$XDG_RUNTIME_DIR/afterwit</c>, else one in the temporary folder with the number of the user.</summary>
    public static string Location =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { } runtime && Path.IsPathFullyQualified(runtime) && Directory.Exists(runtime) ? Path.Combine(runtime, "afterwit")
        : Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"afterwit-{(OperatingSystem.IsWindows() ? Environment.UserName : UserNumber())}"));

    /// <summary>What a database is called, by whoever opens it: its full path, or its URL without credentials, with the tenant.</summary>
    public static string NameOf(string database, StorageOptions options)
    {
        if (LibSqlDatabase.IsServer(database))
            return ServerAddress.Parse(database).NameOf(options.Server.Namespace);
        var path = SqliteDatabase.PathOf(database);
        return path == SqliteDatabase.InMemory ? path : Path.GetFullPath(path);
    }

    /// <summary>Where a memory that this process has open is published. The number tells it from others on the same database.</summary>
    public static string SocketOf(string name, int number) => Path.Combine(Location, string.Create(CultureInfo.InvariantCulture, $"{Hash(name)}-{Environment.ProcessId}-{number}.sock"));

    /// <summary>The sockets of a database, with the process of each; some may be of processes that died.</summary>
    public static IEnumerable<(string Path, int Process)> SocketsOf(string name) => !Directory.Exists(Location) ? [] : Directory.EnumerateFiles(Location, $"{Hash(name)}-*.sock")
        .Select(path => (path, int.TryParse(Path.GetFileName(path).Split('-')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var process) ? process : 0))
        .Order();

    /// <summary>Makes the folder, if need be, and sees to it that only its owner may enter.</summary>
    /// <exception cref="IOException">It is a link, or cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public static void Prepare()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Location); // the temporary folder is the user's own
            return;
        }

        var folder = Directory.CreateDirectory(Location, OwnerOnly);
        if (folder.LinkTarget is not null)
            throw new IOException($"{Location} is a link. Remove it.");
        if (ChangeOwner(Location, UserNumber(), uint.MaxValue) != 0) // changes nothing of our own; only an administrator may take one of another user
            throw new UnauthorizedAccessException($"{Location} belongs to another user. Remove it, or set XDG_RUNTIME_DIR to a folder of your own.");
        folder.UnixFileMode = OwnerOnly;
    }

    /// <summary>Lets only the owner connect.</summary>
    public static void Protect(string socket)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static string Hash(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 8));

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint UserNumber();

    /// <summary>The group stays as it is for -1; a link is not followed.</summary>
    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
