namespace Afterwit.LibSql.Transport;

/// <summary>The body of an answer as it comes over the wire: counted, and timed from its first bytes to its last.</summary>
internal sealed class MeteredStream(Stream body, LibSqlStatistics statistics, TimeProvider time) : Stream
{
    private long _firstAt;
    private long _lastAt;
    private long _first;

    /// <summary>The bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Those behind what was there at once.</summary>
    public long BytesAfterFirst => Bytes - _first;

    /// <summary>How long they took.</summary>
    public TimeSpan TimeAfterFirst => time.GetElapsedTime(_firstAt, _lastAt);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => Bytes; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (count > 0)
        {
            _lastAt = time.GetTimestamp();
            if (Bytes == 0)
                (_firstAt, _first) = (_lastAt, count);
            Bytes += count;
            statistics.Add(Counter.BytesReceived, count);
        }

        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();
}
