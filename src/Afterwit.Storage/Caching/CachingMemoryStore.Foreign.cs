namespace Afterwit.Storage;

/// <content>What other processes write.</content>
public sealed partial class CachingMemoryStore
{
    private readonly Lock _checkLock = new();
    private readonly long _interval;
    private TaskCompletionSource<bool>? _checking;
    private long _checkedAt = long.MinValue / 2;
    private long? _foreign;
    private long _checks;
    private long _failedChecks;
    private long _foreignChanges;

    /// <summary>Whether the last look at the database is recent enough. Past half of the interval the next one begins, so that few answers have to wait for it.</summary>
    private bool IsFresh()
    {
        var age = _time.GetTimestamp() - Volatile.Read(ref _checkedAt);
        if (age >= _interval)
            return false;
        if (age > _interval / 2 && Volatile.Read(ref _checking) is null && !_disposed)
            _background.Run(CheckAsync);
        return true;
    }

    /// <summary>Looks whether others wrote, and if so takes everything kept for outdated. False when that cannot be told: then nothing kept may be given.</summary>
    private Task<bool> CheckAsync()
    {
        if (_interval == 0)
            return LookAtDatabaseAsync(); // of its own: one that began earlier may not have seen what this read has to see
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
            var known = await LookAtDatabaseAsync().ConfigureAwait(false);
            lock (_checkLock)
                _checking = null;
            mine.SetResult(known);
            return known;
        }
    }

    private async Task<bool> LookAtDatabaseAsync()
    {
        var began = _time.GetTimestamp();
        Interlocked.Increment(ref _checks);
        try
        {
            var number = await _database.ForeignChangesAsync(CancellationToken.None).ConfigureAwait(false);
            lock (_checkLock)
            {
                if (number != _foreign)
                {
                    // Before the first look, too: what was read before it may have changed between.
                    _generations.MoveAll();
                    _foreignChanges += _foreign is null ? 0 : 1;
                    _foreign = number;
                }

                _checkedAt = Math.Max(_checkedAt, began);
            }

            return true;
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _failedChecks); // the read goes to the database instead, and says what is wrong with it
            return false;
        }
    }
}
