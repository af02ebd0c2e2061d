using System.Buffers;
using System.Globalization;

namespace Afterwit.Cli.Terminal;

/// <summary>Values as people read them.</summary>
internal static class Words
{
    private static readonly SearchValues<char> Controls = SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(c => (char)c).Where(c => char.IsControl(c) && c is not '\n' and not '\t')]);

    /// <summary>A time for people: UTC, to the minute.</summary>
    public static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    public static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %");

    /// <summary>The success rate that a pattern's runs support with 95 % confidence.</summary>
    public static string Range(Pattern pattern) => string.Create(CultureInfo.InvariantCulture, $"{pattern.LowerBound * 100:0}-{pattern.UpperBound * 100:0} %");

    /// <summary>An uplift in percentage points, with its bounds.</summary>
    public static string Points(Uplift uplift, string between) => string.Create(CultureInfo.InvariantCulture, $"{Whole(uplift.Difference):+0;-0;0} points{between}{Whole(uplift.LowerBound)} to {Whole(uplift.UpperBound)}");

    /// <summary>A number of things, in the singular or the plural.</summary>
    public static string Many(long count, string thing) => $"{Count(count)} {thing}{(count == 1 ? "" : "s")}";

    /// <summary>Text of users as a terminal may show it: control characters, which could drive the terminal, become visible signs.</summary>
    public static string Visible(string? text)
    {
        if (text is null)
            return "";
        return text.AsSpan().IndexOfAny(Controls) < 0
            ? text
            : string.Create(text.Length, text, static (shown, text) =>
            {
                for (var i = 0; i < text.Length; i++)
                    shown[i] = !Controls.Contains(text[i]) ? text[i] : text[i] < ' ' ? (char)(0x2400 + text[i]) : text[i] == '\x7F' ? '\u2421' : '\uFFFD';
            });
    }

    /// <summary>The beginning of a text on one line.</summary>
    public static string Excerpt(string? text, int length)
    {
        var line = string.Join(' ', Visible(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= length)
            return line;
        var end = length - 1;
        return line[..(char.IsHighSurrogate(line[end - 1]) ? end - 1 : end)] + "…";
    }

    private static int Whole(double share) => (int)Math.Round(share * 100);
}
