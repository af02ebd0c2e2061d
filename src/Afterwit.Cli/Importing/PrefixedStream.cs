using System.Runtime.ExceptionServices;

namespace Afterwit.Cli.Importing;

/// <summary>A stream whose first bytes were already looked at: it gives them again, then the rest, and counts what it gave.</summary>
internal sealed class PrefixedStream : Stream
{
    private readonly Stream _rest;
    private readonly ReadOnlyMemory<byte> _prefix;
    private readonly ExceptionDispatchInfo? _failure;
    private int _given;

    private PrefixedStream(Stream rest, ReadOnlyMemory<byte> prefix, ExceptionDispatchInfo? failure) => (_rest, _prefix, _failure) = (rest, prefix, failure);

    /// <summary>The bytes that were looked at.</summary>
    public ReadOnlyMemory<byte> Prefix => _prefix;

    /// <summary>How many bytes were taken out of it.</summary>
    public long BytesRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => BytesRead; set => throw new NotSupportedException(); }

    /// <summary>Looks at the first bytes of a stream. An error is kept until a reader comes to it, so that what precedes it is not lost.</summary>
    public static async Task<PrefixedStream> LookAsync(Stream stream, int bytes, CancellationToken cancellationToken)
    {
        var prefix = new byte[bytes];
        var count = 0;
        ExceptionDispatchInfo? failure = null;
        try
        {
            for (int read; count < bytes && (read = await stream.ReadAsync(prefix.AsMemory(count), cancellationToken)) > 0;)
                count += read;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }

        return new(stream, prefix.AsMemory(0, count), failure);
    }

    public override int Read(Span<byte> buffer)
    {
        var count = TakePrefix(buffer);
        if (count == 0)
        {
            _failure?.Throw();
            count = _rest.Read(buffer);
        }

        BytesRead += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = TakePrefix(buffer.Span);
        if (count == 0)
        {
            _failure?.Throw();
            count = await _rest.ReadAsync(buffer, cancellationToken);
        }

        BytesRead += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _rest.Dispose();
        base.Dispose(disposing);
    }

    private int TakePrefix(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _prefix.Length - _given);
        _prefix.Span.Slice(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }
}
