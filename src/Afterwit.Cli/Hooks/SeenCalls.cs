using System.Security.Cryptography;
using System.Text;

namespace Afterwit.Cli.Hooks;

/// <summary>
/// Which uses of tools a session has recorded, and when those that are under way began: one empty file each, in a folder of the session. A hook is a process of its own each time, several
/// run at once, and the client may report the same use twice: making a file is what only one of them can do.
/// </summary>
internal sealed class SeenCalls
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(7);

    private readonly string _folder;

    public SeenCalls(string root, string session) => _folder = Path.Combine(root, NameOf(session));

    /// <summary>Notes that a use begins.</summary>
    public void Begin(string call) => TryMake(call, ".begun");

    /// <summary>Claims the recording of a use. False when it is recorded already, or by another process right now.</summary>
    public bool TryClaim(string call) => TryMake(call, ".done");

    /// <summary>Gives a claim back: the recording failed, and may be tried again.</summary>
    public void Release(string call) => File.Delete(PathOf(call, ".done"));

    /// <summary>When a use began. Null when nobody noted it.</summary>
    public DateTimeOffset? BegunAt(string call) => File.Exists(PathOf(call, ".begun")) ? new DateTimeOffset(File.GetLastWriteTimeUtc(PathOf(call, ".begun"))) : null;

    /// <summary>Forgets the session.</summary>
    public void Clear()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Forgets sessions that ended without saying so.</summary>
    public static void ClearOld(string root, DateTimeOffset now)
    {
        foreach (var folder in Directory.Exists(root) ? Directory.GetDirectories(root) : [])
        {
            if (Directory.GetLastWriteTimeUtc(folder) < now.UtcDateTime - Forgotten)
                Directory.Delete(folder, recursive: true);
        }
    }

    private bool TryMake(string call, string kind)
    {
        Directory.CreateDirectory(_folder);
        try
        {
            new FileStream(PathOf(call, kind), FileMode.CreateNew, FileAccess.Write).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(PathOf(call, kind)))
        {
            return false;
        }
    }

    private string PathOf(string call, string kind) => Path.Combine(_folder, NameOf(call) + kind);

    // Ids come from outside: a path may be in them.
    private static string NameOf(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16));
}
