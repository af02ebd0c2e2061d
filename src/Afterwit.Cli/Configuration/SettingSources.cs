using System.CommandLine;
using System.Text.Json;

namespace Afterwit.Cli.Configuration;

/// <summary>A setting in effect.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Value">Its value, as text.</param>
/// <param name="Source">Who set it.</param>
internal sealed record EffectiveSetting(Setting Setting, string Value, string Source);

/// <summary>What was given for each setting, before anything is made of it: command line, else environment, else file, else default.</summary>
/// <param name="All">Each setting with its value and source.</param>
/// <param name="Unknown">Names in the file that are no settings.</param>
/// <param name="File">The file that was read. Null when there is none.</param>
internal sealed record SettingSources(IReadOnlyList<EffectiveSetting> All, IReadOnlyList<string> Unknown, string? File)
{
    /// <summary>Reads every source.</summary>
    /// <exception cref="ArgumentException">The file is not there or is no settings file.</exception>
    public static SettingSources Read(ParseResult parsed)
    {
        var file = FindFile(parsed.GetValue(GlobalOptions.Config));
        var inFile = file is null ? [] : ReadFile(file);
        var all = Setting.All.Select(setting =>
            SettingOptions.Get(parsed, setting) is { } given ? new EffectiveSetting(setting, given, "command line")
            : Environment.GetEnvironmentVariable(setting.EnvironmentName) is { Length: > 0 } set ? new(setting, set, setting.EnvironmentName)
            : inFile.TryGetValue(setting.Name, out var written) ? new(setting, written, file!)
            : new(setting, setting.Default, "default")).ToList();
        var known = Setting.All.Select(s => s.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new(all, [.. inFile.Keys.Where(name => !known.Contains(name))], file);
    }

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
