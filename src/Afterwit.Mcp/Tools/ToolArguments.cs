using System.Globalization;
using System.Text.Json;

namespace Afterwit.Mcp.Tools;

/// <summary>What a tool was given. Strict: a field that nobody knows would be lost without a word.</summary>
internal sealed class ToolArguments
{
    private readonly string _tool;
    private readonly IDictionary<string, JsonElement> _fields;

    public ToolArguments(MemoryTool tool, IDictionary<string, JsonElement>? fields)
        : this(tool.Definition.Name, fields ?? new Dictionary<string, JsonElement>(), tool.Fields)
    {
    }

    private ToolArguments(string tool, IDictionary<string, JsonElement> fields, IReadOnlyList<string> known)
    {
        (_tool, _fields) = (tool, fields);
        if (fields.Keys.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new ArgumentException($"{tool} has no field '{TextRules.Excerpt(unknown, 60)}'; it takes{(known.Count == 0 ? " none" : $": {string.Join(", ", known)}")}.");
    }

    /// <summary>A text that has to be there.</summary>
    public string Required(string name) =>
        Text(name) ?? throw new ArgumentException($"{_tool} needs '{name}': a text with at least one visible character.");

    /// <summary>A text. Null when it is missing or blank: who fills in every field means nothing by it.</summary>
    public string? Text(string name) => Find(name) is not { } value ? null
        : value.ValueKind != JsonValueKind.String ? throw Wrong(name, value, "a text")
        : Decode(name, value) is var text && string.IsNullOrWhiteSpace(text) ? null : text;

    /// <summary>A text, or any other JSON as text. Null when it is missing.</summary>
    public string? TextOrJson(string name) => Find(name) is not { } value ? null : value.ValueKind == JsonValueKind.String ? Decode(name, value) : value.GetRawText();

    /// <summary>A whole number within limits.</summary>
    public int Whole(string name, int fallback, int min, int max) => WholeOrNone(name, min, max) ?? fallback;

    /// <summary>A whole number within limits. Null when it is missing.</summary>
    public int? WholeOrNone(string name, int min, int max) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number == Math.Floor(number) && number >= min && number <= max ? (int)number
        : throw Wrong(name, value, $"a whole number from {min} to {max}");

    /// <summary>A number within limits. Null when it is missing.</summary>
    public double? Number(string name, double min, double max) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max ? number
        : throw Wrong(name, value, string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"));

    /// <summary>True or false; false when it is missing.</summary>
    public bool Flag(string name) => Find(name) is { } value && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, value, "true or false"));

    /// <summary>One of some words, by which a value is named.</summary>
    public T Choice<T>(string name, params (string Word, T Value)[] choices)
    {
        var word = Required(name);
        var found = Array.FindIndex(choices, choice => choice.Word == word);
        return found >= 0 ? choices[found].Value : throw new ArgumentException($"{_tool}: '{name}' is '{TextRules.Excerpt(word, 60)}', and has to be one of: {string.Join(", ", choices.Select(c => c.Word))}.");
    }

    /// <summary>A list of texts; empty when it is missing.</summary>
    public IReadOnlyList<string> Texts(string name) => [.. Items(name, "a list of texts").Select(item => item.ValueKind == JsonValueKind.String ? Decode(name, item) : throw Wrong(name, item, "a list of texts"))];

    /// <summary>A list of objects with known fields.</summary>
    public IReadOnlyList<ToolArguments> Objects(string name, IReadOnlyList<string> known) =>
    [
        .. Items(name, "a list of objects").Select((item, i) => item.ValueKind == JsonValueKind.Object
            ? new ToolArguments($"{_tool} {name}[{i}]", item.EnumerateObject().GroupBy(p => p.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last().Value, StringComparer.Ordinal), known)
            : throw Wrong($"{name}[{i}]", item, "an object")),
    ];

    /// <summary>An object of texts; empty when it is missing.</summary>
    public IReadOnlyDictionary<string, string> Map(string name) => Find(name) is not { } value ? new Dictionary<string, string>()
        : value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().GroupBy(p => p.Name, StringComparer.Ordinal).ToDictionary(
            g => g.Key, g => g.Last().Value is { ValueKind: JsonValueKind.String } text ? Decode(name, text) : g.Last().Value.GetRawText(), StringComparer.Ordinal)
        : throw Wrong(name, value, "an object of texts");

    /// <summary>The id of an episode.</summary>
    public EpisodeId Episode(string name = "episode_id") => IdOf(Required(name));

    /// <summary>The ids of episodes: at least one.</summary>
    public IReadOnlyList<EpisodeId> Episodes(string name, int most)
    {
        var texts = Texts(name);
        return texts.Count >= 1 && texts.Count <= most ? [.. texts.Select(IdOf)] : throw new ArgumentException($"{_tool} needs '{name}': 1 to {most} ids.");
    }

    /// <summary>A time. Null when it is missing.</summary>
    public DateTimeOffset? Time(string name) => Text(name) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new ArgumentException($"{_tool}: '{name}' is '{TextRules.Excerpt(text, 60)}', and has to be a time like 2026-01-31T12:00:00Z.");

    /// <summary>What a recall is to return.</summary>
    public RecallTypes Types(string name, RecallTypes fallback)
    {
        var types = RecallTypes.None;
        foreach (var text in Texts(name))
        {
            types |= text switch
            {
                "episode" => RecallTypes.Episode,
                "step" => RecallTypes.Step,
                "pattern" => RecallTypes.Pattern,
                "playbook" => RecallTypes.Playbook,
                _ => throw new ArgumentException($"{_tool}: '{name}' names '{TextRules.Excerpt(text, 60)}': allowed are episode, step, pattern, playbook."),
            };
        }

        return types == RecallTypes.None ? fallback : types;
    }

    /// <summary>What an answer may cost.</summary>
    public int MaxTokens() => Whole("max_tokens", Budget.Default, 50, 20_000);

    /// <summary>Whether a destructive call is only a rehearsal.</summary>
    /// <exception cref="ArgumentException">It is neither a rehearsal nor confirmed.</exception>
    public bool IsDryRun(string what) => Flag("dry_run") || (Flag("confirm")
        ? false
        : throw new ArgumentException($"{_tool} {what}: call it with dry_run: true to see what it would do, then with confirm: true."));

    /// <summary>The scope that the usual fields name.</summary>
    public Scope Scope() => new(Text("project"), Text("agent"), Text("user"));

    /// <summary>The id of an episode. A step of recall is named by its episode, a # and its ordinal: whoever asks for it means the episode.</summary>
    public static EpisodeId IdOf(string text) => EpisodeId.TryParse(text.Split('#')[0], out var id)
        ? id
        : throw new ArgumentException($"'{TextRules.Excerpt(text, 60)}' is not an episode id: give one as recall or start_episode returned it, like 0198c1d2-5b1e-7f00-8000-0123456789ab.");

    private JsonElement[] Items(string name, string expected) => Find(name) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Wrong(name, value, expected);

    private JsonElement? Find(string name) => _fields.TryGetValue(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    private string Decode(string name, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new ArgumentException($"{_tool}: '{name}' is not valid Unicode: it holds one half of a surrogate pair. Replace it before storing.", e);
        }
    }

    private ArgumentException Wrong(string name, JsonElement value, string expected) => new($"{_tool}: '{name}' is {TextRules.Excerpt(value.GetRawText(), 60)}, and has to be {expected}.");
}
