using System.Buffers;
using System.IO.Pipelines;

namespace Afterwit.Cli.Importing;

/// <summary>Cuts a stream into pieces at a byte: lines, or the NUL-terminated entries of git. Its memory is that of the longest piece, up to a limit.</summary>
internal sealed class BlockReader(PipeReader source, byte separator, int limit)
{
    private SequencePosition? _next;

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
        if (_next is { } next)
            source.AdvanceTo(next);
        (_next, TooLong) = (null, false);
        for (var searched = 0L; ;)
        {
            var read = await source.ReadAsync(cancellationToken);
            var (buffer, end) = (read.Buffer, read.Buffer.Slice(searched).PositionOf(separator));
            if (end is not null || read.IsCompleted)
            {
                var piece = end is null ? buffer : buffer.Slice(0, end.Value);
                TooLong |= piece.Length > limit;
                Current = TooLong ? default : piece.IsSingleSegment ? piece.First : piece.ToArray();
                _next = end is null ? buffer.End : buffer.GetPosition(1, end.Value);
                if (end is null && piece.IsEmpty && !TooLong)
                    return false;
                Number++;
                return true;
            }

            TooLong |= buffer.Length > limit;
            searched = TooLong ? 0 : buffer.Length;
            source.AdvanceTo(TooLong ? buffer.End : buffer.Start, buffer.End);
        }
    }
}
