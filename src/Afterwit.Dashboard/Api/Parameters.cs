using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Afterwit.Dashboard.Api;

/// <summary>The parameters behind the ? of a request.</summary>
internal readonly struct Parameters(HttpContext context)
{
    private readonly IQueryCollection _query = context.Request.Query;

    /// <summary>Refuses a parameter that the route does not know: it would be ignored without a word.</summary>
    /// <param name="context">The request.</param>
    /// <param name="known">What the route takes.</param>
    public static void Check(HttpContext context, params ReadOnlySpan<string> known)
    {
        foreach (var name in context.Request.Query.Keys)
        {
            if (!known.Contains(name))
                throw RequestException.Wrong(TextRules.Excerpt(name, 40), $"There is no parameter '{TextRules.Excerpt(name, 40)}' here{(known.Length == 0 ? "." : $"; there are: {string.Join(", ", known.ToArray())}.")}");
        }
    }

    /// <summary>A text that may be missing.</summary>
    public string? Text(string name) => _query[name] switch
    {
        [] => null,
        [var one] => string.IsNullOrEmpty(one) ? null : TextRules.Valid(one, name),
        _ => throw RequestException.Wrong(name, $"{name} is given more than once."),
    };

    /// <summary>A whole number with a default.</summary>
    public int Whole(string name, int fallback, int min, int max) => Text(name) is not { } text ? fallback
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max ? value
        : throw Wrong(name, text, $"a whole number from {min} to {max}");

    /// <summary>A yes or no; no when it is missing.</summary>
    public bool Flag(string name) => Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        var text => throw Wrong(name, text, "true or false"),
    };

    /// <summary>A time that may be missing, taken for UTC when it names no zone.</summary>
    public DateTimeOffset? Time(string name) => Text(name) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw Wrong(name, text, "a time, such as 2026-11-20 or 2026-11-20T08:30Z");

    /// <summary>A value of an enumeration that may be missing, by the name that JSON has for it.</summary>
    public T? Word<T>(string name)
        where T : struct, Enum => Text(name) is { } text ? Words.Of<T>(name, text) : null;

    /// <summary>Values of an enumeration with commas between them.</summary>
    public IReadOnlyList<T> List<T>(string name)
        where T : struct, Enum => [.. (Text(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text => Words.Of<T>(name, text))];

    /// <summary>Whether only to show what would go. Without it the request has to say <c>confirm=true</c>.</summary>
    /// <exception cref="RequestException">It says neither.</exception>
    public bool IsDryRun() => Flag("dry_run") || (Flag("confirm") ? false
        : throw RequestException.Wrong("confirm", "This removes something for good, so nothing was done: repeat it with ?confirm=true, or see with ?dry_run=true what would go."));

    private static RequestException Wrong(string name, string text, string allowed) => RequestException.Wrong(name, $"{name} is '{TextRules.Excerpt(text, 60)}'; allowed: {allowed}.");
}
