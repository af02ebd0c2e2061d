namespace Afterwit.Storage;

/// <summary>How close the process is to its limit of memory.</summary>
internal static class MemoryPressure
{
    /// <summary>
    /// The memory in use over the load from which the runtime itself collects more eagerly: a share of the container's limit where there is one, of the heap's hard limit, else of
    /// the machine's memory. As of the last collection; 0 before the first.
    /// </summary>
    public static double Read()
    {
        var memory = GC.GetGCMemoryInfo();
        return memory.HighMemoryLoadThresholdBytes > 0 ? (double)memory.MemoryLoadBytes / memory.HighMemoryLoadThresholdBytes : 0;
    }

    /// <summary>By how many halves lives are shortened: one from nine tenths on, two from the threshold on.</summary>
    public static int Halvings(double pressure) => pressure < 0.9 ? 0 : pressure < 1 ? 1 : 2;
}
