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

    /// <summary>
    /// Starts a program with its output in a file. The shell becomes <c>setpriv</c> and that the program, so the process is the program's own; and a pipe to the tests
    /// instead of the file would hold a thread of the pool for as long as the program runs.
    /// </summary>
    public static Task<Process> StartAsync(string program, IEnumerable<string> arguments, string folder, string log)
    {
        string[] command = File.Exists(SetPriv) ? [SetPriv, "--pdeathsig", "KILL", program, .. arguments] : [program, .. arguments];
        var info = new ProcessStartInfo("/bin/sh", ["-c", """exec "$@" >"$LOG" 2>&1 </dev/null""", "sh", .. command]) { UseShellExecute = false, WorkingDirectory = folder };
        info.Environment["LOG"] = log;
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
