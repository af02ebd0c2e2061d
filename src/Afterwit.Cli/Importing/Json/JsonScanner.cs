using System.Buffers;

namespace Afterwit.Cli.Importing;

/// <summary>A value cut out of a large JSON file, not yet parsed.</summary>
/// <param name="Bytes">Valid until the next read; empty when it was skipped or too long.</param>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="TooLong">True when it exceeds the limit.</param>
/// <param name="Complete">False when the file ended within it.</param>
internal readonly record struct JsonSlice(ReadOnlyMemory<byte> Bytes, long Line, bool TooLong, bool Complete);

/// <summary>
/// Walks a JSON file of any size and cuts out values, by brackets and quotes alone: a value that is broken inside spoils itself and not the rest of the file.
/// Its memory is that of one value.
/// </summary>
internal sealed class JsonScanner(Stream stream, int limit) : IDisposable
{
    private readonly byte[] _window = ArrayPool<byte>.Shared.Rent(64 * 1024);
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

    /// <summary>Takes the value that begins at the next byte after white space.</summary>
    public async ValueTask<JsonSlice> ReadValueAsync(bool keep, CancellationToken cancellationToken)
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

                if (depth == 0 && started && next is (byte)',' or (byte)']' or (byte)'}' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)':' && depth == 0)
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
                return new(keep && !tooLong ? _kept.WrittenMemory : default, line, tooLong, true);
        }

        return new(default, line, tooLong, Complete: started && !inString && depth == 0);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_window);

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
