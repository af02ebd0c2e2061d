using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Afterwit.Storage;

/// <summary>Reads options from a section of a host's configuration, by the names of the settings file.</summary>
internal static class SettingSection
{
    /// <summary>Takes every value that the section has.</summary>
    /// <exception cref="OptionsValidationException">A name is not known, or a value is not of its kind; the message names it and what is allowed.</exception>
    public static void Apply(IConfiguration section, AfterwitOptions options)
    {
        var problems = new List<string>();
        foreach (var (name, value) in section.AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var setting = Setting.All.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (setting is null)
                problems.Add($"{name}: there is no setting of this name; `afterwit config show` lists them.");
            else if (setting.Name == Setting.Database)
                options.Database = value!;
            else if (!TryApply(setting, options.Storage, value!))
                problems.Add($"{setting.Name} is '{(setting.IsSecret ? "(secret)" : value)}'; allowed: {setting.Allowed}.");
        }

        if (problems.Count > 0)
            throw new OptionsValidationException(Options.DefaultName, typeof(AfterwitOptions), problems);
    }

    private static bool TryApply(Setting setting, StorageOptions options, string value)
    {
        try
        {
            setting.Apply(options, value);
            return true;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return false;
        }
    }
}
