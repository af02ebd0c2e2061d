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

/// <summary>A read that is under way: who asks the same while nothing was written since it began waits for it, too. It is given up when all who waited have left.</summary>
/// <param name="stamp">The sum of what the value depends on, from before the read.</param>
/// <param name="began">When it began, as a timestamp of the clock.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A source without a timer holds nothing, and the read may look at it after all have left.")]
internal abstract class Flight(long stamp, long began)
{
    private readonly CancellationTokenSource _deserted = new();
    private int _waiting = 1; // whoever began it

    public long Stamp => stamp;

    public long Began => began;

    /// <summary>Cancelled when nobody waits any more.</summary>
    public CancellationToken Deserted => _deserted.Token;

    /// <summary>Joins those who wait. False when all of them have left: it is of no use any more.</summary>
    public bool TryBoard()
    {
        for (var waiting = Volatile.Read(ref _waiting); waiting > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _waiting, waiting + 1, waiting);
            if (seen == waiting)
                return true;
            waiting = seen;
        }

        return false;
    }

    /// <summary>Has the value, or gave up.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _waiting) == 0)
            _deserted.Cancel();
    }
}

/// <inheritdoc/>
internal sealed class Flight<T>(long stamp, long began) : Flight(stamp, began)
{
    private readonly TaskCompletionSource<T> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _ended.Task;

    public void Succeed(T value) => _ended.SetResult(value);

    public void Fail(Exception error)
    {
        _ended.SetException(error);
        _ = _ended.Task.Exception; // seen, even when all who waited have left
    }
}
