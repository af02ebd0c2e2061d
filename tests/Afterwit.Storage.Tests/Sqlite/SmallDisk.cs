using System.Diagnostics;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Sqlite;

/// <summary>A real file system of two megabytes in memory.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Null where mounting is not allowed: it takes root on Linux.</summary>
    public static SmallDisk? TryMount(string path)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return null;
        Directory.CreateDirectory(path);
        return Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", path) ? new(path) : null;
    }

    public void Remount(string how) => Assert.True(Run("mount", "-o", $"remount,{how}", Path));

    public void Dispose() => Assert.True(Run("umount", Path));

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        return process.WaitForExit(Eventually.Patience) && process.ExitCode == 0;
    }
}
