using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Afterwit.Tests.Shared;

/// <summary>
/// Starts programs that do not outlive the tests, however those end: <c>setpriv</c> asks the kernel for a kill when the starter dies. The kernel means the thread,
/// not the process, that started the program: so one thread that never ends starts them all.
/// </summary>
internal static class ServerProcess
{
    public const int Terminate = 15;
    public const int Stop = 19;
    public const int Continue = 18;
    private const string SetPriv = "/usr/bin/setpriv";
    private static readonly BlockingCollection<(ProcessStartInfo Info, TaskCompletionSource<Process> Started)> Starts = [];

    static ServerProcess() => new Thread(Serve) { IsBackground = true, Name = "starts servers" }.Start();

    public static Task<Process> StartAsync(string program, IEnumerable<string> arguments, string folder)
    {
        string[] command = File.Exists(SetPriv) ? [SetPriv, "--pdeathsig", "KILL", program, .. arguments] : [program, .. arguments];
        var info = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        info.Environment["RUST_LOG"] = "info";
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add((info, started));
        return started.Task;
    }

    /// <summary>Sends a signal by its number, as the platform's own list lacks the one that stops a process.</summary>
    public static void Signal(int processId, int signal) => _ = Kill(processId, signal);

    private static void Serve()
    {
        foreach (var (info, started) in Starts.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(Process.Start(info)!);
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                started.SetException(e);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
