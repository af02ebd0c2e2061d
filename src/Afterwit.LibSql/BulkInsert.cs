using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql;

/// <summary>
/// Many rows for one INSERT as one statement: all of them travel as one JSON text, and the server takes them apart with json_each. That is the fastest form
/// sqld knows: one short statement to parse, and no argument to decode for each value. Bytes travel as they are, one behind the other in a second argument; the JSON says where each begins.
/// </summary>
public static partial class BulkInsert
{
    /// <summary>So many bytes of rows go into one statement.</summary>
    private const int MaxBytes = 3 << 20;

    /// <summary>A row of so many characters and bytes goes alone: as JSON it could become six times as long, and the server takes values of up to 5 MB.</summary>
    private const int LargeRow = 1 << 18;

    /// <summary>
    /// Eighteen digits. SQLite reads numbers with a little more than the precision of a double: the shortest digits of one can lie so close to the middle of two that it
    /// takes the wrong one. And there is always an exponent, so that 1.0 stays a real number.
    /// </summary>
    private const string RealFormat = "E17";

    /// <summary>What SQLite may take for infinity.</summary>
    private const double LeastInfinite = 1e307;

    /// <summary>The most forms that are remembered.</summary>
    private const int MaxRewritten = 1_000;

    /// <summary>Milliseconds. No statement needs them.</summary>
    private const int Patience = 1000;

    private static readonly ConcurrentDictionary<(string Sql, string Types), string?> Rewritten = new();
    /// <summary>When all values are empty: sqld takes an argument without bytes for NULL, and then each would be NULL.</summary>
    private static readonly byte[] NoBytes = [0];

    private static readonly JsonWriterOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The statements that insert the rows, each with the number of its rows.</summary>
    /// <param name="sql"><c>INSERT INTO t(columns) VALUES (expressions) [ON CONFLICT ..] [RETURNING ..]</c>, with parameters ?1, ?2 and so on among the expressions alone.</param>
    /// <param name="rows">The arguments of each row, all of the same length.</param>
    /// <returns>
    /// One statement for about three megabytes of rows. One for each row where the statement is of another form or reads the table that it fills, where a column holds
    /// values of more than one kind, or a row is large.
    /// </returns>
    public static IEnumerable<(Statement Statement, int Rows)> Of(string sql, IReadOnlyList<SqlValue[]> rows)
    {
        ArgumentNullException.ThrowIfNull(sql);
        ArgumentNullException.ThrowIfNull(rows);
        if (Rewritten.Count > MaxRewritten)
            Rewritten.Clear();
        if (rows.Count < 2 || Types(rows) is not { } types || Rewritten.GetOrAdd((sql, types), static key => Rewrite(key.Sql, key.Types)) is not { } bulk)
            return rows.Select(row => (new Statement(sql, row), 1));
        return Pack(sql, bulk, rows, types);
    }

