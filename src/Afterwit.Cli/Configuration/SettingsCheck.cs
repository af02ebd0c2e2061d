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

    /// <summary>All problems.</summary>
    public static IReadOnlyList<SettingProblem> Check(SettingSources sources) =>
    [
        .. DatabaseProblem(sources[Setting.Database]),
        .. Apply(sources, new()),
        .. sources.Unknown.Select(name => new SettingProblem(name, sources.File!, $"there is no setting of this name.{Nearest.Hint(name, Setting.All.Select(s => s.Name))}")),
        .. UnknownVariables(),
    ];

    /// <summary>Reads every value into options. What cannot be read or is out of its range is reported, and keeps its default.</summary>
    public static IReadOnlyList<SettingProblem> Apply(SettingSources sources, StorageOptions options)
    {
        var problems = new List<SettingProblem>();
        foreach (var effective in sources.All)
        {
            try
            {
                effective.Setting.Apply(options, effective.Value);
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                problems.Add(ProblemOf(effective));
            }
        }

        while (true)
        {
            try
            {
                Setting.Validate(options);
                return problems;
            }
            catch (ArgumentException e)
            {
                // One range after the other: each that is broken is put right for the next to be found.
                var broken = sources.All.First(s => e.Message.StartsWith(s.Setting.Name + " ", StringComparison.Ordinal));
                if (problems.Exists(p => p.Name == broken.Setting.Name))
                    return problems; // a default that another setting excludes
                problems.Add(ProblemOf(broken));
                broken.Setting.Apply(options, broken.Setting.Default);
            }
        }
    }

    private static SettingProblem ProblemOf(EffectiveSetting effective) =>
        new(effective.Setting.Name, effective.Source, $"is '{Words.Excerpt(effective.Shown, 60)}'; allowed: {effective.Setting.Allowed}.");

    private static IEnumerable<SettingProblem> DatabaseProblem(EffectiveSetting database)
    {
        try
        {
            Setting.DatabaseOf(database.Value);
            return [];
        }
        catch (Exception e) when (e is ArgumentException or DatabaseException)
        {
            return [new(Setting.Database, database.Source, e.Message)];
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
