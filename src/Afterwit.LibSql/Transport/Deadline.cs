namespace Afterwit.LibSql.Transport;

/// <summary>The moment by which a call has to end, carried through all that it waits for.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan allowed)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>How long the call may take in all.</summary>
    public TimeSpan Allowed => allowed;

    /// <summary>What is left; zero when it has passed.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = allowed - time.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public bool HasPassed => Remaining == TimeSpan.Zero;

    /// <summary>The same, but no later than this from now.</summary>
    public Deadline AtMost(TimeSpan limit) => limit < Remaining ? new(time, limit) : this;

    /// <summary>A source that is cancelled with the caller's token, or when the time is over.</summary>
    public CancellationTokenSource Link(CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(Remaining); // the system's clock: a simulated one moves no sockets
        return source;
    }
}