    /// <summary>The statement over the rows of its arguments. Null when it is of another form.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="types">What each argument holds: b for bytes, v for anything that JSON can say.</param>
    internal static string? Rewrite(string sql, string types)
    {
        // A row that is looked up in the very table may depend on the one before it.
        if (Form().Match(sql) is not { Success: true } form || Regex.IsMatch(form.Groups["row"].Value, $@"\b{Regex.Escape(form.Groups["table"].Value.Trim('"'))}\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking))
            return null;
        // A value of bytes takes two places: where it begins, from 1, and how many they are.
        var places = new int[types.Length];
        for (var i = 1; i < places.Length; i++)
            places[i] = places[i - 1] + (types[i - 1] == 'b' ? 2 : 1);
        var isKnown = true;
        var row = Parameter().Replace(form.Groups["row"].Value, match =>
        {
            if (match.Value[0] != '?')
                return match.Value;
            isKnown &= int.TryParse(match.ValueSpan[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= types.Length;
            if (!isKnown)
                return "";
            var place = places[number - 1];
            return types[number - 1] == 'b'
                ? string.Create(CultureInfo.InvariantCulture, $"substr(?2,j.value->>{place},j.value->>{place + 1})")
                : string.Create(CultureInfo.InvariantCulture, $"(j.value->>{place})");
        });
        // WHERE: without it ON would be read as that of a join.
        return isKnown ? $"{form.Groups["head"].Value}SELECT {row} FROM json_each(?1) j WHERE true {form.Groups["tail"].Value}" : null;
    }

    /// <summary>Quotes hold what they like; parentheses are balanced; parameters are those of <see cref="Parameter"/>.</summary>
    [GeneratedRegex(
        """
        ^(?!.*(--|/\*))
        (?<head>\s*INSERT\s+(OR\s+\w+\s+)?INTO\s+(?<table>"[^"]*"|[\w.]+)(\s+AS\s+\w+)?\s*(\(("[^"]*"|[\w\s,])*\)\s*)?)
        VALUES\s*\((?<row>(?>('[^']*'|"[^"]*"|\((?<depth>)|\)(?<-depth>)|[^'"();:@$])*))(?(depth)(?!))\)
        \s*(?<tail>((ON|RETURNING)\b[^?;:@$]*)?)$
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Form();

    [GeneratedRegex("""'[^']*'|"[^"]*"|\?[0-9]*""", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Parameter();

    /// <summary>What each column holds. Null when one holds bytes and something else, or what is no number in JSON.</summary>
    private static string? Types(IReadOnlyList<SqlValue[]> rows)
    {
        var types = new char[rows[0].Length];
        foreach (var row in rows)
        {
            if (row.Length != types.Length)
                return null;
            for (var i = 0; i < types.Length; i++)
            {
                if (row[i].IsNull)
                    continue;
                var type = row[i].Type == SqlType.Blob ? 'b' : 'v';
                if ((types[i] != default && types[i] != type) || (row[i].Type == SqlType.Real && !(Math.Abs(row[i].AsDouble()) < LeastInfinite)))
                    return null;
                types[i] = type;
            }
        }

        return new string(types).Replace('\0', 'v');
    }

    private static IEnumerable<(Statement Statement, int Rows)> Pack(string sql, string bulk, IReadOnlyList<SqlValue[]> rows, string types)
    {
        using var buffer = new PooledBuffer();
        using var blobs = types.Contains('b', StringComparison.Ordinal) ? new PooledBuffer() : null;
        buffer.GetSpan((int)Math.Min(MaxBytes, rows.Count * (Length(rows[0]) + (16L * rows[0].Length)))); // once, instead of growing again and again
        using var json = new Utf8JsonWriter(buffer, Unescaped);
        for (var (first, end) = (0, 0); first < rows.Count; first = end)
        {
            buffer.Clear();
            blobs?.Clear();
            json.Reset(buffer);
            json.WriteStartArray();
            for (; end < rows.Count && json.BytesCommitted + json.BytesPending + (blobs?.Length ?? 0) < MaxBytes && Length(rows[end]) < LargeRow; end++)
                Write(json, blobs, rows[end], types);
            json.WriteEndArray();
            json.Flush();
            if (end == first)
                yield return (new(sql, rows[end++]), 1);
            else if (blobs is null)
                yield return (new(bulk, SqlValue.Utf8Text(buffer.Written.ToArray())), end - first);
            else
                yield return (new(bulk, SqlValue.Utf8Text(buffer.Written.ToArray()), blobs.Length > 0 ? blobs.Written.ToArray() : NoBytes), end - first);
        }
    }

    private static long Length(SqlValue[] row)
    {
        var length = 0L;
        foreach (var value in row)
            length += value.Length;
        return length;
    }

    private static void Write(Utf8JsonWriter json, PooledBuffer? blobs, SqlValue[] row, string types)
    {
        json.WriteStartArray();
        for (var i = 0; i < row.Length; i++)
        {
            var value = row[i];
            if (types[i] == 'b')
                Write(json, blobs!, value);
            else if (value.Type == SqlType.Integer)
                json.WriteNumberValue(value.AsInt64());
            else if (value.Type == SqlType.Real)
                json.WriteRawValue(value.AsDouble().ToString(RealFormat, CultureInfo.InvariantCulture), skipInputValidation: true);
            else if (value.AsUtf8() is { } utf8 && value.Type == SqlType.Text)
                json.WriteStringValue(utf8);
            else if (value.Type == SqlType.Text)
                json.WriteStringValue(value.AsString());
            else
                json.WriteNullValue();
        }

        json.WriteEndArray();
    }

    /// <summary>Where the bytes begin, from 1 as substr counts, and how many they are; null and null for none.</summary>
    private static void Write(Utf8JsonWriter json, PooledBuffer blobs, SqlValue value)
    {
        if (value.IsNull)
        {
            json.WriteNullValue();
            json.WriteNullValue();
            return;
        }

        var bytes = value.AsBlob();
        json.WriteNumberValue(blobs.Length + 1);
        json.WriteNumberValue(bytes.Length);
        blobs.Write(bytes);
    }
}
