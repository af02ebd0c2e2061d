using System.Runtime.CompilerServices;

namespace Afterwit.Cli.Importing;

/// <summary>The history of a repository: each commit is an episode, and later commits tell which of them went wrong.</summary>
internal sealed class GitFormat : IEpisodeFormat
{
    private const int RootPrefix = 12;

    public string Name => "git";

    public bool Recognises(string path, ReadOnlyMemory<byte> head) =>
        Directory.Exists(path) && Path.Exists(Path.Combine(path, ".git"));

    public IAsyncEnumerable<ImportRecord> ReadAsync(ImportSource source, CancellationToken cancellationToken) =>
        WalkAsync(source, cancellationToken).EndWith(e => e is GitException or IOException ? ImportRecord.Broken(source, 0, e.Message) : null, cancellationToken);

    private static async IAsyncEnumerable<ImportRecord> WalkAsync(ImportSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(source.Path);
        await GitProcess.RunAsync(folder, ["rev-parse", "--git-dir"], cancellationToken);
        if (!await HasHeadAsync(folder, cancellationToken))
        {
            yield return ImportRecord.Remark($"{source.Path}: the repository has no commits on its current branch", source);
            yield break;
        }

        var roots = await GitProcess.RunAsync(folder, ["rev-list", "--max-parents=0", "HEAD", "--"], cancellationToken);
        var root = roots.TrimEnd().Split('\n')[^1];
        var count = await GitProcess.RunAsync(folder, ["rev-list", "--count", "--no-merges", "HEAD", "--"], cancellationToken);
        source.Length = long.TryParse(count, System.Globalization.CultureInfo.InvariantCulture, out var commits) ? commits : 0;
        var verdicts = await GitVerdicts.CollectAsync(folder, root, source.Time, cancellationToken);
        foreach (var note in verdicts.Notes)
            yield return ImportRecord.Remark($"{source.Path}: {note}", source);

        var mapper = new GitEpisodes(source, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), root[..Math.Min(RootPrefix, root.Length)], verdicts);
        await foreach (var commit in GitLog.ReadAsync(folder, cancellationToken))
        {
            source.Position++;
            yield return commit is null
                ? ImportRecord.Broken(source, 0, $"commit {source.Position} of the log cannot be read: one of its entries is too long")
                : ImportRecord.Of(mapper.ToEpisode(commit), source);
        }
    }

    private static async Task<bool> HasHeadAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            await GitProcess.RunAsync(folder, ["rev-parse", "--verify", "--quiet", "HEAD"], cancellationToken);
            return true;
        }
        catch (GitException)
        {
            return false;
        }
    }
}

/// <summary>Tells a commit as an episode.</summary>
internal sealed class GitEpisodes(ImportSource source, string project, string rootPrefix, GitVerdicts verdicts)
{
    private const int MaxTags = 8;

    public Episode ToEpisode(GitCommit commit)
    {
        var sourceId = $"git/{rootPrefix}/{commit.Hash}";
        var started = commit.AuthoredAt ?? source.ImportedAt;
        var folders = commit.Changes.Select(change => change.Path.Split('/', 2)).Where(parts => parts.Length == 2).Select(parts => parts[0]);
        return new()
        {
            Id = EpisodeId.FromSource(sourceId),
            SourceId = sourceId,
            Task = commit.Message.Any(c => !char.IsWhiteSpace(c) && !char.IsControl(c)) ? commit.Message : "(no message)",
            Scope = new(Project: project, Agent: string.IsNullOrWhiteSpace(commit.Author) ? null : commit.Author),
            Context = new() { Domain = "git", Tags = [.. folders.Distinct(StringComparer.Ordinal).Take(MaxTags)] },
            StartedAt = started,
            EndedAt = commit.CommittedAt >= started ? commit.CommittedAt : null,
            Outcome = verdicts.Failures.TryGetValue(commit.Hash, out var reason)
                ? Outcome.Failure($"inferred: {reason}")
                : Outcome.Success("inferred: no later commit reverts or repairs it"),
            Steps = [.. commit.Changes.Select(ToStep)],
            Metadata = ImportMetadata.Of(("commit", commit.Hash), ("files", commit.Files > commit.Changes.Count ? FormattableString.Invariant($"{commit.Files}") : null)),
        };
    }

    private static Step ToStep(GitChange change, int ordinal)
    {
        var tool = change.Status switch
        {
            'A' or 'C' => "add",
            'D' => "delete",
            'R' => "rename",
            _ => "edit",
        };
        var arguments = change.From is null ? change.Path : $"{change.From} => {change.Path}";
        var observation = change.Lines is { } lines ? FormattableString.Invariant($"+{lines.Added} -{lines.Removed} lines") : "binary";
        return Step.ToolCall(tool, arguments, observation) with { Ordinal = ordinal };
    }
}
