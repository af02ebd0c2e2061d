namespace Afterwit.Hosts.Tests.Browser;

/// <summary>Episodes whose every text wants to be more than text.</summary>
internal static class Hostile
{
    public static readonly string[] Texts =
    [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'><svg onload=alert(1)>",
        "javascript:alert(1)",
        "\u202Eright to left\u202C \u05E9\u05DC\u05D5\u05DD \u0645\u0631\u062D\u0628\u0627",
        "null\0character and \u0001 control",
        "</main></body><h1>another</h1>",
        "{{constructor.constructor('alert(1)')()}}",
        new('w', 3000),
        "<style>body{display:none}</style><iframe src=//example.com></iframe>",
    ];

    public static EpisodeId Id(int number) => EpisodeId.FromSource($"hostile/{number}");

    public static IEnumerable<Episode> Episodes(DateTimeOffset now) => Enumerable.Range(0, Texts.Length * 3).Select(n =>
    {
        var text = Texts[n % Texts.Length];
        return new Episode
        {
            Id = Id(n),
            SourceId = $"hostile/{n}",
            Task = $"hostile {text}",
            Scope = new(text, text),
            Context = new() { Domain = text, Language = text, Framework = text, Complexity = text, Tags = [text, "<b>"] },
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [text] = text },
            StartedAt = now.AddMinutes(-n),
            EndedAt = now,
            Outcome = Outcome.Success(text),
            Steps = [Step.Message(text, text), Step.ToolCall("read", text, text), Step.ToolCall(text, text, text, isError: true) with { ErrorClass = text }, Step.ToolCall("read", text, text)],
        };
    });
}
