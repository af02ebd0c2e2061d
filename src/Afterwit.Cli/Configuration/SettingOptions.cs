using System.CommandLine;
using Afterwit.Cli.Commands;
using Afterwit.Storage;

namespace Afterwit.Cli.Configuration;

/// <summary>One hidden command-line option for each setting; `afterwit config show` lists them.</summary>
internal static class SettingOptions
{
    private static readonly Dictionary<string, Option<string?>> ByName = Setting.All
        .Where(s => s.Name != Setting.Database)
        .ToDictionary(s => s.Name, s => new Option<string?>(s.OptionName) { Description = $"{s.Description} ({s.Allowed})", Recursive = true, Hidden = true }, StringComparer.Ordinal);

    public static IEnumerable<Option> All => ByName.Values;

    /// <summary>What the command line says of a setting. Null when it says nothing.</summary>
    public static string? Get(ParseResult parsed, Setting setting) =>
        (ServeCommand.Short.TryGetValue(setting.Name, out var brief) ? parsed.GetValue(brief) : null) ?? parsed.GetValue(setting.Name == Setting.Database ? GlobalOptions.Database : ByName[setting.Name]);
}
