namespace Afterwit.Storage;

/// <summary>Work that nobody waits for until the end. What fails is counted.</summary>
internal sealed class BackgroundTasks
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private long _failed;

    /// <summary>How many failed.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    public void Run(Func<Task> work)
    {
        var running = Task.Run(async () =>
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception)
            {
                Interlocked.Increment(ref _failed); // counted where an operator sees it; no answer depended on it
            }
        });
        lock (_lock)
        {
            _running.RemoveWhere(t => t.IsCompleted);
            _running.Add(running);
        }
    }

    public async Task DrainAsync()
    {
        Task[] running;
        lock (_lock)
            running = [.. _running];
        await Task.WhenAll(running).ConfigureAwait(false);
    }
}
