using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Afterwit.Dashboard.Metrics;

/// <summary>All that was measured under one name, as Prometheus keeps it: a value, or a histogram, for each set of labels.</summary>
internal sealed class MetricFamily
{
    /// <summary>More sets of labels than this are counted together: what is unbounded must not fill the memory.</summary>
    public const int MaxSeries = 1000;

    private const string Overflow = "otel_metric_overflow=\"true\"";

    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly string _type;
    private readonly string _help;
    private readonly double[] _bounds;

    /// <summary>A family for an instrument.</summary>
    public MetricFamily(string name, Instrument instrument)
    {
        Name = name;
        _type = TypeOf(instrument);
        _help = (instrument.Description ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        _bounds = _type != "histogram" ? [] : instrument switch
        {
            Instrument<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
            Instrument<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
            _ => DefaultBounds,
        };
        IsObserved = instrument.IsObservable;
        IsSum = !IsObserved && IsOf(instrument, typeof(Counter<>), typeof(UpDownCounter<>));
    }

    /// <summary>The name with its unit and, for a counter, <c>_total</c>.</summary>
    public string Name { get; }

    /// <summary>True when the values are those of the moment they are asked for.</summary>
    public bool IsObserved { get; }

    /// <summary>True when values are added up.</summary>
    private bool IsSum { get; }

    /// <summary>The name of an instrument as Prometheus has it.</summary>
    public static string NameOf(Instrument instrument)
    {
        var name = string.Concat(instrument.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        var type = TypeOf(instrument);
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "1" when type == "gauge" => "_ratio",
            _ => "",
        };
        return (name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit) + (type == "counter" ? "_total" : "");
    }

    /// <summary>Keeps a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        if (!_series.TryGetValue(labels, out var series))
            series = _series.GetOrAdd(_series.Count < MaxSeries ? labels : Overflow, _ => new(_bounds.Length));
        lock (series)
        {
            if (_type == "histogram")
                series.Add(value, _bounds);
            else
                series.Value = IsSum ? series.Value + value : value;
        }
    }

    /// <summary>Forgets what was observed: what is there no more is not observed again.</summary>
    public void Clear() => _series.Clear();

    /// <summary>Writes it.</summary>
    public void Write(StringBuilder text)
    {
        if (_series.IsEmpty)
            return;
        text.Append("# HELP ").Append(Name).Append(' ').Append(_help).Append("\n# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');
        foreach (var (labels, series) in _series.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            lock (series)
            {
                if (_type != "histogram")
                {
                    Line(text, "", labels, series.Value);
                    continue;
                }

                var below = 0L;
                for (var i = 0; i <= _bounds.Length; i++)
                {
                    below += series.Counts[i];
                    Line(text, "_bucket", $"{labels}{(labels.Length == 0 ? "" : ",")}le=\"{(i < _bounds.Length ? _bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf")}\"", below);
                }

                Line(text, "_sum", labels, series.Value);
                Line(text, "_count", labels, below);
            }
        }
    }

    private void Line(StringBuilder text, string suffix, string labels, double value)
    {
        text.Append(Name).Append(suffix);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (value is null)
                continue;
            var shown = value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture)!;
            text.Append(text.Length == 0 ? "" : ",").Append([.. key.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')]).Append("=\"")
                .Append(shown.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
        }

        return text.ToString();
    }

    private static string TypeOf(Instrument instrument) =>
        IsOf(instrument, typeof(Counter<>), typeof(ObservableCounter<>)) ? "counter" : IsOf(instrument, typeof(Histogram<>)) ? "histogram" : "gauge";

    private static bool IsOf(Instrument instrument, params ReadOnlySpan<Type> kinds) => kinds.Contains(instrument.GetType().GetGenericTypeDefinition());

    private sealed class Series(int bounds)
    {
        /// <summary>The value, or of a histogram the sum.</summary>
        public double Value { get; set; }

        public long[] Counts { get; } = new long[bounds + 1];

        public void Add(double value, double[] limits)
        {
            var at = Array.BinarySearch(limits, value);
            Counts[at < 0 ? ~at : at]++;
            Value += value;
        }
    }
}
