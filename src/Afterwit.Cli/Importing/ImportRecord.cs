namespace Afterwit.Cli.Importing;

/// <summary>What an import could not read.</summary>
/// <param name="File">The file or folder, as it was named on the command line or found below it.</param>
/// <param name="Line">From 1; 0 when it concerns the file as a whole.</param>
/// <param name="Reason">In plain words.</param>
internal sealed record ImportProblem(string File, long Line, string Reason)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}: {Reason}" : $"{File}: {Reason}";
}

/// <summary>What else a log knows of an episode.</summary>
internal static class ImportMetadata
{
    /// <summary>What is known of these; the others are left out.</summary>
    public static Dictionary<string, string> Of(params IEnumerable<(string Key, string? Value)> marks) =>
        marks.Where(mark => mark.Value is not null).ToDictionary(mark => mark.Key, mark => mark.Value!, StringComparer.Ordinal);
}

/// <summary>One thing that a reader has to say: an episode, a problem, or a note. Exactly one is set.</summary>
/// <param name="Read">How much of <see cref="ImportSource.Length"/> had been read; of all sources together when it comes from <see cref="EpisodeReader"/>.</param>
/// <param name="Episode">A finished episode with its steps, its source id and its outcome; without reward, reflection and error classes.</param>
/// <param name="Problem">A record that was skipped.</param>
/// <param name="Note">Something worth knowing that is no fault of the content: what was passed over, which bound was reached.</param>
internal readonly record struct ImportRecord(long Read, Episode? Episode = null, ImportProblem? Problem = null, string? Note = null)
{
    public static ImportRecord Of(Episode episode, ImportSource source) => new(source.Position, episode);

    public static ImportRecord Broken(ImportSource source, long line, string reason) => new(source.Position, Problem: new(source.Path, line, reason));

    public static ImportRecord Broken(string file, string reason) => new(0, Problem: new(file, 0, reason));

    public static ImportRecord Remark(string note, ImportSource? source = null) => new(source?.Position ?? 0, Note: note);
}
