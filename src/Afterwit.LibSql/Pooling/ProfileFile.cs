using System.Security.Cryptography;
using System.Text;

namespace Afterwit.LibSql.Pooling;

/// <summary>The usual week of the load on a server, kept in a file from one process to the next.</summary>
/// <param name="folder">Where it is kept; null keeps it in memory alone.</param>
/// <param name="server">The server, one file for each.</param>
internal sealed class ProfileFile(string? folder, string server)
{
    private readonly string? _path = folder is null ? null : Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(server)).AsSpan(0, 8)) + ".load");

    /// <summary>What was kept. One that cannot be read is learned anew.</summary>
    public LoadProfile Load()
    {
        var profile = new LoadProfile();
        try
        {
            if (_path is not null && File.Exists(_path))
                profile.Load(File.ReadAllBytes(_path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No call fails for what is only a forecast.
        }

        return profile;
    }

    /// <summary>Keeps it: whole, or as it was before.</summary>
    public void Save(byte[] profile)
    {
        if (_path is null)
            return;
        try
        {
            Directory.CreateDirectory(folder!);
            var next = $"{_path}.{Environment.ProcessId}";
            File.WriteAllBytes(next, profile);
            File.Move(next, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As above: the next process learns it anew.
        }
    }
}
