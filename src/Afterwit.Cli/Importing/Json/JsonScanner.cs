using System.Buffers;

namespace Afterwit.Cli.Importing;

/// <summary>
/// Walks a JSON file of any size and cuts out values, by brackets and quotes alone: a value that is broken inside spoils itself and not the rest of the file.
/// Its memory is that of one value.
/// </summary>
internal sealed class JsonScanner(Stream stream, int limit)
{
    private readonly byte[] _window = new byte[64 * 1024];
    private readonly ArrayBufferWriter<byte> _kept = new();
    private int _at;
    private int _end;

    /// <summary>Where the scanner stands, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>The next byte that is no white space, -1 at the end of the file.</summary>
    public async ValueTask<int> PeekAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_at < _end)
            {
                var next = _window[_at];
                if (next is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                    return next;
                Step();
            }

            if (!await FillAsync(cancellationToken))
                return -1;
        }
    }

    /// <summary>Takes the next byte if it is this one, after white space.</summary>
    public async ValueTask<bool> TakeAsync(char expected, CancellationToken cancellationToken)
    {
        if (await PeekAsync(cancellationToken) != expected)
            return false;
        Step();
        return true;
    }

    /// <summary>Takes the value that begins at the next byte after white space. Its bytes are empty when they are not to be kept, or too many.</summary>
    public async ValueTask<JsonPart> ReadValueAsync(bool keep, CancellationToken cancellationToken)
    {
        await PeekAsync(cancellationToken);
        var line = Line;
        _kept.ResetWrittenCount();
        int depth = 0, length = 0;
        bool inString = false, escaped = false, tooLong = false, started = false;
        while (_at < _end || await FillAsync(cancellationToken))
        {
            var from = _at;
            var done = false;
            for (; _at < _end && !done; Step())
            {
                var next = _window[_at];
                if (inString)
                {
                    inString = escaped || next != '"';
                    escaped = !escaped && next == '\\';
                    done = !inString && depth == 0;
                    continue;
                }

                if (depth == 0 && started && next is (byte)',' or (byte)']' or (byte)'}' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)':')
                    break;
                started = true;
                inString = next == '"';
                if (next is (byte)'{' or (byte)'[')
                    depth++;
                else if (next is (byte)'}' or (byte)']')
                    done = --depth <= 0;
            }

            var ended = done || _at < _end;
            length = (int)Math.Min((long)length + _at - from, int.MaxValue);
            tooLong |= length > limit;
            if (keep && !tooLong)
                _kept.Write(_window.AsSpan(from, _at - from));
            if (ended)
                return new("", -1, line, keep && !tooLong ? _kept.WrittenMemory : default, tooLong ? $"it is longer than {limit} bytes" : null);
        }

        var whole = started && !inString && depth == 0;
        return new("", -1, line, default, !whole ? "it is cut off: the file ends within it" : tooLong ? $"it is longer than {limit} bytes" : null, whole);
    }

    private void Step()
    {
        if (_window[_at] == '\n')
            Line++;
        _at++;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _at = 0;
        _end = await stream.ReadAsync(_window, cancellationToken);
        return _end > 0;
    }
}
