using System.Buffers;

namespace Afterwit.LibSql.Protocol;

/// <summary>Bytes in a rented array that grows. Cleared and used again, it allocates nothing.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    /// <summary>What is kept when the buffer is cleared: one large message does not hold its memory for ever.</summary>
    private const int KeptCapacity = 1 << 20;

    private byte[] _bytes = [];

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsSpan(Length);
    }

    public void Write(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    /// <summary>Makes a gap wider or narrower by moving what was written behind it.</summary>
    public void Resize(int at, int from, int to)
    {
        Reserve(Math.Max(0, to - from));
        _bytes.AsSpan(at + from, Length - at - from).CopyTo(_bytes.AsSpan(at + to));
        Length += to - from;
    }

    /// <summary>Writes over what is there.</summary>
    public void Overwrite(int at, ReadOnlySpan<byte> bytes) => bytes.CopyTo(_bytes.AsSpan(at, bytes.Length));

    /// <summary>Takes the last bytes back.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Drops the first bytes; the rest moves to the front.</summary>
    public void Discard(int count)
    {
        _bytes.AsSpan(count, Length - count).CopyTo(_bytes);
        Length -= count;
    }

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptCapacity)
            Dispose();
    }

    public void Dispose()
    {
        var bytes = _bytes;
        (_bytes, Length) = ([], 0);
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length >= count)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(256, Length + count), Math.Min(_bytes.Length * 2, Array.MaxLength)));
        Written.CopyTo(larger);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
