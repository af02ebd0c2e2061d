using System.Buffers;
using System.Text.RegularExpressions;

namespace Afterwit;

/// <summary>The expressions by which errors are recognised and named: English words that any program may use, nothing of one program.</summary>
/// <remarks>Lookarounds rule out the non-backtracking engine. What keeps hostile text harmless is its length: <see cref="Head"/> and <see cref="LongestLine"/> bound
/// every search, so that the timeout is never reached and the same text always gets the same answer.</remarks>
internal static partial class ErrorText
{
    /// <summary>So much of an observation is read.</summary>
    public const int LongestText = 4000;

    /// <summary>So much of the line that names the error is read.</summary>
    public const int LongestLine = 400;

    private const int Timeout = 2000;
    private const RegexOptions Plain = RegexOptions.CultureInvariant;
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private const string Before = "(?<![A-Za-z])(?:";
    private const string After = ")(?![A-Za-z])";

    private const string NotFound = @"not found|no such|(?:does|do|did) ?(?:not|n['’]?t) exist|could(?: not|n['’]t) (?:be )?f(?:ind|ound)|cannot find|can['’]?t find|no [a-z]+ (?:named|found|matching)|not exist";
    private const string Denied = "denied|forbidden|unauthori[sz]ed|not (?:allowed|permitted|authori[sz]ed)|permission";
    private const string TimedOut = "timed? ?out|timeout|deadline exceeded";
    private const string Syntax = "syntax|pars(?:e|ing) error|unexpected (?:token|end|eof|character|indent|identifier)|unterminated|malformed";
    private const string Ambiguous = "ambiguous|duplicate|already (?:exists|in use|defined)|conflict";
    private const string Unknown = "unknown|unrecogni[sz]ed|undefined|not (?:defined|recogni[sz]ed|a valid)|unsupported|not (?:yet )?support(?:ed)?|(?:does|do) ?(?:not|n['’]t) (?:yet )?support";
    private const string Missing = "missing|required|requires?|expected|must|too few|not (?:enough|specified|provided)";
    private const string Invalid = @"invalid|illegal|bad|incorrect|wrong|mismatch|not (?:a|an|valid)\b|should";
    private const string Limit = "too (?:many|long|large|big|deep)|exceed(?:ed|s)?|overflow|out of|quota|limit|full";
    private const string Refused = "refus(?:ed|ing)|rejected|unreachable|unavailable|abort(?:ed)?|killed|interrupted|crash(?:ed)?|busy";
    private const string Unable = "cannot|can['’]t|can not|could(?: not|n['’]t)|unable|did(?: not|n['’]t)|does(?: not|n['’]t)|do(?: not|n['’]t)|is(?: not|n['’]t)|not";

    private const string StrongWords = NotFound + "|" + Denied + "|" + TimedOut + "|" + Syntax + "|" + Ambiguous + "|" + Unknown + "|" + Missing + "|" + Invalid + "|" + Refused;

    /// <summary>The families by priority: which of them a text belongs to when it has the words of several.</summary>
    private static readonly (string Name, Regex Words)[] Families =
    [
        ("not found", NotFoundFamily()), ("denied", DeniedFamily()), ("timeout", TimedOutFamily()), ("syntax", SyntaxFamily()), ("ambiguous", AmbiguousFamily()),
        ("unknown", UnknownFamily()), ("missing", MissingFamily()), ("invalid", InvalidFamily()), ("limit", LimitFamily()), ("refused", RefusedFamily()), ("unable", UnableFamily()),
    ];

