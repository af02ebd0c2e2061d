using System.Runtime.CompilerServices;

namespace Afterwit;

/// <summary>What text the memory takes: any Unicode text up to 16 Mi characters, kept exactly as given.</summary>
internal static class TextRules
{
    /// <summary>In UTF-16 units. A file holds a text this large; a server may take less for one value (sqld: 5 MB), and says so when it is written.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    /// <summary>Checks a text that has to be there.</summary>
    public static string Required(string? text, [CallerArgumentExpression(nameof(text))] string? name = null)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new ArgumentException($"{name} is empty: give it at least one visible character.");
        return Valid(text, name)!;
    }

    /// <summary>Checks a text that may be missing.</summary>
    public static string? Valid(string? text, [CallerArgumentExpression(nameof(text))] string? name = null)
    {
        if (text is null)
            return null;
        if (text.Length > MaxLength)
            throw new ArgumentException($"{name} has {text.Length} characters; the limit is {MaxLength}: store the long part elsewhere and keep a reference to it.");
        var bad = IndexOfLoneSurrogate(text);
        if (bad >= 0)
            throw new ArgumentException($"{name} is not valid Unicode: a lone surrogate U+{(int)text[bad]:X4} at position {bad}. Replace it before storing.");
        return text;
    }

    /// <summary>Checks texts, of which none may be missing.</summary>
    public static void AllValid(IReadOnlyList<string?> texts, [CallerArgumentExpression(nameof(texts))] string? name = null)
    {
        foreach (var text in texts)
            Valid(text ?? throw new ArgumentException($"{name} has a null among its texts: leave it away."), name);
    }

    /// <summary>The beginning of a text on one line, for messages and titles.</summary>
    public static string Excerpt(string? text, int length)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var line = new DefaultInterpolatedStringHandler(0, 0);
        var written = 0;
        var space = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (System.Text.Rune.IsWhiteSpace(rune) || System.Text.Rune.IsControl(rune))
            {
                space = written > 0;
                continue;
            }

            if (written + rune.Utf16SequenceLength + (space ? 1 : 0) > length)
            {
                line.AppendLiteral("…");
                break;
            }

            if (space)
                line.AppendLiteral(" ");
            written += rune.Utf16SequenceLength + (space ? 1 : 0);
            space = false;
            line.AppendFormatted(rune);
        }

        return line.ToStringAndClear();
    }

    /// <summary>What every store can hold of a time.</summary>
    public static DateTimeOffset ToMilliseconds(this DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private static int IndexOfLoneSurrogate(string text)
    {
        for (var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else
                return i;
        }

        return -1;
    }
}
