namespace Afterwit;

/// <summary>Reduces English words to their stems (M. F. Porter, An algorithm for suffix stripping, Program 14(3), 1980). Other words pass through.</summary>
internal static class PorterStemmer
{
    private static readonly (string Suffix, string Replacement)[] Step2 =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("abli", "able"), ("alli", "al"), ("entli", "ent"),
        ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"),
        ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ];

    private static readonly (string Suffix, string Replacement)[] Step3 =
        [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    // Longest first: the first that ends the word decides.
    private static readonly string[] Step4 =
        ["ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion", "al", "er", "ic", "ou"];

    /// <summary>Stems a word in place.</summary>
    /// <param name="word">Lower-case ASCII letters and digits, with room for one more character than <paramref name="length"/>.</param>
    /// <param name="length">The length of the word.</param>
    /// <returns>The length of the stem.</returns>
    public static int Stem(Span<char> word, int length)
    {
        if (length <= 2)
            return length;
        length = Plural(word, length);
        length = PastAndProgressive(word, length);
        if (word[length - 1] == 'y' && HasVowel(word[..(length - 1)]))
            word[length - 1] = 'i';
        length = Replace(word, length, Step2);
        length = Replace(word, length, Step3);
        length = Strip(word, length);
        return Tidy(word, length);
    }

    private static int Plural(Span<char> word, int length)
    {
        var w = word[..length];
        if (w.EndsWith("sses") || w.EndsWith("ies"))
            return length - 2;
        return w[^1] == 's' && !w.EndsWith("ss") ? length - 1 : length;
    }

    private static int PastAndProgressive(Span<char> word, int length)
    {
        var w = word[..length];
        if (w.EndsWith("eed"))
            return Measure(w[..^3]) > 0 ? length - 1 : length;
        int cut;
        if (w.EndsWith("ed") && HasVowel(w[..^2]))
            cut = length - 2;
        else if (w.EndsWith("ing") && HasVowel(w[..^3]))
            cut = length - 3;
        else
            return length;

        w = word[..cut];
        if (w.EndsWith("at") || w.EndsWith("bl") || w.EndsWith("iz") || (!EndsInDouble(w) && Measure(w) == 1 && EndsInCvc(w)))
        {
            word[cut] = 'e';
            return cut + 1;
        }

        return EndsInDouble(w) && w[^1] is not ('l' or 's' or 'z') ? cut - 1 : cut;
    }

    private static int Replace(Span<char> word, int length, (string Suffix, string Replacement)[] rules)
    {
        foreach (var (suffix, replacement) in rules)
        {
            if (!word[..length].EndsWith(suffix))
                continue;
            var stem = length - suffix.Length;
            if (Measure(word[..stem]) == 0)
                return length;
            replacement.CopyTo(word[stem..]);
            return stem + replacement.Length;
        }

        return length;
    }

    private static int Strip(Span<char> word, int length)
    {
        foreach (var suffix in Step4)
        {
            if (!word[..length].EndsWith(suffix))
                continue;
            var stem = length - suffix.Length;
            if (suffix == "ion" && (stem == 0 || word[stem - 1] is not ('s' or 't')))
                return length;
            return Measure(word[..stem]) > 1 ? stem : length;
        }

        return length;
    }

    private static int Tidy(Span<char> word, int length)
    {
        if (word[length - 1] == 'e')
        {
            var stem = word[..(length - 1)];
            var measure = Measure(stem);
            if (measure > 1 || (measure == 1 && !EndsInCvc(stem)))
                length--;
        }

        return length > 1 && word[length - 1] == 'l' && word[length - 2] == 'l' && Measure(word[..length]) > 1 ? length - 1 : length;
    }

    private static bool IsConsonant(ReadOnlySpan<char> word, int i) => word[i] switch
    {
        'a' or 'e' or 'i' or 'o' or 'u' => false,
        'y' => i == 0 || !IsConsonant(word, i - 1),
        _ => true,
    };

    /// <summary>How many times a vowel run is followed by a consonant run: the paper's m.</summary>
    private static int Measure(ReadOnlySpan<char> word)
    {
        var count = 0;
        var afterVowel = false;
        for (var i = 0; i < word.Length; i++)
        {
            var consonant = IsConsonant(word, i);
            if (consonant && afterVowel)
                count++;
            afterVowel = !consonant;
        }

        return count;
    }

    private static bool HasVowel(ReadOnlySpan<char> word)
    {
        for (var i = 0; i < word.Length; i++)
        {
            if (!IsConsonant(word, i))
                return true;
        }

        return false;
    }

    private static bool EndsInDouble(ReadOnlySpan<char> word) => word.Length > 1 && word[^1] == word[^2] && IsConsonant(word, word.Length - 1);

    private static bool EndsInCvc(ReadOnlySpan<char> word) =>
        word.Length > 2 && IsConsonant(word, word.Length - 3) && !IsConsonant(word, word.Length - 2) && IsConsonant(word, word.Length - 1) && word[^1] is not ('w' or 'x' or 'y');
}
