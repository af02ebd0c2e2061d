namespace Afterwit;

/// <summary>Names the kind of an error from its text: the same for errors that differ only in names and numbers.</summary>
/// <remarks>
/// Takes the line that tells the error (the last line of a traceback, the message of a JSON answer, else the first line that speaks of one), in it the part that says what
/// is wrong (<c>find: paths must precede expression</c> loses <c>find</c>), drops what names a single thing (quotations, paths, identifiers, numbers)
/// and keeps the first five words. Only general English words are known, nothing of one program.
/// </remarks>
public static class ErrorClassifier
{
    /// <summary>No class is longer, in characters.</summary>
    public const int MaxLength = 60;

    private const int Words = 5;

    // Enough to compare the parts of a message by how much they say.
    private const int WordsCompared = 9;

    /// <summary>The class of an error text. Reads its first 4,000 characters.</summary>
    /// <param name="observation">What a tool answered.</param>
    /// <returns>A few words in lower case, such as <c>no such file or directory</c>; <c>empty</c> for a text without content, <c>other</c> for one without words.</returns>
    public static string Classify(string? observation)
    {
        var line = TellingLine(ErrorText.Head(observation));
        if (line.Length == 0)
            return "empty";
        if (line.Length > ErrorText.LongestLine)
            line = line[..ErrorText.LongestLine];
        var status = ErrorText.Status().Match(line);
        if (line[0] is not ('{' or '['))
            line = ErrorText.DoubleQuoted().Replace(line, "<q>");
        line = ErrorText.QualifiedException().Replace(line, "${name}");
        var segments = ErrorText.SegmentEnd().Split(line).Where(s => !string.IsNullOrWhiteSpace(s)).ToList();
        if (segments.Count == 0)
            return "other";
        var masked = segments.ConvertAll(ErrorText.Mask);
        var telling = TellingSegment(segments, masked);
        var words = WordsOf(masked[telling], Words);
        if (words.Count == 0)
            words = WordsOf(ErrorText.Mask(line), Words);
        if (words.Count > 0)
            return Join(words);
        return status.Success
            ? "status " + status.Groups["code"].Value
            : ErrorText.Family(masked[telling]) ?? "other";
    }

    private static string TellingLine(string text)
    {
        var lines = text.Replace('\r', '\n').Split('\n').Where(l => !string.IsNullOrWhiteSpace(l)).ToList();
        if (lines.Count == 0)
            return "";
        var traceback = lines.FindLastIndex(l => ErrorText.Traceback().IsMatch(l));
        if (traceback >= 0)
            return (lines.Skip(traceback + 1).FirstOrDefault(l => !char.IsWhiteSpace(l[0])) ?? lines[^1]).Trim();
        if (lines[0].AsSpan().TrimStart()[0] is '{' or '[' && ErrorText.JsonMessage().Match(text) is { Success: true } message)
            return message.Groups["message"].Value.Replace("\\n", " ", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal).Trim();
        return (lines.Find(l => ErrorText.Label().IsMatch(l) || ErrorText.Strong().IsMatch(l)) ?? lines[0]).Trim();
    }

    /// <summary>The first part that says what is wrong; else the one after the last announcement; else the one that says most.</summary>
    private static int TellingSegment(List<string> segments, List<string> masked)
    {
        var strong = masked.FindIndex(s => ErrorText.Strong().IsMatch(s));
        if (strong >= 0)
            return strong;
        var label = segments.FindLastIndex(s => ErrorText.Label().IsMatch(s));
        if (label >= 0)
            return label + 1 < segments.Count && WordsOf(masked[label + 1], WordsCompared).Count >= 2 ? label + 1 : label;
        var weak = segments.FindIndex(s => ErrorText.AnyFamily().IsMatch(s));
        if (weak >= 0)
            return weak;
        var best = 0;
        var most = -1;
        for (var i = 0; i < masked.Count; i++)
        {
            var count = WordsOf(masked[i], WordsCompared).Count;
            if (count > most)
                (best, most) = (i, count);
        }

        return best;
    }

    private static List<string> WordsOf(string masked, int count)
    {
        masked = masked.ToLowerInvariant().Replace('’', '\'');
        var words = new List<string>(count);
        foreach (var match in ErrorText.Word().EnumerateMatches(masked))
        {
            if (match.Length == 1)
                continue;
            words.Add(masked.Substring(match.Index, match.Length));
            if (words.Count == count)
                break;
        }

        return words;
    }

    private static string Join(List<string> words)
    {
        var text = words[0];
        for (var i = 1; i < words.Count && text.Length + 1 + words[i].Length <= MaxLength; i++)
            text += " " + words[i];
        return text.Length <= MaxLength ? text : text[..MaxLength];
    }
}
