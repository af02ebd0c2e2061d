using System.Diagnostics;

namespace Afterwit.Tests.Shared;

/// <summary>Waits for what another process does in its own time; with a deadline.</summary>
internal static class Eventually
{
    public static async Task IsTrueAsync(Func<Task<bool>> condition, TimeSpan? within = null)
    {
        for (var start = Stopwatch.GetTimestamp(); !await condition();)
        {
            if (Stopwatch.GetElapsedTime(start) > (within ?? TimeSpan.FromSeconds(10)))
                throw new TimeoutException("it did not become true in time");
            await Task.Delay(5, CancellationToken.None);
        }
    }
}
