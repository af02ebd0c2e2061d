using System.Text.RegularExpressions;

namespace Afterwit;

/// <summary>Decides whether an observation is an error, for logs that do not say.</summary>
public static partial class ErrorDetector
{
    private const int Timeout = 2000;
    private const int LongestProgramMessage = 300;
    private const int LongestSentence = 200;
    private const int JsonHead = 300;

    /// <summary>True when the text looks like an error: a traceback, an error in JSON or HTTP, an exit code, a line that begins with an announcement of one,
    /// <c>program: what is wrong</c>, or a short sentence that says so. Reads the first 4,000 characters.</summary>
    /// <param name="observation">What a tool answered.</param>
    public static bool IsError(string? observation)
    {
        var text = ErrorText.Head(observation);
        var lines = text.Split('\n').Where(l => !string.IsNullOrWhiteSpace(l)).ToList();
        if (lines.Count == 0)
            return false;
        if (lines.Exists(l => ErrorText.Traceback().IsMatch(l)))
            return true;
        if (JsonError().IsMatch(text.Length > JsonHead ? text[..JsonHead] : text) || HttpStatus().IsMatch(lines[0]) || ExitCode().IsMatch(lines[0]) || ExitCode().IsMatch(lines[^1]))
            return true;
        if (text.AsSpan().TrimStart()[0] is '{' or '[' or '(' or '<')
            return false;
        if (lines.Take(2).Concat(lines.TakeLast(2)).Any(l => Announcement().IsMatch(l.Trim())))
            return true;
        if (lines.Take(3).Any(IsProgramMessage))
            return true;
        return lines.Count <= 2 && lines[0].Length <= LongestSentence && ErrorText.Mask(lines[0]) is var masked && (ErrorText.Label().IsMatch(masked) || ErrorText.Strong().IsMatch(masked));
    }

    /// <summary>True for an answer without content: nothing, or an empty JSON or Python value.</summary>
    /// <param name="observation">What a tool answered.</param>
    public static bool IsBlank(string? observation) => observation.AsSpan().Trim() is "" or "[]" or "{}" or "()" or "null" or "None";

    private static bool IsProgramMessage(string line)
    {
        line = line.Trim();
        if (line.Length > LongestProgramMessage || ProgramMessage().Match(line) is not { Success: true } match)
            return false;
        var message = ErrorText.Mask(match.Groups["message"].Value);
        return ErrorText.Label().IsMatch(message) || ErrorText.AnyFamily().IsMatch(message);
    }

    [GeneratedRegex(@"^\W{0,3}(?:[\w.]*(?:Error|Exception)\b|error|fatal|exception|failed|failure|panic|traceback)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout)]
    private static partial Regex Announcement();

    [GeneratedRegex(@"^\s*(?:http(?:/\d(?:\.\d)?)?\s+)?[45]\d\d\b\s+[a-z]|\bstatus(?: code)?\W{1,4}[45]\d\d\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout)]
    private static partial Regex HttpStatus();

    [GeneratedRegex("""
        ^\s*\{\s*"(?:error|errors|exception)"\s*:(?>\s*)(?!null|false|""|\[\]|\{\})|"(?:is_?error)"\s*:\s*true|"success"\s*:\s*false|"status"\s*:\s*"(?:error|fail(?:ed|ure)?)"
        """, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout)]
    private static partial Regex JsonError();

    [GeneratedRegex(@"\bexit(?:ed)?(?: with)?(?: non-zero)?(?: status| code)?\W{1,3}(?!0\b)-?\d+\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout)]
    private static partial Regex ExitCode();

    [GeneratedRegex(@"^(?:[\w./\\$\[\]+-]{1,60}): (?:.*: )?(?<message>.*)$", RegexOptions.CultureInvariant, Timeout)]
    private static partial Regex ProgramMessage();
}
