using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Afterwit.Cli.Importing;

/// <summary>A commit that repairs something.</summary>
internal sealed record GitFix(string Hash, string Subject);

/// <summary>Finds who had written the lines that a fix took away.</summary>
internal static class GitBlame
{
    /// <summary>The longest line of a source file, in bytes.</summary>
    public const int LineLimit = 1024 * 1024;

    private const int MaxWorkers = 4;
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(40);

    /// <returns>Pairs of a commit and the fix of it, in the order of the fixes; and a note when the time ran out.</returns>
    public static async Task<(IReadOnlyList<(string Commit, GitFix Fix)> Blamed, string? Note)> TraceAsync(
        string folder, IReadOnlyList<GitFix> fixes, TimeProvider time, CancellationToken cancellationToken)
    {
        if (fixes.Count == 0)
            return ([], null);
        var jobs = await GitRemovedLines.ReadAsync(folder, fixes, cancellationToken);
        var found = new ConcurrentDictionary<int, IReadOnlyList<string>>();
        var started = time.GetTimestamp();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount, 1, MaxWorkers), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(jobs.Index(), options, async (job, token) =>
        {
            // The caps keep the work bounded; this is for a repository where a single walk takes seconds.
            if (time.GetElapsedTime(started) < Budget)
                found[job.Index] = await BlameAsync(folder, job.Item, token);
        });
        var blamed = Enumerable.Range(0, jobs.Count).Where(found.ContainsKey).SelectMany(index => found[index].Select(commit => (commit, jobs[index].Fix))).ToList();
        return (blamed, found.Count == jobs.Count ? null : $"tracing fixes back was stopped after {Budget.TotalSeconds} seconds, with {found.Count} of {jobs.Count} files done");
    }

    private static async Task<IReadOnlyList<string>> BlameAsync(string folder, GitRemovedLines job, CancellationToken cancellationToken)
    {
        List<string> arguments = ["blame", "--porcelain", "-s"];
        foreach (var (first, count) in job.Ranges)
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"-L{first},+{count}"));
        arguments.AddRange([$"{job.Fix.Hash}^", "--", job.Path]);
        try
        {
            var commits = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var lines in GitProcess.PiecesAsync(folder, [.. arguments], '\n', LineLimit, "", cancellationToken))
            {
                // "HASH LINE LINE COUNT" heads each group; what a file holds is behind a tab.
                var space = lines.Current.Span.IndexOf((byte)' ');
                if (space >= 40 && lines.Current.Span[..space].IndexOfAnyExcept(HexDigits) < 0)
                    commits.Add(Encoding.ASCII.GetString(lines.Current.Span[..space]));
            }

            return [.. commits];
        }
        catch (Exception e) when (e is GitException or IOException)
        {
            // A file that cannot be traced, such as one behind the edge of a shallow clone, accuses nobody.
            return [];
        }
    }
}
