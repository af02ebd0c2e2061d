using System.Globalization;
using System.Text.RegularExpressions;

namespace Afterwit.Hosts.Tests.Http;

/// <summary>Reads the text format of Prometheus as strictly as Prometheus does, written apart from what writes it.</summary>
internal sealed partial record PrometheusReader(IReadOnlyDictionary<string, string> Types, IReadOnlyList<PrometheusReader.Sample> Samples)
{
    public sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

    public static PrometheusReader Read(string text)
    {
        Assert.EndsWith("\n", text);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        var samples = new List<Sample>();
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var parts = line.Split(' ');
                types.Add(parts[2], parts[3]); // a name has one type, and stands once
                continue;
            }

            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
                continue;
            var match = SampleLine().Match(line);
            Assert.True(match.Success, line);
            var labels = LabelPair().Matches(match.Groups["labels"].Value).ToDictionary(l => l.Groups["name"].Value, l => l.Groups["value"].Value.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal), StringComparer.Ordinal);
            samples.Add(new(match.Groups["name"].Value, labels, double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)));
            Assert.Contains(types.Keys, t => samples[^1].Name == t || (types[t] == "histogram" && samples[^1].Name.StartsWith(t + "_", StringComparison.Ordinal)));
        }

        var read = new PrometheusReader(types, samples);
        Assert.Equal(samples.Count, samples.Select(s => $"{s.Name} {string.Join(',', s.Labels.OrderBy(l => l.Key, StringComparer.Ordinal))}").Distinct(StringComparer.Ordinal).Count());
        foreach (var histogram in types.Where(t => t.Value == "histogram").Select(t => t.Key))
        {
            foreach (var series in samples.Where(s => s.Name == histogram + "_bucket").GroupBy(s => string.Join(',', s.Labels.Where(l => l.Key != "le").OrderBy(l => l.Key, StringComparer.Ordinal))))
            {
                Assert.Equal(series.Select(s => s.Value), series.Select(s => s.Value).Order()); // each bucket holds the ones before it
                Assert.Equal("+Inf", series.Last().Labels["le"]);
            }
        }

        return read;
    }

    /// <summary>The sum of the samples that have these labels.</summary>
    public double Value(string name, params (string Name, string Value)[] labels) => Samples.Where(s => s.Name == name && labels.All(l => s.Labels.GetValueOrDefault(l.Name) == l.Value)).Sum(s => s.Value);

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)*)\})? (?<value>[-+0-9.eEInfNa]+)$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SampleLine();

    [GeneratedRegex("""(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\]|\\.)*)"(,|$)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LabelPair();
}
