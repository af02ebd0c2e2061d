using Spectre.Console;

namespace Afterwit.Cli.Terminal;

/// <summary>A piece of a line with its style. The text is shown as it is: nothing in it is markup, a shortcode or a control sequence.</summary>
internal readonly record struct Ink(string? Text, Style Style)
{
    public static implicit operator Ink(string? text) => new(text, Style.Plain);

    public static Ink Bold(string? text) => new(text, new(decoration: Decoration.Bold));

    public static Ink Dim(string? text) => new(text, new(decoration: Decoration.Dim));

    public static Ink Good(string? text) => new(text, new(Color.Green));

    public static Ink Bad(string? text) => new(text, new(Color.Red));
}

/// <summary>Prints lines and tables of <see cref="Ink"/>.</summary>
internal static class InkWriter
{
    private const int LongestText = 4000;

    /// <summary>Prints one line.</summary>
    public static void Line(this IAnsiConsole console, params ReadOnlySpan<Ink> parts)
    {
        console.Write(Cell(parts));
        console.WriteLine();
    }

    /// <summary>Prints a title with an empty line before it.</summary>
    public static void Title(this IAnsiConsole console, string title)
    {
        console.WriteLine();
        console.Line(Ink.Bold(title));
    }

    /// <summary>Prints a label and a text of any length, set in. Of a very long one the beginning; JSON has all of it.</summary>
    public static void Block(this IAnsiConsole console, string label, string? text)
    {
        if (string.IsNullOrEmpty(text))
            return;
        var cut = text.Length <= LongestText ? text : text[..(char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText)];
        var paragraph = Cell(Ink.Dim(label + " "), cut, text.Length == cut.Length ? "" : Ink.Dim($" … and {Words.Count(text.Length - cut.Length)} characters more: --json prints all"));
        console.Write(new Padder(paragraph, new Padding(4, 0, 0, 0)));
    }

    /// <summary>A cell of a table.</summary>
    public static Paragraph Cell(params ReadOnlySpan<Ink> parts)
    {
        var paragraph = new Paragraph();
        foreach (var (text, style) in parts)
            paragraph.Append(Words.Visible(text), style);
        return paragraph;
    }
}
