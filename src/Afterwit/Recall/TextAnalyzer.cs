using System.Collections.Concurrent;
using System.Text;

namespace Afterwit;

/// <summary>
/// Turns text into index terms: the same for what is stored and for what is asked, so that the index and the scorer never disagree.
/// Letters and digits form words; names in code are split at underscores and inner capitals; accents of Latin letters are dropped; scripts that write no
/// spaces give pairs of characters; function words are left out; the rest is reduced to its stem.
/// </summary>
public static class TextAnalyzer
{
    /// <summary>So much of each text is searched, in characters: the rest of a long dump says little about what it was.</summary>
    public const int IndexedLength = 8_000;

    private const int LongestWord = 64;
    private const int CacheLimit = 1 << 16;

    // Word to stem; "" marks a function word. Text repeats its words: nearly every look-up hits, and no word is allocated twice.
    private static readonly ConcurrentDictionary<string, string> Stems = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> StemsBySpan = Stems.GetAlternateLookup<ReadOnlySpan<char>>();
    private static int _newStems; // since the last clearing: the dictionary's own count takes all of its locks

    /// <summary>The terms of a text in order, repeats included.</summary>
    /// <param name="text">Any text.</param>
    public static List<string> Terms(ReadOnlySpan<char> text)
    {
        var terms = new List<string>();
        AddTerms(text, terms);
        return terms;
    }

    /// <summary>Adds the terms of a text to a collection, in order.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="terms">Where they go; a set keeps each once.</param>
    public static void AddTerms(ReadOnlySpan<char> text, ICollection<string> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        AddTerms(text, terms, beginnings: null);
    }

    /// <summary>The terms of a text that begin with one of some characters, and maybe others. The rest of its words is read over: looking up their stems is most of the work.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="beginnings">Of <see cref="Beginnings"/>.</param>
    /// <param name="terms">Where they go, in order.</param>
    /// <param name="places">Where the place of each among all words of the text goes.</param>
    internal static void AddTerms(ReadOnlySpan<char> text, string beginnings, List<string> terms, List<int> places) => AddTerms(text, terms, beginnings, places);

    /// <summary>The characters that some terms begin with.</summary>
    internal static string Beginnings(IEnumerable<string> terms) => string.Concat(terms.Select(term => term[0]).Distinct());

    private static void AddTerms(ReadOnlySpan<char> text, ICollection<string> terms, string? beginnings, List<int>? places = null)
    {
        Span<char> word = stackalloc char[LongestWord + 1];
        var words = 0;
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (c < 128 ? !char.IsAsciiLetterOrDigit(c) : !IsWordCharacter(text, i))
            {
                i++;
                continue;
            }

            var before = terms.Count;
            if (IsUnspaced(c))
            {
                i = AddPairs(text, i, terms);
            }
            else
            {
                i = ReadWord(text, i, word, out var length);
                if (beginnings is null || beginnings.Contains(word[0], StringComparison.Ordinal)) // a stem begins as its word does
                    AddWord(word, length, terms);
            }

            for (var added = before; added < terms.Count; added++)
                places?.Add(words + added - before);
            words += Math.Max(1, terms.Count - before);
        }
    }

    /// <summary>Reads one word, or one part of a name: it ends before an inner capital (camelCase, HTTPServer) and where a digit meets a letter only with a capital.</summary>
    private static int ReadWord(ReadOnlySpan<char> text, int start, Span<char> word, out int length)
    {
        length = 0;
        var i = start;
        for (; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 128)
            {
                if (!char.IsAsciiLetterOrDigit(c))
                    break;
                if (i > start && char.IsAsciiLetterUpper(c))
                {
                    var afterSmall = !char.IsUpper(text[i - 1]);
                    var beforeSmall = i + 1 < text.Length && char.IsAsciiLetterLower(text[i + 1]);
                    if (afterSmall || beforeSmall)
                        break;
                }
            }
            else if (!IsWordCharacter(text, i) || IsUnspaced(c))
            {
                break;
            }

            length = Append(c, word, length);
        }

        return i;
    }

    private static int Append(char c, Span<char> word, int length)
    {
        if (length >= LongestWord - 1 || (c >= 0x300 && c <= 0x36F)) // combining accents are dropped like those of composed letters
            return length;
        if (c < 128)
        {
            word[length] = (char)(char.IsAsciiLetterUpper(c) ? c | 0x20 : c);
            return length + 1;
        }

        foreach (var folded in LatinFolding.Fold(char.ToLowerInvariant(c)))
            word[length++] = folded;
        return length;
    }

    private static void AddWord(Span<char> word, int length, ICollection<string> terms)
    {
        if (length == 0)
            return;
        if (!StemsBySpan.TryGetValue(word[..length], out var stem))
        {
            var key = word[..length].ToString();
            stem = StopWords.Contains(key) ? "" : Ascii.IsValid(word[..length]) && !char.IsAsciiDigit(word[0]) ? word[..PorterStemmer.Stem(word, length)].ToString() : key;
            if (Interlocked.Increment(ref _newStems) > CacheLimit)
            {
                Stems.Clear();
                Volatile.Write(ref _newStems, 0);
            }

            Stems.TryAdd(key, stem);
        }

        if (stem.Length > 0)
            terms.Add(stem);
    }

    /// <summary>A run of a script without spaces becomes its overlapping pairs; a single character stands for itself.</summary>
    private static int AddPairs(ReadOnlySpan<char> text, int start, ICollection<string> terms)
    {
        var end = start + 1;
        while (end < text.Length && IsUnspaced(text[end]))
            end++;
        if (end - start == 1)
            terms.Add(text[start..end].ToString());
        for (var i = start; i + 1 < end; i++)
            terms.Add(text.Slice(i, 2).ToString());
        return end;
    }

    private static bool IsWordCharacter(ReadOnlySpan<char> text, int i) =>
        char.IsLetterOrDigit(text[i]) || char.GetUnicodeCategory(text[i]) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;

    /// <summary>Han, kana, Hangul, Thai, Lao, Khmer and Myanmar.</summary>
    private static bool IsUnspaced(char c) => c is >= '\u3040' and <= '\u30FF' or >= '\u3400' and <= '\u9FFF' or >= '\uAC00' and <= '\uD7AF' or >= '\uF900' and <= '\uFAFF'
        or >= '\u0E00' and <= '\u0EFF' or >= '\u1780' and <= '\u17FF' or >= '\u1000' and <= '\u109F';
}
