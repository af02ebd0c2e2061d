using System.Buffers;
using System.Globalization;
using System.Text;

namespace Afterwit.Dashboard.Mcp;

/// <summary>
/// JSON with quotes and letters of any script as they are: the transport of the protocol's library escapes them, in six bytes each, and has no setting for it. A write may end anywhere.
/// </summary>
internal sealed class ReadableJsonStream(Stream output) : Stream
{
    private const int EscapeLength = 6;

    private byte[] _begun = [];

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(Unescape([.. _begun, .. buffer.Span]), cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private ReadOnlyMemory<byte> Unescape(byte[] json)
    {
        var written = new ArrayBufferWriter<byte>(json.Length + 1);
        var rest = json.AsSpan();
        while (rest.Length > 0)
        {
            var plain = rest.IndexOf((byte)'\\') is >= 0 and var escape ? escape : rest.Length;
            written.Write(rest[..plain]);
            rest = rest[plain..];
            var length = LengthOf(rest);
            if (length > rest.Length)
                break;
            if (Decode(rest[..length]) is { } rune)
                written.Advance(rune.EncodeToUtf8(written.GetSpan(4)));
            else
                written.Write(rest[..length].SequenceEqual("\\u0022"u8) ? "\\\""u8 : rest[..length]);
            rest = rest[length..];
        }

        _begun = rest.ToArray();
        return written.WrittenMemory;
    }

    /// <summary>Of the escape that it begins with: two bytes, six, or twelve for a letter of two halves, of which no writer of JSON leaves one alone. 0 when nothing is left.</summary>
    private static int LengthOf(ReadOnlySpan<byte> escape) => escape switch
    {
        [] => 0,
        [_] or [_, not (byte)'u', ..] => 2,
        [_, _, (byte)'d' or (byte)'D', (byte)'8' or (byte)'9' or (byte)'A' or (byte)'B' or (byte)'a' or (byte)'b', ..] => 2 * EscapeLength,
        _ => EscapeLength,
    };

    /// <summary>The letter that an escape stands for. Null when it has to stay one.</summary>
    private static Rune? Decode(ReadOnlySpan<byte> escape)
    {
        if (escape.Length < EscapeLength)
            return null;
        var first = Unit(escape);
        return escape.Length > EscapeLength ? new Rune(first, Unit(escape[EscapeLength..]))
            : first is >= ' ' and not ('"' or '\\' or (>= '\u007f' and <= '\u009f')) ? new Rune(first)
            : null;
    }

    private static char Unit(ReadOnlySpan<byte> escape) => (char)ushort.Parse(escape[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
