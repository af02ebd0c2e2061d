using System.Buffers;
using System.Text.RegularExpressions;

namespace Afterwit;

/// <summary>Takes credentials out of text before it is stored: what was never written cannot leak. Each is replaced by <c>[REDACTED:kind]</c>.</summary>
public static partial class SecretRedactor
{
    private const int Timeout = 60_000;

    // Most text has none of these: one pass over it settles that.
    private static readonly SearchValues<string> Hints = SearchValues.Create(
        ["-----BEGIN", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "sk-", "sk_", "xox", "eyJ", "AIza", "bearer", "basic", "passw", "pwd", "secret", "token", "api", "access", "@"],
        StringComparison.OrdinalIgnoreCase);

    private static readonly (Regex Pattern, string Replacement)[] Rules =
    [
        (PrivateKey(), "[REDACTED:private-key]"),
        (CloudKey(), "[REDACTED:cloud-key]"),
        (ForgeToken(), "[REDACTED:forge-token]"),
        (ApiKey(), "[REDACTED:api-key]"),
        (ChatToken(), "[REDACTED:chat-token]"),
        (WebToken(), "[REDACTED:jwt]"),
        (Bearer(), "${keep}[REDACTED:bearer]"),
        (UrlPassword(), "${keep}[REDACTED:password]@"),
        (Assignment(), "${keep}[REDACTED:value]"),
    ];

    /// <summary>The text without credentials; the same instance when there are none.</summary>
    public static string? Redact(string? text)
    {
        if (text is null || !text.AsSpan().ContainsAny(Hints))
            return text;
        foreach (var (pattern, replacement) in Rules)
            text = pattern.Replace(text, replacement);
        return text;
    }

    /// <summary>The step without credentials; the same instance when there are none.</summary>
    internal static Step Redact(Step step)
    {
        var (text, arguments, observation) = (Redact(step.Text), Redact(step.Arguments), Redact(step.Observation));
        return ReferenceEquals(text, step.Text) && ReferenceEquals(arguments, step.Arguments) && ReferenceEquals(observation, step.Observation)
            ? step
            : step with { Text = text, Arguments = arguments, Observation = observation };
    }

    // All run in time linear in the text: it may be hostile. Each part that repeats is bounded, or begins where no other match can.
    [GeneratedRegex("-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?>(?:[^-]|-(?!----(?:END|BEGIN)))*)-----END [A-Z ]{0,30}PRIVATE KEY-----", RegexOptions.None, Timeout)]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}", RegexOptions.None, Timeout)]
    private static partial Regex CloudKey();

    [GeneratedRegex(@"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})", RegexOptions.None, Timeout)]
    private static partial Regex ForgeToken();

    [GeneratedRegex(@"\bsk[-_](?:[A-Za-z0-9]{1,40}[-_]){0,6}[A-Za-z0-9]{20,}", RegexOptions.None, Timeout)]
    private static partial Regex ApiKey();

    [GeneratedRegex(@"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", RegexOptions.None, Timeout)]
    private static partial Regex ChatToken();

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])eyJ(?>[A-Za-z0-9_-]{10,})\.(?>[A-Za-z0-9_-]{10,})\.[A-Za-z0-9_-]{10,}", RegexOptions.None, Timeout)]
    private static partial Regex WebToken();

    [GeneratedRegex("""\b(?<keep>bearer\s{1,3}|authorization\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?basic\s{1,3})(?!\[REDACTED)[A-Za-z0-9._~+/=-]{12,}""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout)]
    private static partial Regex Bearer();

    [GeneratedRegex(@"(?<keep>://[^\s:/@]{1,100}:)(?!\[REDACTED)[^\s:/@]{1,200}@", RegexOptions.None, Timeout)]
    private static partial Regex UrlPassword();

    // A value of a word alone ("password: incorrect") says something and is kept; one with a digit is taken for the secret.
    [GeneratedRegex("""(?<keep>(?:passw(?:or)?d|pwd|secret|token|api[_-]?key|access[_-]?key)\\?["']?\s{0,3}[=:]\s{0,3}\\?["']?|--(?:[a-z]{1,20}-)?(?:passw(?:or)?d|pwd|secret|token|api[_-]?key|access[_-]?key)\s{1,3}["']?)(?!\[REDACTED)(?=[^\s"',;&]{0,200}\d)[^\s"',;&]{8,200}""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Timeout)]
    private static partial Regex Assignment();
}
