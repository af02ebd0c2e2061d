namespace Afterwit.Cli.Importing;

/// <summary>A file, or a repository, that an import goes to.</summary>
/// <param name="Path">As it was named, or below what was named.</param>
/// <param name="Found">True when it was found in a folder: nobody said that it holds episodes.</param>
/// <param name="Bytes">Its size on disk; 0 for a repository or a pipe.</param>
/// <param name="Problem">Why it cannot be read.</param>
internal sealed record ImportPlace(string Path, bool Found, long Bytes, string? Problem = null);

/// <summary>Finds what to import below the paths of a command line.</summary>
internal static class ImportPaths
{
    /// <summary>Files as they are, a repository as one, any other folder as all files in it and below it, by name. Each once.</summary>
    public static IReadOnlyList<ImportPlace> Find(IReadOnlyList<string> paths, bool foldersAreRepositories)
    {
        var places = new List<ImportPlace>();
        foreach (var path in paths)
            Add(places, path, found: false, foldersAreRepositories);
        return [.. places.DistinctBy(place => Path.GetFullPath(place.Path), StringComparer.Ordinal)];
    }

    private static void Add(List<ImportPlace> places, string path, bool found, bool foldersAreRepositories)
    {
        try
        {
            if (!Directory.Exists(path))
                places.Add(File.Exists(path) ? new(path, found, new FileInfo(path).Length) : new(path, found, 0, "there is no such file or folder"));
            else if (foldersAreRepositories || Path.Exists(Path.Combine(path, ".git")))
                places.Add(new(path, found, 0));
            else
            {
                // A link to a folder may lead back up.
                foreach (var entry in Directory.GetFileSystemEntries(path).Order(StringComparer.Ordinal).Where(entry => !Directory.Exists(entry) || new DirectoryInfo(entry).LinkTarget is null))
                    Add(places, entry, found: true, foldersAreRepositories: false);
            }
        }
        catch (Exception e) when (SourceProblems.Concerns(e))
        {
            places.Add(new(path, found, 0, SourceProblems.Reason(e)));
        }
    }
}
