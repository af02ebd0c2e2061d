using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Afterwit.Cli.Importing;

/// <summary>A file that a commit changed.</summary>
/// <param name="Status">git's letter: A, M, D, R, C or T.</param>
/// <param name="Path">Where it is after the commit.</param>
/// <param name="From">Where it was, for a rename or copy.</param>
/// <param name="Lines">How many lines came and went; null for a binary file.</param>
internal sealed record GitChange(char Status, string Path, string? From, (int Added, int Removed)? Lines);

/// <summary>A commit with the files that it changed.</summary>
internal sealed record GitCommit(string Hash, string Author, DateTimeOffset? AuthoredAt, DateTimeOffset? CommittedAt, string Message)
{
    public List<GitChange> Changes { get; } = [];

    /// <summary>How many files it changed, of which <see cref="Changes"/> may hold only the first.</summary>
    public int Files { get; set; }
}

/// <summary>Reads what <c>git log -z --raw --numstat</c> writes: NUL ends every entry, so that any file name is safe.</summary>
internal static class GitLog
{
    /// <summary>More files than this teach nothing: it is an import or a mass rename. The rest is only counted.</summary>
    public const int MaxChanges = 500;

    private static readonly string[] Arguments =
    [
        "log", "--reverse", "--date-order", "--no-merges", "-z", "--raw", "--numstat", "-M", "--no-ext-diff", "--no-textconv", "--no-color", "--no-show-signature",
        "--encoding=UTF-8", "--format=%x1e%H%x1f%an%x1f%at%x1f%ct%x1f%B", "HEAD", "--",
    ];

    /// <summary>The longest entry of a log, in bytes.</summary>
    public const int EntryLimit = 8 * 1024 * 1024;
    private const char HeadMark = '\x1e';
    private const char FieldMark = '\x1f';

    /// <summary>The commits in the order of the log. Null stands for one that cannot be read.</summary>
    public static async IAsyncEnumerable<GitCommit?> ReadAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        GitCommit? commit = null;
        var broken = false;
        await foreach (var entries in GitProcess.PiecesAsync(folder, Arguments, '\0', EntryLimit, "", cancellationToken))
        {
            if (entries.TooLong)
            {
                broken = true;
                continue;
            }

            // Bytes that are not UTF-8 become U+FFFD: a name in a strange encoding is no reason to lose the commit.
            var entry = Encoding.UTF8.GetString(entries.Current.Span).TrimStart('\n');
            if (entry.StartsWith(HeadMark))
            {
                if (broken)
                    yield return null;
                else if (commit is not null)
                    yield return commit;
                commit = ParseHead(entry);
                broken = commit is null;
            }
            else if (commit is not null && !broken)
            {
                if (entry.StartsWith(':'))
                    await TakeChangeAsync(commit, entry, entries, cancellationToken);
                else if (entry.Length > 0)
                    await TakeCountsAsync(commit, entry, entries, cancellationToken);
            }
        }

        if (broken)
            yield return null;
        else if (commit is not null)
            yield return commit;
    }

    private static GitCommit? ParseHead(string entry)
    {
        var fields = entry[1..].Split(FieldMark, 5);
        return fields.Length == 5 ? new(fields[0], fields[1], Time(fields[2]), Time(fields[3]), fields[4].Trim()) : null;
    }

    // ":100644 100644 OLD NEW M", then the path; for R075 and C100 the old path and the new one.
    private static async Task TakeChangeAsync(GitCommit commit, string entry, BlockReader entries, CancellationToken cancellationToken)
    {
        var status = entry[(entry.LastIndexOf(' ') + 1)..];
        var path = await NextAsync(entries, cancellationToken);
        string? from = null;
        if (status.StartsWith('R') || status.StartsWith('C'))
            (from, path) = (path, await NextAsync(entries, cancellationToken));
        commit.Files++;
        if (commit.Changes.Count < MaxChanges)
            commit.Changes.Add(new(status.Length > 0 ? status[0] : 'M', path, from, null));
    }

    // "3 TAB 1 TAB path"; for a rename the path is empty and the old and the new one follow; "-" for a binary file.
    private static async Task TakeCountsAsync(GitCommit commit, string entry, BlockReader entries, CancellationToken cancellationToken)
    {
        var fields = entry.Split('\t', 3);
        if (fields.Length < 3)
            return;
        var path = fields[2];
        if (path.Length == 0)
        {
            await NextAsync(entries, cancellationToken);
            path = await NextAsync(entries, cancellationToken);
        }

        if (!int.TryParse(fields[0], CultureInfo.InvariantCulture, out var added) || !int.TryParse(fields[1], CultureInfo.InvariantCulture, out var removed))
            return;
        var index = commit.Changes.FindIndex(change => change.Lines is null && change.Path == path);
        if (index >= 0)
            commit.Changes[index] = commit.Changes[index] with { Lines = (added, removed) };
    }

    private static async Task<string> NextAsync(BlockReader entries, CancellationToken cancellationToken) =>
        await entries.ReadAsync(cancellationToken) ? Encoding.UTF8.GetString(entries.Current.Span) : "";

    private static DateTimeOffset? Time(string seconds) =>
        long.TryParse(seconds, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 253402300800 ? DateTimeOffset.FromUnixTimeSeconds(value) : null;
}
