using System.Text.RegularExpressions;

namespace Afterwit.Cli.Importing;

/// <summary>What an import has read, stored and skipped so far.</summary>
internal sealed partial class ImportReport(TimeProvider time)
{
    /// <summary>So many problems are listed; all are counted.</summary>
    private const int ListedProblems = 20;

    private readonly long _start = time.GetTimestamp();
    private TimeSpan? _elapsed;

    public int Read { get; private set; }

    public long Steps { get; private set; }

    public int Stored { get; private set; }

    public int Unchanged { get; private set; }

    public int Skipped { get; private set; }

    public long BytesRead { get; private set; }

    public List<ImportProblem> Problems { get; } = [];

    public List<string> Notes { get; } = [];

    /// <summary>How many records were skipped for which reason.</summary>
    public Dictionary<string, int> Reasons { get; } = new(StringComparer.Ordinal);

    public double Seconds => (_elapsed ?? time.GetElapsedTime(_start)).TotalSeconds;

    public double PerSecond => Read / Math.Max(1e-9, Seconds);

    public void Add(ImportRecord record)
    {
        BytesRead = Math.Max(BytesRead, record.Read);
        if (record.Episode is { } episode)
        {
            Read++;
            Steps += episode.Steps.Count;
        }

        if (record.Problem is { } problem)
        {
            Skipped++;
            // What is quoted differs from record to record: it would make every reason its own.
            var reason = Quoted().Replace(problem.Reason, "'…'");
            Reasons[reason] = Reasons.GetValueOrDefault(reason) + 1;
            if (Problems.Count < ListedProblems)
                Problems.Add(problem);
        }

        if (record.Note is { } note)
            Notes.Add(note);
    }

    public void Add(ImportCounts counts)
    {
        Stored += counts.Stored;
        Unchanged += counts.Unchanged;
    }

    [GeneratedRegex("'[^']*'", RegexOptions.None, 1000)]
    private static partial Regex Quoted();

    /// <summary>Stops the clock.</summary>
    public void Stop() => _elapsed ??= time.GetElapsedTime(_start);
}

/// <summary>What `import` prints.</summary>
internal sealed record ImportJson(int Read, int Stored, int Unchanged, int Skipped, double Seconds, double EpisodesPerS, long Steps, bool DryRun, IReadOnlyDictionary<string, int> Reasons)
{
    public static ImportJson Of(ImportReport report, bool dryRun) =>
        new(report.Read, report.Stored, report.Unchanged, report.Skipped, report.Seconds, report.PerSecond, report.Steps, dryRun, report.Reasons);
}
