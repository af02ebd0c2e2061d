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
internal readonly record struct ImportRecord
{
    /// <summary>A finished episode with its steps, its source id and its outcome; without reward, reflection and error classes.</summary>
    public Episode? Episode { get; private init; }

    /// <summary>A record that was skipped.</summary>
    public ImportProblem? Problem { get; private init; }

    /// <summary>Something worth knowing that is no fault of the content: what was passed over, which bound was reached.</summary>
    public string? Note { get; private init; }

    /// <summary>How much of <see cref="ImportSource.Length"/> had been read; of all sources together when it comes from <see cref="EpisodeReader"/>.</summary>
    public long Read { get; init; }

    public static ImportRecord Of(Episode episode, ImportSource source) => new() { Episode = episode, Read = source.Position };

    public static ImportRecord Broken(ImportSource source, long line, string reason) =>
        new() { Problem = new(source.Path, line, reason), Read = source.Position };

    public static ImportRecord Broken(string file, string reason) => new() { Problem = new(file, 0, reason) };

    public static ImportRecord Remark(string note, ImportSource? source = null) => new() { Note = note, Read = source?.Position ?? 0 };
}
