using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using Afterwit.Dashboard;
using Afterwit.Storage;

namespace Afterwit.Cli.Configuration;

/// <summary>A setting in effect.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Value">Its value, as text.</param>
/// <param name="Source">Who set it.</param>
internal sealed partial record EffectiveSetting(Setting Setting, string Value, string Source)
{
    /// <summary>The value as it may be printed: a secret never is, and a URL may bring a password or a token along.</summary>
    public string Shown => !Setting.IsSecret ? QueryOfUrl().Replace(SecretRedactor.Redact(Value)!, "?(set)") : Value.Length > 0 ? "(set)" : "";

    /// <summary>As JSON.</summary>
    public SettingJson ToJson() => new(Setting.Name, Shown, Source, Setting.Default, Setting.Allowed, Setting.Description, Setting.EnvironmentName, Setting.OptionName);

    [GeneratedRegex(@"(?<=://[^\s,?]*)\?[^\s,]+", RegexOptions.None, 1000)]
    private static partial Regex QueryOfUrl();
}

/// <summary>What was given for each setting, before anything is made of it: command line, else environment, else file, else the variables that all clients of libSQL servers share, else default.</summary>
/// <param name="All">Each setting with its value and source.</param>
/// <param name="Unknown">Names in the file that are no settings.</param>
/// <param name="File">The file that was read. Null when there is none.</param>
internal sealed record SettingSources(IReadOnlyList<EffectiveSetting> All, IReadOnlyList<string> Unknown, string? File)
{
    /// <summary>The source of what nobody set.</summary>
    public const string Default = "default";

    private static readonly (string Url, string Token)[] Shared = [("LIBSQL_URL", "LIBSQL_AUTH_TOKEN"), ("TURSO_DATABASE_URL", "TURSO_AUTH_TOKEN")];

    /// <summary>Whether somebody meant Afterwit when they named the database: the shared variables may be meant for another program.</summary>
    public bool IsDatabaseOurs => !Shared.Any(s => s.Url == this[Setting.Database].Source);

    /// <summary>A setting by its name.</summary>
    public EffectiveSetting this[string name] => All.First(e => e.Setting.Name == name);

    /// <summary>Reads every source.</summary>
    /// <exception cref="ArgumentException">The file is not there or is no settings file.</exception>
    public static SettingSources Read(ParseResult parsed)
    {
        var file = FindFile(parsed.GetValue(GlobalOptions.Config));
        var inFile = file is null ? [] : ReadFile(file);
        var all = new List<EffectiveSetting>();
        foreach (var setting in Setting.All)
        {
            all.Add(SettingOptions.Get(parsed, setting) is { } given ? new EffectiveSetting(setting, given, "command line")
                : Variable(setting.EnvironmentName) is { } set ? new(setting, set, setting.EnvironmentName)
                : inFile.TryGetValue(setting.Name, out var written) ? new(setting, written, file!)
                : SharedVariable(setting, all) is { } name ? new(setting, Variable(name)!, name)
                : new(setting, setting.Default, Default));
        }

        var known = Setting.All.Select(s => s.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new(all, [.. inFile.Keys.Where(name => !known.Contains(name))], file);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>Which of the shared variables says something of a setting. A token that stands beside a URL goes to that server alone.</summary>
    private static string? SharedVariable(Setting setting, List<EffectiveSetting> before) => setting.Name switch
    {
        Setting.Database => Array.Find(Shared, s => Variable(s.Url) is not null).Url,
        Setting.AuthToken => Array.Find(Shared, s => Variable(s.Token) is not null && (Variable(s.Url) is not { } url || url == before[0].Value)).Token,
        _ => null,
    };

    private static string? FindFile(FileInfo? given)
    {
        if (given is not null)
            return given.Exists ? given.FullName : throw new ArgumentException($"--config {given.FullName}: there is no such file. `afterwit config init` writes one.");
        return Array.Find([Path.GetFullPath("afterwit.json"), DataFolder.UserSettings], System.IO.File.Exists);
    }

    private static Dictionary<string, string> ReadFile(string file)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        try
        {
            using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(file), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ArgumentException($"{file} is not a settings file: it has to hold one JSON object. `afterwit config init` writes one.");
            Flatten("", document.RootElement, values);
            return values;
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"{file} is not a settings file: {e.Message}", e);
        }
    }

    private static void Flatten(string path, JsonElement element, Dictionary<string, string> values)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            values[path] = element.ToString();
            return;
        }

        foreach (var property in element.EnumerateObject())
            Flatten(path.Length == 0 ? property.Name : $"{path}:{property.Name}", property.Value, values);
    }
}
