using System.CommandLine;
using System.Text.Json;
using Afterwit.Storage;

namespace Afterwit.Cli.Configuration;

/// <summary>A setting in effect.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Value">Its value, as text.</param>
/// <param name="Source">Who set it.</param>
internal sealed record EffectiveSetting(Setting Setting, string Value, string Source);

/// <summary>The settings in effect: command line, else environment, else file, else default.</summary>
internal sealed class Settings
{
    private Settings(IReadOnlyList<EffectiveSetting> all, IReadOnlyList<string> unknown, string? file)
    {
        All = all;
        Unknown = unknown;
        File = file;
        Storage = new();
        foreach (var (setting, value, source) in all)
        {
            try
            {
                setting.Apply(Storage, value);
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw new ArgumentException($"{setting.Name} is '{value}' ({source}); allowed: {setting.Allowed}.", e);
            }
        }

        Storage.Validate();
    }

    /// <summary>Each setting with its value and source.</summary>
    public IReadOnlyList<EffectiveSetting> All { get; }

    /// <summary>Names in the file that are no settings.</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <summary>The file that was read. Null when there is none.</summary>
    public string? File { get; }

    /// <summary>How a file is opened.</summary>
    public SqliteOptions Storage { get; }

    /// <summary>Where the memory is: a full path, or :memory:.</summary>
    public string Database => All[0].Value is SqliteDatabase.InMemory ? SqliteDatabase.InMemory : Path.GetFullPath(WithoutScheme(All[0].Value));

    /// <summary>Resolves every setting.</summary>
    /// <exception cref="ArgumentException">A value is not allowed, or the file cannot be read; the message names it.</exception>
    public static Settings Resolve(ParseResult parsed)
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

    private static string WithoutScheme(string database)
    {
        if (database.StartsWith("file:", StringComparison.Ordinal))
            return database["file:".Length..];
        var scheme = database.IndexOf("://", StringComparison.Ordinal);
        return scheme < 0 ? database : throw new DatabaseException($"{database[..scheme]}:// is not a kind of database that this release opens. Give a path, or :memory:.");
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