    /// <summary>What names a single thing, in the order in which it is dropped, with the characters without which it cannot occur: most texts have few of them.</summary>
    private static readonly (SearchValues<char> Marks, Regex Thing)[] SingleThings =
    [
        (SearchValues.Create("\""), DoubleQuoted()), (SearchValues.Create("'‘"), SingleQuoted()), (SearchValues.Create("`"), BackQuoted()), (SearchValues.Create("<"), Bracketed()),
        (SearchValues.Create(":"), Url()), (SearchValues.Create("@"), MailAddress()), (SearchValues.Create("/\\"), FilePath()), (SearchValues.Create("/\\"), Slashed()),
        (SearchValues.Create("-"), CommandOption()), (SearchValues.Create("_.$#@"), Identifier()), (SearchValues.Create([.. Enumerable.Range(0, char.MaxValue).Select(c => (char)c).Where(char.IsDigit)]), WithDigit()), (SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), Initials()),
    ];

    /// <summary>The beginning of an observation, which is all that is read of it.</summary>
    public static string Head(string? text) => text is null ? "" : text.Length <= LongestText ? text : text[..LongestText];

    /// <summary>The family of errors that a text speaks of. Null when it speaks of none.</summary>
    public static string? Family(string text)
    {
        foreach (var (name, words) in Families)
        {
            if (words.IsMatch(text))
                return name;
        }

        return null;
    }

    /// <summary>The text without what names a single thing: quotations, addresses, paths, options, identifiers and numbers.</summary>
    public static string Mask(string text)
    {
        foreach (var (marks, thing) in SingleThings)
        {
            if (text.AsSpan().ContainsAny(marks))
                text = thing.Replace(text, " ");
        }

        return text;
    }

    /// <summary>Words that say what went wrong; the two vaguest families are left out.</summary>
    [GeneratedRegex(Before + StrongWords + After, AnyCase, Timeout)]
    public static partial Regex Strong();

    /// <summary>Words of any family.</summary>
    [GeneratedRegex(Before + StrongWords + "|" + Limit + "|" + Unable + After, AnyCase, Timeout)]
    public static partial Regex AnyFamily();

    /// <summary>Words that announce a message: <c>Error:</c>, <c>KeyError</c>.</summary>
    [GeneratedRegex("(?<![A-Za-z])(?:error|exception|fail(?:ed|ure|s)?|fatal|panic(?:ked)?)(?![A-Za-z])|[A-Za-z](?:Error|Exception)(?![a-z])", AnyCase, Timeout)]
    public static partial Regex Label();

    /// <summary>The first line of a Python traceback.</summary>
    [GeneratedRegex(@"^\s*Traceback \(most recent call last\)", Plain, Timeout)]
    public static partial Regex Traceback();

    /// <summary>The message in a JSON answer.</summary>
    [GeneratedRegex("""
        "(?:error|message|msg|detail|reason|error_description|error_message|title|description)"\s*:\s*"(?<message>(?:[^"\\]|\\.)+)"
        """, AnyCase, Timeout)]
    public static partial Regex JsonMessage();

    /// <summary>An HTTP status.</summary>
    [GeneratedRegex(@"\b(?:http(?:/\d(?:\.\d)?)?|status(?: code)?|code|error|returned)\W{0,3}(?<code>[1-5]\d\d)\b|^\s*(?<code>[45]\d\d)\b", AnyCase, Timeout)]
    public static partial Regex Status();

    /// <summary>An exception with its namespace.</summary>
    [GeneratedRegex(@"(?:\w+\.)+(?<name>\w+(?:Error|Exception))\b", Plain, Timeout)]
    public static partial Regex QualifiedException();

    /// <summary>Where one part of a message ends.</summary>
    [GeneratedRegex(@":(?=\s|$)|;\s|\.\s", Plain, Timeout)]
    public static partial Regex SegmentEnd();

    /// <summary>A word of the class.</summary>
    [GeneratedRegex("[a-z]+(?:'[a-z]+)?", Plain, Timeout)]
    public static partial Regex Word();

    /// <summary>A quotation in double quotes.</summary>
    [GeneratedRegex("\"[^\"\n]*\"", Plain, Timeout)]
    public static partial Regex DoubleQuoted();

    [GeneratedRegex(@"(?<![A-Za-z0-9])['‘][^\n]*?['’](?![A-Za-z0-9])", Plain, Timeout)]
    private static partial Regex SingleQuoted();

    [GeneratedRegex("`[^`'\n]*['`]+", Plain, Timeout)]
    private static partial Regex BackQuoted();

    [GeneratedRegex("<[^<>\n]*>", Plain, Timeout)]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"[a-z]+://\S+", Plain, Timeout)]
    private static partial Regex Url();

    [GeneratedRegex(@"\S+@\S+", Plain, Timeout)]
    private static partial Regex MailAddress();

    [GeneratedRegex(@"(?<!\w)(?:[A-Za-z]:)?[\\/~.]*[\\/]\S*", Plain, Timeout)]
    private static partial Regex FilePath();

    [GeneratedRegex(@"\S*[\\/]\S*", Plain, Timeout)]
    private static partial Regex Slashed();

    [GeneratedRegex(@"(?<!\w)-{1,2}\w[\w-]*", Plain, Timeout)]
    private static partial Regex CommandOption();

    [GeneratedRegex(@"[\w$@#]*[_.$#@][\w.$#@]*\w", Plain, Timeout)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\S*\d\S*", Plain, Timeout)]
    private static partial Regex WithDigit();

    [GeneratedRegex(@"\b[A-Z]{1,2}\b", Plain, Timeout)]
    private static partial Regex Initials();

    [GeneratedRegex(Before + NotFound + After, AnyCase, Timeout)]
    private static partial Regex NotFoundFamily();

    [GeneratedRegex(Before + Denied + After, AnyCase, Timeout)]
    private static partial Regex DeniedFamily();

    [GeneratedRegex(Before + TimedOut + After, AnyCase, Timeout)]
    private static partial Regex TimedOutFamily();

    [GeneratedRegex(Before + Syntax + After, AnyCase, Timeout)]
    private static partial Regex SyntaxFamily();

    [GeneratedRegex(Before + Ambiguous + After, AnyCase, Timeout)]
    private static partial Regex AmbiguousFamily();

    [GeneratedRegex(Before + Unknown + After, AnyCase, Timeout)]
    private static partial Regex UnknownFamily();

    [GeneratedRegex(Before + Missing + After, AnyCase, Timeout)]
    private static partial Regex MissingFamily();

    [GeneratedRegex(Before + Invalid + After, AnyCase, Timeout)]
    private static partial Regex InvalidFamily();

    [GeneratedRegex(Before + Limit + After, AnyCase, Timeout)]
    private static partial Regex LimitFamily();

    [GeneratedRegex(Before + Refused + After, AnyCase, Timeout)]
    private static partial Regex RefusedFamily();

    [GeneratedRegex(Before + Unable + After, AnyCase, Timeout)]
    private static partial Regex UnableFamily();
}
