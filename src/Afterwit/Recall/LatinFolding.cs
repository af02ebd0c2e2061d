namespace Afterwit;

/// <summary>Latin letters without their accents: U+00DF to U+017F. A table of its own, because .NET's normalisation needs ICU, which small systems lack.</summary>
internal static class LatinFolding
{
    private const char First = '\u00DF';

    // One entry for each lower-case or caseless letter from U+00DF to U+017F; a dot stands for the letter itself.
    private const string Table =
        "ss a a a a a a ae c e e e e i i i i d n o o o o o . o u u u u y th y " + // 00DF-00FF
        "a a a a a a c c c c c c c c d d d d e e e e e e e e e e g g g g g g g g h h h h i i i i i i i i i i ij ij j j k k k " + // 0100-0138
        "l l l l l l l l l l n n n n n n n n n o o o o o o oe oe r r r r r r s s s s s s s s t t t t t t u u u u u u u u u u u u w w y y y z z z z z z s"; // 0139-017F

    private static readonly string[] Folded = Table.Split(' ');

    /// <summary>What a lower-case letter is filed under.</summary>
    public static ReadOnlySpan<char> Fold(in char c) =>
        c >= First && c - First < Folded.Length && Folded[c - First] is not "." and var folded ? folded : new ReadOnlySpan<char>(in c);
}
