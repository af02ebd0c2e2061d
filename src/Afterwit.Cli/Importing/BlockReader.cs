using System.Buffers;

namespace Afterwit.Cli.Importing;

/// <summary>Cuts a stream into pieces at a byte: lines, or the NUL-terminated entries of git. Its memory is that of the longest piece, up to a limit.</summary>
internal sealed class BlockReader(Stream stream, byte separator, int limit) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The current piece without its separator, valid until the next read; empty when it was too long.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>The number of the current piece, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>True when the current piece was longer than the limit.</summary>
    public bool TooLong { get; private set; }

    /// <summary>Goes to the next piece.</summary>
    /// <returns>False at the end of the stream.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        TooLong = false;
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf(separator);
            if (at >= 0)
            {
                Take(searched + at);
                _start++;
                return true;
            }

            if (_end - _start > limit)
            {
                TooLong = true;
                _start = _end;
            }

            searched = _end - _start;
            if (_ended)
            {
                if (searched == 0 && !TooLong)
                    return false;
                Take(searched);
                return true;
            }

            await FillAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Take(int length)
    {
        TooLong |= length > limit;
        Current = TooLong ? default : _buffer.AsMemory(_start, length);
        _start += length;
        Number++;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _ended = read == 0;
        _end += read;
    }
}
