using System.Text;

namespace Afterwit.LibSql;

/// <summary>
/// What the client keeps of a statement's text, so that no later execution works it out again: its bytes, its parameters, its columns, whether it only reads.
/// The server keeps no statement from one execution to the next; what can be saved is saved here.
/// </summary>
internal sealed class PreparedStatement(string sql)
{
    private DecodedColumns? _columns;
    private double _expectedBytes;
    private double _expectedServerTime;

    /// <summary>The text.</summary>
    public string Sql => sql;

    /// <summary>The text as it is sent.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(sql);

    /// <summary>Whether it changes rows: such statements may share a commit.</summary>
    public bool IsDataChange { get; } = BeginsWith(sql, "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH");

    /// <summary>Whether it opens or ends a transaction.</summary>
    public bool IsTransactionControl { get; } = BeginsWith(sql, "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE");

    /// <summary>What the server said of it. Null until it was asked, which costs no round trip: the question goes with the first execution.</summary>
    public StatementDescription? Description { get; set; }

    /// <summary>The size of the answers so far, in bytes: a moving average.</summary>
    public double ExpectedBytes => Volatile.Read(ref _expectedBytes);

    /// <summary>The columns of a result. Decoded anew only when their bytes differ from the last ones, as after a change of the schema.</summary>
    public ResultColumns Columns(ReadOnlySpan<byte> encoded, ColumnDecoder decode)
    {
        var known = Volatile.Read(ref _columns);
        if (known is null || !encoded.SequenceEqual(known.Encoded))
            Volatile.Write(ref _columns, known = new(encoded.ToArray(), decode(encoded)));
        return known.Columns;
    }

    /// <summary>The time that the server needed so far, in milliseconds: a moving average. 0 where it does not say.</summary>
    public double ExpectedServerTime => Volatile.Read(ref _expectedServerTime);

    /// <summary>Notes the size of an answer.</summary>
    public void Answered(int bytes) => Volatile.Write(ref _expectedBytes, ExpectedBytes == 0 ? bytes : ExpectedBytes + ((bytes - ExpectedBytes) / 8));

    /// <summary>Notes the server's time for an answer, in milliseconds.</summary>
    public void Took(double milliseconds) => Volatile.Write(ref _expectedServerTime, ExpectedServerTime + ((milliseconds - ExpectedServerTime) / 8));

    private static bool BeginsWith(string sql, params ReadOnlySpan<string> words)
    {
        var start = WithoutComments(sql);
        foreach (var word in words)
        {
            if (start.StartsWith(word, StringComparison.OrdinalIgnoreCase) && (start.Length == word.Length || !char.IsLetter(start[word.Length])))
                return true;
        }

        return false;
    }

    /// <summary>The text from its first word on.</summary>
    private static ReadOnlySpan<char> WithoutComments(ReadOnlySpan<char> text)
    {
        while (true)
        {
            text = text.TrimStart().TrimStart(';').TrimStart();
            var end = text.StartsWith("--") ? text.IndexOf('\n') + 1 : text.StartsWith("/*") ? text.IndexOf("*/") + 2 : -1;
            if (end < 0)
                return text;
            text = end < 2 ? default : text[end..]; // a comment without an end is all there is
        }
    }

    private sealed record DecodedColumns(byte[] Encoded, ResultColumns Columns);
}

/// <summary>Makes columns of their bytes.</summary>
internal delegate ResultColumns ColumnDecoder(ReadOnlySpan<byte> encoded);
