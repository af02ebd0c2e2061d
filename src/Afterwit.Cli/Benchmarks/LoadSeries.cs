using System.Globalization;
using System.IO.Compression;

namespace Afterwit.Cli.Benchmarks;

/// <summary>A measured load, scaled to the connections that it needs.</summary>
/// <param name="times">When each value was measured, ascending. Times without a zone are taken for UTC.</param>
/// <param name="needs">Connections: the least value of the series needs <see cref="LeastNeed"/>, the greatest <see cref="MostNeed"/>, those between in proportion.</param>
internal sealed class LoadSeries(IReadOnlyList<DateTimeOffset> times, IReadOnlyList<double> needs)
{
    /// <summary>What the least value needs.</summary>
    public const double LeastNeed = 1;

    /// <summary>What the greatest value needs.</summary>
    public const double MostNeed = 12;

    /// <summary>So many usual intervals without a value are a hole, which nothing is drawn across.</summary>
    private const int Hole = 4;

    public IReadOnlyList<DateTimeOffset> Times => times;

    public IReadOnlyList<double> Needs => needs;

    /// <summary>The longest interval that is no hole.</summary>
    public TimeSpan LongestInterval { get; } = times.Zip(times.Skip(1), (a, b) => b - a).Order().ElementAt((times.Count - 1) / 2) * Hole;

    /// <summary>The need of a moment, on the straight line from the value before it to the one after.</summary>
    /// <param name="at">The moment. After the next value it is that one's need.</param>
    /// <param name="before">The index of the value before it.</param>
    public double NeedAt(DateTimeOffset at, int before)
    {
        if (before + 1 >= times.Count)
            return needs[before];
        var share = Math.Min(1, (at - times[before]) / (times[before + 1] - times[before]));
        return needs[before] + share * (needs[before + 1] - needs[before]);
    }

    /// <summary>Reads a table with the columns timestamp and value, in any order of rows; .gz or plain. Of rows of the same time the first counts.</summary>
    /// <exception cref="ArgumentException">It cannot be read, or a line is none of a load.</exception>
    public static async Task<LoadSeries> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            await using Stream data = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
            using var reader = new StreamReader(data);
            return await ParseAsync(reader, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new ArgumentException($"--load {path}: {(e is InvalidDataException ? "the gzip data is damaged or ends early" : Importing.SourceProblems.Reason(e))}.", e);
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"--load {path}{e.Message}", e);
        }
    }

    private static async Task<LoadSeries> ParseAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var header = Cells((await reader.ReadLineAsync(cancellationToken))?.ToUpperInvariant() ?? "");
        var (timeColumn, valueColumn) = (Array.IndexOf(header, "TIMESTAMP"), Array.IndexOf(header, "VALUE"));
        if (timeColumn < 0 || valueColumn < 0)
            throw new FormatException(", line 1: expected the columns timestamp and value.");
        var rows = new SortedDictionary<DateTimeOffset, double>();
        for (var line = 2; await reader.ReadLineAsync(cancellationToken) is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text))
                continue;
            var cells = Cells(text);
            var (time, value) = (cells.ElementAtOrDefault(timeColumn) ?? "", cells.ElementAtOrDefault(valueColumn) ?? "");
            if (!DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
                throw new FormatException($", line {line}: '{Terminal.Words.Excerpt(time, 40)}' is not a time such as 2014-07-01 00:30:00.");
            if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var load) || !double.IsFinite(load))
                throw new FormatException($", line {line}: '{Terminal.Words.Excerpt(value, 40)}' is not a number.");
            rows.TryAdd(at, load);
        }

        if (rows.Count < 3)
            throw new FormatException($": {rows.Count} rows are no series; at least 3 are needed.");
        var (least, most) = (rows.Values.Min(), rows.Values.Max());
        var perUnit = most > least ? (MostNeed - LeastNeed) / (most - least) : 0;
        return new([.. rows.Keys], [.. rows.Values.Select(v => LeastNeed + (v - least) * perUnit)]);
    }

    private static string[] Cells(string line) => [.. line.Split(',').Select(c => c.Trim(' ', '"', '\uFEFF'))];
}
