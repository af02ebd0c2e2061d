using System.Runtime.CompilerServices;

namespace Afterwit.Cli.Importing;

/// <summary>What <c>afterwit import</c> reads: files and folders of any known format, in order, each episode once.</summary>
internal sealed class EpisodeReader
{
    /// <summary>Decide by content.</summary>
    public const string Auto = "auto";

    /// <summary>The most steps of an episode.</summary>
    private const int MaxSteps = 1 << 20;

    // A commit has no size in bytes; this only weighs a repository against files in one progress bar.
    private const long BytesOfCommit = 1024;

    private readonly TimeProvider _time;
    private readonly IReadOnlyList<IEpisodeFormat> _formats;

    /// <param name="time">The clock.</param>
    /// <param name="isError">Decides whether an answer is an error where a log has no flag. Default <see cref="ErrorDetector.IsError"/>.</param>
    public EpisodeReader(TimeProvider time, Func<string?, bool>? isError = null)
    {
        _time = time;
        var detect = isError ?? ErrorDetector.IsError;
        _formats = [new EpisodesFormat(detect), new ClaudeCodeFormat(), new SweAgentFormat(detect), new Tau2Format(detect), new GitFormat()];
    }

    /// <summary>The words for <c>--format</c>.</summary>
    public static IReadOnlyList<string> FormatNames { get; } = [Auto, "episodes", "claude-code", "swe-agent", "tau2", "git"];

    /// <summary>The size of all sources in the unit of <see cref="ImportRecord.Read"/>. It grows when a repository is opened, and is 0 while nothing is known.</summary>
    public long Length { get; private set; }

    /// <summary>Reads all records. What is wrong with a path or its content is a record of its own.</summary>
    /// <exception cref="ArgumentException">There is no such format.</exception>
    public IAsyncEnumerable<ImportRecord> ReadAsync(IReadOnlyList<string> paths, string format, CancellationToken cancellationToken)
    {
        if (!FormatNames.Contains(format))
            throw new ArgumentException($"'{format}' is not a format: use one of {string.Join(", ", FormatNames)}.");
        return ReadPathsAsync(paths, _formats.FirstOrDefault(known => known.Name == format), cancellationToken);
    }

    private async IAsyncEnumerable<ImportRecord> ReadPathsAsync(IReadOnlyList<string> paths, IEpisodeFormat? forced, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var places = ImportPaths.Find(paths, forced?.Name == "git");
        Length = places.Sum(place => place.Bytes);
        var seen = new HashSet<EpisodeId>();
        var passedOver = new List<string>();
        var done = 0L;
        foreach (var place in places)
        {
            var (source, problem) = place.Problem is null ? await OpenAsync(place.Path, cancellationToken) : (null, place.Problem);
            if (source is null)
            {
                yield return ImportRecord.Broken(place.Path, problem!) with { Read = done };
                continue;
            }

            await using var _ = source;
            var format = forced is not null && !place.Found ? forced : _formats.FirstOrDefault(known => (forced is null || known == forced) && known.Recognises(source.Path, source.Head));
            if (format is null)
            {
                if (place.Found)
                    passedOver.Add(place.Path);
                else if (source.Head.IsEmpty && !source.IsFolder)
                    yield return ImportRecord.Remark($"{place.Path}: the file is empty") with { Read = done };
                else
                    yield return ImportRecord.Broken(place.Path, $"its format is not known: expected one of {string.Join(", ", FormatNames.Skip(1))}; name it with --format if you know it") with { Read = done };
                done += place.Bytes;
                continue;
            }

            var counted = place.Bytes;
            await foreach (var record in ReadAsync(format, source, cancellationToken))
            {
                var size = source.IsFolder ? source.Length * BytesOfCommit : place.Bytes;
                Length += size - counted;
                counted = size;
                var read = done + (source.IsFolder ? source.Position * BytesOfCommit : Math.Min(source.Position, counted));
                var refusal = record.Episode is { } episode ? Refusal(episode, seen) : null;
                yield return (refusal is null ? record : ImportRecord.Broken(source, 0, refusal)) with { Read = read };
            }

            done += counted;
        }

        if (passedOver.Count > 0)
            yield return ImportRecord.Remark($"{passedOver.Count} files were passed over, their format is not known: {string.Join(", ", passedOver.Take(3))}{(passedOver.Count > 3 ? ", ..." : "")}") with { Read = done };
    }

    private static IAsyncEnumerable<ImportRecord> ReadAsync(IEpisodeFormat format, ImportSource source, CancellationToken cancellationToken) =>
        source.IsFolder == format is GitFormat
            ? format.ReadAsync(source, cancellationToken)
            : new[] { ImportRecord.Broken(source, 0, source.IsFolder ? "it is a folder, and not a git repository" : "it is a file; a git repository is a folder") }.ToAsyncEnumerable();

    // What the memory would refuse must not spoil the batch it would be stored in. Each text of the source was checked; some were joined since.
    private static string? Refusal(Episode episode, HashSet<EpisodeId> seen)
    {
        if (episode.Steps.Count > MaxSteps)
            return $"'{episode.SourceId}' has {episode.Steps.Count} steps; the limit is {MaxSteps}";
        var longest = episode.Steps.Aggregate(episode.Task.Length, (most, step) => Math.Max(most, Math.Max(step.Text?.Length ?? 0, step.Observation?.Length ?? 0)));
        if (longest > JsonFields.MaxText)
            return $"'{episode.SourceId}' has a text of {longest} characters; the limit is {JsonFields.MaxText}";
        return seen.Add(episode.Id) ? null : $"'{episode.SourceId}' was read already; the first is kept";
    }

    private async Task<(ImportSource? Source, string? Problem)> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await ImportSource.OpenAsync(path, _time, cancellationToken), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return (null, SourceProblems.Reason(e));
        }
    }
}
