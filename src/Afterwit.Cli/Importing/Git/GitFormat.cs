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
