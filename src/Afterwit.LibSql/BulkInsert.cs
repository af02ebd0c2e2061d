using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Afterwit.LibSql;

/// <summary>
/// Many rows for one INSERT as one statement: all of them travel as one JSON text, and the server takes them apart with json_each. That is the fastest form
/// sqld knows: one short statement to parse, and no argument to decode for each value.
/// </summary>
public static class BulkInsert
{
    /// <summary>So many bytes of rows go into one statement. The server takes values of up to 5 MB.</summary>
    private const int MaxBytes = 1 << 20;

    private static readonly ConcurrentDictionary<(string Sql, string Types), string?> Rewritten = new();
    private static readonly JsonWriterOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The statements that insert the rows, each with the number of its rows.</summary>
    /// <param name="sql"><c>INSERT INTO t(columns) VALUES (expressions) [ON CONFLICT ..] [RETURNING ..]</c>, with parameters ?1, ?2 and so on among the expressions alone.</param>
    /// <param name="rows">The arguments of each row, all of the same length.</param>
    /// <returns>One statement for about a megabyte of rows. One for each row where the statement is of another form, or a column holds values of more than one kind.</returns>
    public static IEnumerable<(Statement Statement, int Rows)> Of(string sql, IReadOnlyList<SqlValue[]> rows)
    {
        ArgumentNullException.ThrowIfNull(sql);
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count < 2 || Types(rows) is not { } types || Rewritten.GetOrAdd((sql, types), static key => Rewrite(key.Sql, key.Types)) is not { } bulk)
            return rows.Select(row => (new Statement(sql, row), 1));
        return Pack(bulk, rows);
    }

    /// <summary>The statement over the rows of its one argument. Null when it is of another form.</summary>
    internal static string? Rewrite(string sql, string types)
    {
        var text = sql.AsSpan().TrimStart();
        if (!text.StartsWith("INSERT", StringComparison.OrdinalIgnoreCase) || FindValues(sql) is not var (start, open, close) || sql.AsSpan(close + 1).ContainsAny('?', ';'))
            return null;
        var rest = sql.AsSpan(close + 1).TrimStart();
        if (rest.StartsWith(","))
            return null;
        var result = new StringBuilder(sql, 0, start, sql.Length + 200).Append("SELECT ");
        for (var i = open + 1; i < close;)
        {
            if (sql[i] == '\'')
            {
                var end = sql.IndexOf('\'', i + 1) + 1;
                result.Append(sql, i, end - i);
                i = end;
            }
            else if (sql[i] != '?')
            {
                result.Append(sql[i++]);
            }
            else
            {
                var end = i + 1;
                while (end < close && char.IsAsciiDigit(sql[end]))
                    end++;
                if (!int.TryParse(sql.AsSpan(i + 1, end - i - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || number > types.Length)
                    return null;
                var value = $"j.value->>{number - 1}";
                result.Append(CultureInfo.InvariantCulture, $"{(types[number - 1] == 'b' ? $"unhex({value})" : $"({value})")}");
                i = end;
            }
        }

        // WHERE: without it ON would be read as that of a join.
        return result.Append(" FROM json_each(?1) j WHERE true ").Append(rest).ToString();
    }

    /// <summary>The place of VALUES and of the parentheses behind it, outside of quotes and of other parentheses.</summary>
    private static (int Start, int Open, int Close)? FindValues(string sql)
    {
        var (depth, start, open) = (0, -1, -1);
        for (var i = 0; i < sql.Length; i++)
        {
            switch (sql[i])
            {
                case '\'' or '"':
                    i = sql.IndexOf(sql[i], i + 1);
                    if (i < 0)
                        return null;
                    break;
                case '(':
                    if (depth++ == 0 && start >= 0)
                        open = i;
                    break;
                case ')':
                    if (--depth == 0 && open >= 0)
                        return (start, open, i);
                    break;
                case 'V' or 'v' when depth == 0 && start < 0 && i > 0 && !char.IsLetterOrDigit(sql[i - 1]) && string.Compare(sql, i, "VALUES", 0, 6, StringComparison.OrdinalIgnoreCase) == 0:
                    start = i;
                    break;
            }
        }

        return null;
    }

    /// <summary>What each column holds: b for bytes, v for anything that JSON can say. Null when a column holds both, or a number that JSON has not.</summary>
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
                if ((types[i] != default && types[i] != type) || (row[i].Type == SqlType.Real && !double.IsFinite(row[i].AsDouble())))
                    return null;
                types[i] = type;
            }
        }

        return new string(types).Replace('\0', 'v');
    }

    private static IEnumerable<(Statement Statement, int Rows)> Pack(string sql, IReadOnlyList<SqlValue[]> rows)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(buffer, Unescaped);
        for (var first = 0; first < rows.Count;)
        {
            buffer.ResetWrittenCount();
            json.Reset(buffer);
            json.WriteStartArray();
            var end = first;
            for (; end < rows.Count && buffer.WrittenCount + json.BytesPending < MaxBytes; end++)
                Write(json, rows[end]);
            json.WriteEndArray();
            json.Flush();
            yield return (new(sql, SqlValue.Utf8Text(buffer.WrittenSpan.ToArray())), end - first);
            first = end;
        }
    }

    private static void Write(Utf8JsonWriter json, SqlValue[] row)
    {
        json.WriteStartArray();
        foreach (var value in row)
        {
            switch (value.Type)
            {
                case SqlType.Integer:
                    json.WriteNumberValue(value.AsInt64());
                    break;
                case SqlType.Real:
                    WriteReal(json, value.AsDouble());
                    break;
                case SqlType.Text when value.AsUtf8() is { } utf8:
                    json.WriteStringValue(utf8);
                    break;
                case SqlType.Text:
                    json.WriteStringValue(value.AsString());
                    break;
                case SqlType.Blob:
                    json.WriteStringValue(Convert.ToHexString(value.AsBlob()));
                    break;
                default:
                    json.WriteNullValue();
                    break;
            }
        }

        json.WriteEndArray();
    }

    /// <summary>With a point or an exponent, so that 1.0 stays a real number.</summary>
    private static void WriteReal(Utf8JsonWriter json, double value)
    {
        Span<byte> text = stackalloc byte[40];
        value.TryFormat(text, out var written, "R", CultureInfo.InvariantCulture);
        if (!text[..written].ContainsAny("."u8[0], "E"u8[0]))
        {
            ".0"u8.CopyTo(text[written..]);
            written += 2;
        }

        json.WriteRawValue(text[..written], skipInputValidation: true);
    }
}
