namespace Afterwit.Storage;

/// <content>What other processes write.</content>
public sealed partial class CachingMemoryStore
{
    private const long Never = long.MinValue / 2;
    private readonly Lock _checkLock = new();
    private readonly long _interval;

    /// <summary>So long after a look that failed nobody tries again: the next one would wait as long, and fail as well.</summary>
    private readonly long _pause;
    private TaskCompletionSource<bool>? _checking;
    private long _checkedAt = Never;
    private long _failedAt = Never;
    private long _looksAsked;
    private readonly QueuedLook _look;
    private int _ahead; // 1 while a look that nobody waits for is queued or under way
    private long? _foreign;
    private long _checks;
    private long _failedChecks;
    private long _foreignChanges;

    /// <summary>Whether the last look at the database is recent enough. Past half of the interval the next one begins, so that few answers have to wait for it.</summary>
    private bool IsFresh()
    {
        var now = _time.GetTimestamp();
        var age = now - Volatile.Read(ref _checkedAt);
        if (age >= _interval)
            return false;
        LookAhead(now, age);
        return true;
    }

    /// <summary>A write is followed by reads: the look that they would wait for begins beside it.</summary>
    private void LookBesideWrite()
    {
        var now = _time.GetTimestamp();
        if (_interval > 0)
            LookAhead(now, now - Volatile.Read(ref _checkedAt));
    }

    private void LookAhead(long now, long age)
    {
        if (age > _interval / 2 && Volatile.Read(ref _ahead) == 0 && now - Volatile.Read(ref _failedAt) >= _pause && !_disposed && Interlocked.CompareExchange(ref _ahead, 1, 0) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(_look, preferLocal: false);
    }

    private async Task CheckAheadAsync()
    {
        try
        {
            if (_time.GetTimestamp() - Volatile.Read(ref _checkedAt) > _interval / 2)
                await CheckAsync().ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _ahead, 0);
        }
    }

    /// <summary>Looks, for an answer that found the last look too old. False when what others wrote cannot be told: then nothing kept may be given.</summary>
    private async Task<bool> SeesOthersAsync()
    {
        var asked = _time.GetTimestamp();
        // A look that was under way already may have begun too long ago. The one after it did not.
        return await CheckAsync().ConfigureAwait(false)
            && (_interval == 0 || asked - Volatile.Read(ref _checkedAt) < _interval || await CheckAsync().ConfigureAwait(false));
    }

    /// <summary>
    /// The next answer looks first: a write of this process met what another one may have written since the last look, and who reads after his write has to see that, too.
    /// </summary>
    private void LookNext()
    {
        lock (_checkLock)
        {
            _looksAsked++;
            _checkedAt = Never;
        }
    }

    /// <summary>Looks whether others wrote, and if so takes everything kept for outdated. False when that cannot be told: then nothing kept may be given.</summary>
    private Task<bool> CheckAsync()
    {
        if (_interval == 0)
            return LookAtDatabaseAsync([]); // of its own: one that began earlier may not have seen what this read has to see
        if (_time.GetTimestamp() - Volatile.Read(ref _failedAt) < _pause)
            return Task.FromResult(false);
        TaskCompletionSource<bool> mine;
        lock (_checkLock)
        {
            if (_checking is { } running)
                return running.Task;
            _checking = mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return SharedAsync();

        async Task<bool> SharedAsync()
        {
            var known = await LookAtDatabaseAsync([]).ConfigureAwait(false);
            lock (_checkLock)
                _checking = null;
            mine.SetResult(known);
            return known;
        }
    }

    /// <param name="along">What to read with the look; not at all where it fails.</param>
    private async Task<bool> LookAtDatabaseAsync(IReadOnlyList<Query> along)
    {
        var (began, asked) = (_time.GetTimestamp(), Interlocked.Read(ref _looksAsked));
        Interlocked.Increment(ref _checks);
        try
        {
            var number = await _database.ForeignChangesAsync(along, CancellationToken.None).ConfigureAwait(false);
            lock (_checkLock)
            {
                if (number != _foreign)
                {
                    // Before the first look, too: what was read before it may have changed between.
                    _generations.MoveAll();
                    _foreignChanges += _foreign is null ? 0 : 1;
                    _foreign = number;
                }

                if (asked == _looksAsked)
                    _checkedAt = Math.Max(_checkedAt, began);
            }

            return true;
        }
        catch (Exception)
        {
            Volatile.Write(ref _failedAt, _time.GetTimestamp());
            Interlocked.Increment(ref _failedChecks); // the read goes to the database instead, and says what is wrong with it
            return false;
        }
    }

    /// <summary>Begins the look that nobody waits for. There is one, so that the hit that finds it due allocates nothing either.</summary>
    private sealed class QueuedLook(CachingMemoryStore store) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            if (!store._disposed)
                store._background.Run(store.CheckAheadAsync);
        }
    }
}
