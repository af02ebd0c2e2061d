using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Afterwit.Tests.Shared;

/// <summary>
/// Waits that end within a fraction of a millisecond: the timers of the platform come whole milliseconds late, and more while the pool is busy with the tests.
/// One thread sleeps in short slices while anybody waits, and runs what was waited for itself.
/// </summary>
internal static class DelayClock
{
    private const int SliceNanoseconds = 200_000;
    private static readonly PriorityQueue<TaskCompletionSource, long> Waits = new();
    private static readonly Lock Guard = new();
    private static readonly SemaphoreSlim Added = new(0);

    static DelayClock() => new Thread(Run) { IsBackground = true, Name = "delays", Priority = ThreadPriority.Highest }.Start();

    /// <summary>Waits until a <see cref="Stopwatch"/> shows a time.</summary>
    public static Task UntilAsync(long due)
    {
        if (due <= Stopwatch.GetTimestamp())
            return Task.CompletedTask;
        var wait = new TaskCompletionSource();
        lock (Guard)
            Waits.Enqueue(wait, due);
        Added.Release();
        return wait.Task;
    }

    private static void Run()
    {
        while (true)
        {
            Added.Wait();
            while (!EndOne())
                _ = Sleep(new() { Nanoseconds = SliceNanoseconds }, 0);
        }
    }

    /// <summary>Ends the first wait if it is time; each wait that was added is ended by one turn of the loop.</summary>
    private static bool EndOne()
    {
        TaskCompletionSource? wait;
        lock (Guard)
        {
            if (!Waits.TryPeek(out wait, out var due) || due > Stopwatch.GetTimestamp())
                return false;
            Waits.Dequeue();
        }

        wait.SetResult();
        return true;
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sleep(in Timespec time, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
