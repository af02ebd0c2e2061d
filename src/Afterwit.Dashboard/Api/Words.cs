using Microsoft.AspNetCore.Http;

namespace Afterwit.Dashboard.Api;

/// <summary>Ids and words of requests.</summary>
internal static class Words
{
    /// <summary>A value of an enumeration by the name that JSON has for it.</summary>
    public static T Of<T>(string field, string text)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (Names.Of(value) == text)
                return value;
        }

        throw RequestException.Wrong(field, $"{field} is '{TextRules.Excerpt(text, 60)}'; allowed: {string.Join(", ", Enum.GetValues<T>().Select(Names.Of))}.");
    }

    /// <summary>The episode that the address names.</summary>
    public static EpisodeId Episode(HttpContext context) => Episode("id", (string?)context.Request.RouteValues["id"]);

    /// <summary>The episode that a field names.</summary>
    public static EpisodeId Episode(string field, string? text) => EpisodeId.TryParse(text, out var id)
        ? id
        : throw RequestException.Wrong(field, $"{field} is '{TextRules.Excerpt(text, 60)}', which is no episode id: expected 32 hexadecimal digits, like 0198c1d2-5b1e-7f00-8000-0123456789ab.");

    /// <summary>The pattern that the address names.</summary>
    public static PatternId Pattern(HttpContext context) => (string?)context.Request.RouteValues["id"] is var text && PatternId.TryParse(text, out var id)
        ? id
        : throw RequestException.Wrong("id", $"id is '{TextRules.Excerpt(text, 60)}', which is no pattern id: expected p and 16 hexadecimal digits.");

    /// <summary>What a recall may return, by the names of JSON. None means the default.</summary>
    public static RecallTypes Types(IReadOnlyList<string>? names) => names is null or [] ? RecallTypes.Episode
        : names.Aggregate(RecallTypes.None, (types, name) => types | name switch
        {
            "episode" => RecallTypes.Episode,
            "step" => RecallTypes.Step,
            "pattern" => RecallTypes.Pattern,
            "playbook" => RecallTypes.Playbook,
            _ => throw RequestException.Wrong("types", $"types names '{TextRules.Excerpt(name, 60)}'; allowed: episode, step, pattern, playbook."),
        });

    /// <summary>How an episode ended, by the words of the command line.</summary>
    public static EpisodeStatus Outcome(string text) => text switch
    {
        "success" => EpisodeStatus.Succeeded,
        "partial" => EpisodeStatus.Partial,
        "failure" => EpisodeStatus.Failed,
        "abstained" => EpisodeStatus.Abstained,
        _ => throw RequestException.Wrong("outcome", $"outcome is '{TextRules.Excerpt(text, 60)}'; allowed: success, partial, failure, abstained."),
    };
}
