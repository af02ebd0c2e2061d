using System.Collections;
using Afterwit.Cli.Terminal;
using Afterwit.Storage;

namespace Afterwit.Cli.Configuration;

/// <summary>One thing that is wrong with the settings.</summary>
internal sealed record SettingProblem(string Name, string Source, string Problem);

/// <summary>Finds everything that is wrong with the settings at once, unknown names included.</summary>
internal static class SettingsCheck
{
    private const string Prefix = "AFTERWIT_";

    /// <summary>The problems, in the order of the settings.</summary>
    public static IReadOnlyList<SettingProblem> Check(SettingSources sources) =>
    [
        .. sources.All.Select(Check).OfType<SettingProblem>(),
        .. sources.Unknown.Select(name => new SettingProblem(name, sources.File!, $"there is no setting of this name.{Nearest.Hint(name, Setting.All.Select(s => s.Name))}")),
        .. UnknownVariables(),
    ];

    private static SettingProblem? Check(EffectiveSetting effective)
    {
        var (setting, value, source) = effective;
        try
        {
            if (setting.Name == Setting.Database)
                Settings.DatabaseOf(value);
            var options = new SqliteOptions();
            setting.Apply(options, value);
            options.Validate();
            return null;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or DatabaseException)
        {
            return new(setting.Name, source, e is DatabaseException ? e.Message : $"is '{Words.Excerpt(value, 60)}'; allowed: {setting.Allowed}.");
        }
    }

    private static IEnumerable<SettingProblem> UnknownVariables()
    {
        var known = Setting.All.Select(s => s.EnvironmentName).ToList();
        return Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(e => (string)e.Key)
            .Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && !known.Contains(name, StringComparer.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => new SettingProblem(name, "environment", $"there is no setting of this name.{Nearest.Hint(name, known)}"));
    }
}
