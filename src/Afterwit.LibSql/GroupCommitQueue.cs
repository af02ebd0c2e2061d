using System.Threading.Channels;

namespace Afterwit.LibSql;

/// <summary>
/// The one writer of a database. Whatever was queued while the last commit was in flight goes into the next one, so that the cost of a commit is shared
/// by all who wait for it. The queue knows no engine: it hands groups to <paramref name="commit"/>, which settles each member.
/// </summary>
/// <typeparam name="TUnit">A unit of work: what is kept whole, or not at all.</typeparam>
/// <typeparam name="TResult">What a unit gives back.</typeparam>
/// <param name="commit">Commits a group and sets the result or the error of every member.</param>
/// <param name="maxGroup">The most members of a group: bounds how long the first waits for the rest.</param>
internal sealed class GroupCommitQueue<TUnit, TResult>(Func<IReadOnlyList<QueuedWrite<TUnit, TResult>>, Task> commit, int maxGroup) : IAsyncDisposable
{
    private readonly Channel<QueuedWrite<TUnit, TResult>> _queue = Channel.CreateUnbounded<QueuedWrite<TUnit, TResult>>(new() { SingleReader = true });
    private readonly Lock _start = new();
    private Task? _loop;

    /// <summary>Queues a unit of work. The task ends after the commit that holds it.</summary>
    /// <remarks>Cancelling takes effect until the unit is picked up; from then on it is committed or fails on its own.</remarks>
    public Task<TResult> EnqueueAsync(TUnit unitOfWork, CancellationToken cancellationToken) => Enqueue(unitOfWork, cancellationToken).Completion.Task;

    /// <summary>Queues a unit of work whose caller may give up before its commit ends.</summary>
    public QueuedWrite<TUnit, TResult> Enqueue(TUnit unitOfWork, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EnsureStarted();
        var write = new QueuedWrite<TUnit, TResult>(unitOfWork, cancellationToken);
        ObjectDisposedException.ThrowIf(!_queue.Writer.TryWrite(write), this);
        return write;
    }

    /// <summary>Writes what is queued, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        Task? loop;
        lock (_start)
            loop = _loop;
        if (loop is not null)
            await loop.ConfigureAwait(false);
    }

    private void EnsureStarted()
    {
        if (Volatile.Read(ref _loop) is not null)
            return;
        lock (_start)
            _loop ??= Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        var group = new List<QueuedWrite<TUnit, TResult>>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            group.Clear();
            while (group.Count < maxGroup && _queue.Reader.TryRead(out var write))
            {
                if (write.PickUp())
                    group.Add(write);
            }

            if (group.Count == 0)
                continue;
            try
            {
                await commit(group).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The loop outlives any failure; every member that is still open hears of it.
                foreach (var write in group)
                    write.Completion.TrySetException(e);
            }
        }
    }
}

/// <summary>A unit of work that waits for its commit.</summary>
internal sealed class QueuedWrite<TUnit, TResult>
{
    private readonly CancellationTokenRegistration _cancellation;
    private int _taken;

    public QueuedWrite(TUnit unit, CancellationToken cancellationToken)
    {
        Unit = unit;
        _cancellation = cancellationToken.UnsafeRegister(static (write, token) => ((QueuedWrite<TUnit, TResult>)write!).Completion.TrySetCanceled(token), this);
    }

    public TUnit Unit { get; }

    /// <summary>Continuations run elsewhere: the writer never executes a caller's code.</summary>
    public TaskCompletionSource<TResult> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the unit for a commit: from here on it cannot be cancelled.</summary>
    /// <returns>False when its caller has given up.</returns>
    public bool PickUp()
    {
        _cancellation.Dispose(); // waits for a cancellation that is under way
        return !Completion.Task.IsCompleted && TryTake();
    }

    /// <summary>Takes the unit out of the queue, so that it is not committed.</summary>
    /// <returns>False when it was picked up already.</returns>
    public bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;
}
