using System.Text;

namespace Afterwit.Cli.Installing;

/// <summary>Sets keys of one table in a TOML text that belongs to somebody else; everything beside them stays as it is.</summary>
internal static class TomlEdit
{
    /// <summary>The text with the keys in the table. Keys with the value null are taken away; the table is appended when it is not there.</summary>
    /// <exception cref="FormatException">The text is not TOML, or names the table in another form than under its own header.</exception>
    public static string Set(string text, IReadOnlyList<string> table, IReadOnlyList<(string Key, string? Value)> keys)
    {
        var lines = new TomlLines(text);
        var newLine = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        foreach (var entry in lines.Entries)
        {
            IReadOnlyList<string> path = [.. entry.Table, .. entry.Key];
            if (!entry.Table.SequenceEqual(table) && !(entry.Table.Count > table.Count && entry.Table.Take(table.Count).SequenceEqual(table))
                && path.Take(table.Count).SequenceEqual(table.Take(path.Count)))
                throw new FormatException($"it writes '{string.Join('.', path)}' without a table of its own; --print shows what to put there by hand");
        }

        var header = lines.Headers.FirstOrDefault(h => h.Table.SequenceEqual(table));
        if (header is null)
        {
            var before = text.Length == 0 ? "" : text.EndsWith('\n') ? text + newLine : text + newLine + newLine;
            return before + $"[{string.Join('.', table)}]{newLine}" + string.Concat(keys.Where(k => k.Value is not null).Select(k => $"{k.Key} = {k.Value}{newLine}"));
        }

        var result = new StringBuilder(text);
        var missing = new StringBuilder();
        foreach (var (key, value) in keys.Reverse())
        {
            var entry = lines.Entries.FirstOrDefault(e => e.Table.SequenceEqual(table) && e.Key is [var only] && only == key);
            if (entry is null && value is not null)
                missing.Insert(0, $"{newLine}{key} = {value}");
        }

        // From the back, so that what comes before keeps its place.
        foreach (var entry in lines.Entries.Where(e => e.Table.SequenceEqual(table) && e.Key.Count == 1).Reverse())
        {
            if (keys.FirstOrDefault(k => k.Key == entry.Key[0]) is not { Key: not null } wanted)
                continue;
            if (wanted.Value is null)
                result.Remove(entry.LineStart, entry.LineEnd - entry.LineStart);
            else
                result.Remove(entry.ValueStart, entry.ValueEnd - entry.ValueStart).Insert(entry.ValueStart, wanted.Value);
        }

        return result.Insert(header.End, missing).ToString();
    }

    /// <summary>A text as a basic string.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            quoted.Append(c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) ? $"\\u{(int)c:X4}" : c.ToString());
        return quoted.Append('"').ToString();
    }
}
