using System.Text;
using System.Text.RegularExpressions;

namespace Afterwit.Cli.Importing;

/// <summary>Which commits went wrong, by what later commits did: they were reverted, or a fix changed the lines they had written.</summary>
internal sealed partial class GitVerdicts
{
    /// <summary>Fixes are looked for among so many of the newest commits.</summary>
    public const int Window = 2000;

    /// <summary>So many fixes are traced back; each costs git a walk through history.</summary>
    public const int MaxFixes = 300;

    private readonly Dictionary<string, string> _revertedSubjects = new(StringComparer.Ordinal);
    private readonly List<(string Prefix, string Reason)> _revertedPrefixes = [];
    private readonly List<GitFix> _fixes = [];

    /// <summary>Why each failed commit failed, by its hash.</summary>
    public Dictionary<string, string> Failures { get; } = new(StringComparer.Ordinal);

    /// <summary>Which bounds were reached.</summary>
    public List<string> Notes { get; } = [];

    public static async Task<GitVerdicts> CollectAsync(string folder, string root, TimeProvider time, CancellationToken cancellationToken)
    {
        var verdicts = new GitVerdicts();
        await verdicts.ReadSubjectsAsync(folder, cancellationToken);
        var fixes = verdicts._fixes;
        if (fixes.Count > MaxFixes)
        {
            verdicts.Notes.Add($"of {fixes.Count} fixes among the newest {Window} commits the newest {MaxFixes} were traced back to what they repair");
            fixes = fixes[..MaxFixes];
        }

        var (blamed, note) = await GitBlame.TraceAsync(folder, fixes, time, cancellationToken);
        if (note is not null)
            verdicts.Notes.Add(note);
        // From the newest to the oldest, so that the first fix of a commit is the one that is named. A first commit brings everything at once: that one of its
        // lines was wrong says nothing about it.
        var byFix = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (commit, fix) in blamed.Where(pair => pair.Commit != root))
            byFix[commit] = $"a later fix, {Name(fix.Hash, fix.Subject)}, changed the lines it had written";
        foreach (var (commit, reason) in byFix)
            verdicts.Failures.TryAdd(commit, reason);
        return verdicts;
    }

    private async Task ReadSubjectsAsync(string folder, CancellationToken cancellationToken)
    {
        string[] log = ["log", "--date-order", "--no-merges", "-z", "--no-color", "--no-show-signature", "--encoding=UTF-8", "--format=%H%x1f%B", "HEAD", "--"];
        await foreach (var entries in GitProcess.PiecesAsync(folder, log, '\0', GitLog.EntryLimit, "", cancellationToken))
        {
            var entry = Encoding.UTF8.GetString(entries.Current.Span).Split('\x1f', 2);
            if (entry.Length == 2)
                Take(entry[0], entry[1], entries.Number);
        }
    }

    // Newest first: when a revert was itself reverted, that is known before it is read, and it no longer counts.
    private void Take(string hash, string message, long number)
    {
        var subject = message.TrimStart().Split('\n', 2)[0].Trim();
        if (_revertedSubjects.Remove(subject, out var reason))
            Failures.TryAdd(hash, reason);
        var byPrefix = _revertedPrefixes.FindIndex(pair => hash.StartsWith(pair.Prefix, StringComparison.Ordinal));
        if (byPrefix >= 0)
        {
            Failures.TryAdd(hash, _revertedPrefixes[byPrefix].Reason);
            _revertedPrefixes.RemoveAt(byPrefix);
        }

        if (Failures.ContainsKey(hash))
            return;
        var because = $"it was reverted by {Name(hash, subject)}";
        var named = RevertedCommit().Matches(message);
        foreach (Match match in named)
        {
            var reverted = match.Groups["hash"].Value;
            if (reverted.Length >= 40)
                Failures.TryAdd(reverted, because);
            else
                _revertedPrefixes.Add((reverted, because));
        }

        if (named.Count == 0 && RevertSubject().Match(subject) is { Success: true } quoted)
            _revertedSubjects.TryAdd(quoted.Groups["subject"].Value, because);
        else if (named.Count == 0 && number <= Window && FixSubject().IsMatch(subject) && !CosmeticSubject().IsMatch(subject))
            _fixes.Add(new(hash, subject));
    }

    private static string Name(string hash, string subject) => $"{hash[..Math.Min(10, hash.Length)]} \"{Shorten(subject)}\"";

    private static string Shorten(string subject) => subject.Length <= 80 ? subject : string.Concat(subject.AsSpan(0, char.IsHighSurrogate(subject[78]) ? 78 : 79), "…");

    [GeneratedRegex("This reverts commit (?<hash>[0-9a-f]{7,64})", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RevertedCommit();

    [GeneratedRegex("^Revert \"(?<subject>.+)\"", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RevertSubject();

    [GeneratedRegex(@"\b(?:fix(?:es|ed|ing)?|bugs?|bugfix(?:es)?|hotfix(?:es)?|regressions?)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FixSubject();

    [GeneratedRegex(@"\b(?:typos?|spelling|lint(?:ing|er)?|formatting|white ?space|docs?|documentation|comments?|readme|changelog|warnings?)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CosmeticSubject();
}
