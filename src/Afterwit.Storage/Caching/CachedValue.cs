namespace Afterwit.Storage;

/// <summary>What the cache holds for a key: the finished task itself, so that a hit hands it on and allocates nothing.</summary>
/// <param name="task">A finished task.</param>
/// <param name="on">What the value depends on.</param>
/// <param name="stamp">The sum of that, from before the value was read: it is valid as long as the sum is the same.</param>
/// <param name="isAbsent">Whether it says that there is no such thing.</param>
internal sealed class CachedValue(Task task, Dependencies on, long stamp, bool isAbsent)
{
    public Task Task => task;

    public bool IsAbsent => isAbsent;

    public long Stamp => stamp;

    public bool IsValid(Generations generations) => generations.Sum(on) == stamp;
}

/// <summary>A read that is under way: who asks the same while nothing was written since it began waits for it, too.</summary>
internal abstract class Flight(long stamp)
{
    public long Stamp => stamp;
}

/// <inheritdoc/>
internal sealed class Flight<T>(long stamp) : Flight(stamp)
{
    private readonly TaskCompletionSource<T> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _ended.Task;

    public void Succeed(T value) => _ended.SetResult(value);

    public void Fail(Exception error) => _ended.SetException(error);
}
