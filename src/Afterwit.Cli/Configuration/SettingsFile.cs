using System.Globalization;
using System.Text;
using Afterwit.Storage;

namespace Afterwit.Cli.Configuration;

/// <summary>Writes a settings file that explains itself: every setting in a comment, with what it does, what it takes and its default.</summary>
internal static class SettingsFile
{
    /// <summary>The text of the file.</summary>
    public static string Template()
    {
        var text = new StringBuilder("""
            // Settings of afterwit. Take away the slashes before a setting to change it from its default.
            // The environment goes before this file, and the command line before both; `afterwit config show` tells what holds.
            {

            """);
        Write(text, [.. Setting.All.Select(s => (s.Name.Split(':'), s))], 0, "  ");
        return text.Append("}\n").ToString();
    }

    private static void Write(StringBuilder text, List<(string[] Path, Setting Setting)> settings, int depth, string indent)
    {
        foreach (var section in settings.GroupBy(s => s.Path[depth], StringComparer.Ordinal))
        {
            var here = section.Where(s => s.Path.Length == depth + 1).Select(s => s.Setting).ToList();
            foreach (var setting in here)
            {
                text.Append(CultureInfo.InvariantCulture, $"{indent}// {setting.Description} Takes {setting.Allowed}.\n");
                text.Append(CultureInfo.InvariantCulture, $"{indent}// \"{section.Key}\": {Literal(setting.Default)},\n");
            }

            if (here.Count > 0)
                continue;
            text.Append(CultureInfo.InvariantCulture, $"{indent}\"{section.Key}\": {{\n");
            Write(text, [.. section], depth + 1, indent + "  ");
            text.Append(CultureInfo.InvariantCulture, $"{indent}}},\n");
        }
    }

    private static string Literal(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) || value is "true" or "false" ? value : $"\"{System.Text.Json.JsonEncodedText.Encode(value)}\"";
}
