namespace Afterwit.LibSql.Transport;

/// <summary>
/// Keeps callers off a server that does not answer. After three failures in a row it opens: for a while nobody tries, then one call is let through as a probe;
/// what becomes of it closes the circuit, or opens it for longer.
/// </summary>
internal sealed class Circuit(TimeProvider time, LibSqlStatistics statistics)
{
    private const int Threshold = 3;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private int _failures;
    private bool _probing;
    private long _openedAt;
    private TimeSpan _open;

    /// <summary>The last failure. Null after a success.</summary>
    public Exception? LastFailure { get; private set; }

    /// <summary>Whether the server was ever reached.</summary>
    public bool HasWorked { get; private set; }

    /// <summary>Whether calls go through.</summary>
    public bool IsClosed => Volatile.Read(ref _failures) < Threshold;

    /// <summary>Lets a call through, or says how long to wait before asking again.</summary>
    public bool TryEnter(out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (IsClosed)
            return true;
        lock (_gate)
        {
            if (_failures < Threshold)
                return true;
            wait = _open - time.GetElapsedTime(_openedAt);
            if (wait > TimeSpan.Zero || _probing)
            {
                wait = wait > Shortest ? wait : Shortest;
                return false;
            }

            return _probing = true;
        }
    }

    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) == 0 && HasWorked)
            return;
        lock (_gate)
            (_failures, _probing, LastFailure, HasWorked) = (0, false, null, true);
    }

    public void Failed(Exception failure)
    {
        lock (_gate)
        {
            LastFailure = failure;
            if (_failures >= Threshold && !_probing)
                return; // of a call that had begun before: it says nothing that is not known
            (_probing, _openedAt) = (false, time.GetTimestamp());
            if (++_failures < Threshold)
                return;
            statistics.Add(Counter.CircuitOpened);
            _open = Backoff.Delay(_failures - Threshold, Shortest, Longest);
        }
    }

    /// <summary>A call ended that says nothing of the server, such as one that was cancelled.</summary>
    public void Left()
    {
        lock (_gate)
            _probing = false;
    }
}

/// <summary>Waiting times that double and are scattered, so that many clients do not come back at the same moment.</summary>
internal static class Backoff
{
    public static TimeSpan Delay(int attempt, TimeSpan shortest, TimeSpan longest)
    {
        var full = Math.Min(longest.TotalMilliseconds, shortest.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)));
        return TimeSpan.FromMilliseconds(full * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
