namespace Afterwit.Cli.Importing;

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
