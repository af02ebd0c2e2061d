namespace Afterwit.Cli.Installing;

/// <summary>Where the headers and keys of a TOML text are. It knows strings, comments and brackets, and nothing of what values mean.</summary>
internal sealed class TomlLines
{
    private readonly string _text;
    private int _at;

    /// <exception cref="FormatException">The text is not TOML.</exception>
    public TomlLines(string text)
    {
        _text = text;
        IReadOnlyList<string> table = [];
        while (_at < _text.Length)
        {
            var line = _at;
            SkipBlanks();
            if (_at >= _text.Length || Peek is '\r' or '\n' or '#')
            {
                SkipLine();
            }
            else if (Peek == '[')
            {
                var list = _text.AsSpan(_at).StartsWith("[[");
                _at += list ? 2 : 1;
                table = ReadKey();
                Expect(']');
                if (list)
                    Expect(']');
                Headers.Add(new(table, _at));
                EndLine();
            }
            else
            {
                var key = ReadKey();
                Expect('=');
                SkipBlanks();
                var start = _at;
                SkipValue();
                var end = _at;
                EndLine();
                Entries.Add(new(table, key, line, _at, start, end));
            }
        }
    }

    /// <param name="Table">The table that it begins.</param>
    /// <param name="End">Behind its bracket.</param>
    public sealed record Header(IReadOnlyList<string> Table, int End);

    /// <summary>A key with its value, and where both lie.</summary>
    public sealed record Entry(IReadOnlyList<string> Table, IReadOnlyList<string> Key, int LineStart, int LineEnd, int ValueStart, int ValueEnd);

    public List<Header> Headers { get; } = [];

    public List<Entry> Entries { get; } = [];

    private char Peek => _at < _text.Length ? _text[_at] : '\0';

    private List<string> ReadKey()
    {
        List<string> key = [];
        do
        {
            if (key.Count > 0)
                _at++;
            SkipBlanks();
            if (Peek is '"' or '\'')
            {
                var start = _at;
                SkipString();
                key.Add(_text[(start + 1)..(_at - 1)]);
            }
            else
            {
                var start = _at;
                while (char.IsAsciiLetterOrDigit(Peek) || Peek is '_' or '-')
                    _at++;
                key.Add(_at > start ? _text[start.._at] : throw Broken("a key was expected"));
            }

            SkipBlanks();
        }
        while (Peek == '.');
        return key;
    }

    private void SkipValue()
    {
        var open = 0;
        var start = _at;
        while (_at < _text.Length)
        {
            switch (Peek)
            {
                case '"' or '\'':
                    SkipString();
                    continue;
                case '[' or '{':
                    open++;
                    break;
                case ']' or '}' when --open < 0:
                    throw Broken("a bracket was closed that was not opened");
                case '#' when open > 0:
                    SkipLine();
                    continue;
                case '#' or '\r' or '\n' when open == 0:
                    TrimBack(start);
                    return;
            }

            _at++;
        }

        if (open > 0)
            throw Broken("a bracket is not closed");
        TrimBack(start);
    }

    private void TrimBack(int start)
    {
        while (_at > start && _text[_at - 1] is ' ' or '\t')
            _at--;
        if (_at == start)
            throw Broken("a value was expected");
    }

    private void SkipString()
    {
        var quote = Peek;
        var triple = new string(quote, 3);
        var begun = _at;
        var many = _text.AsSpan(_at).StartsWith(triple);
        _at += many ? 3 : 1;
        while (_at < _text.Length)
        {
            if (many && _text.AsSpan(_at).StartsWith(triple))
            {
                _at += 3;
                while (Peek == quote) // up to two quotes may stand before the closing ones
                    _at++;
                return;
            }

            if (!many && Peek == quote)
            {
                _at++;
                return;
            }

            if (!many && Peek is '\r' or '\n')
                break;
            _at += Peek == '\\' && quote == '"' ? 2 : 1;
        }

        _at = begun;
        throw Broken("a string is not closed");
    }

    private void Expect(char c)
    {
        SkipBlanks();
        if (Peek != c)
            throw Broken($"'{c}' was expected");
        _at++;
    }

    private void EndLine()
    {
        SkipBlanks();
        if (_at < _text.Length && Peek is not ('\r' or '\n' or '#'))
            throw Broken("the line should end");
        SkipLine();
    }

    private void SkipBlanks()
    {
        while (Peek is ' ' or '\t')
            _at++;
    }

    private void SkipLine()
    {
        var end = _text.IndexOf('\n', Math.Min(_at, _text.Length));
        _at = end < 0 ? _text.Length : end + 1;
    }

    private FormatException Broken(string what) => new($"it is not valid TOML: {what} in line {_text.AsSpan(0, Math.Min(_at, _text.Length)).Count('\n') + 1}");
}
