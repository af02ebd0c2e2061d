using System.IO.Compression;
using System.Text;
using Afterwit.Cli.Importing;

namespace Afterwit.Hosts.Tests.Importing;

/// <summary>A temporary folder with files to import, and everything that was read from it.</summary>
public sealed class ImportFixture : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    internal ImportFixture() => Directory.CreateDirectory(Folder);

    internal string Folder { get; } = Path.Combine(Path.GetTempPath(), $"afterwit-import-{Guid.NewGuid():N}");

    internal static DateTimeOffset ImportTime => Now;

    internal static bool IsError(string? observation) => observation?.Contains("boom", StringComparison.Ordinal) == true;

    internal static async Task<Imported> ReadAsync(IReadOnlyList<string> paths, string format = "auto")
    {
        var reader = new EpisodeReader(new FixedTime(), IsError);
        var result = new Imported();
        await foreach (var record in reader.ReadAsync(paths, format, CancellationToken.None))
            result.Add(record);
        result.Length = reader.Length;
        return result;
    }

    internal static async Task<Imported> ReadAsync(IEpisodeFormat format, string path)
    {
        await using var source = await ImportSource.OpenAsync(path, new FixedTime(), CancellationToken.None);
        var result = new Imported();
        await foreach (var record in format.ReadAsync(source, CancellationToken.None))
            result.Add(record);
        return result;
    }

    internal string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    internal string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    internal Task<Imported> ImportAsync(string text, string name = "file", string format = "auto") => ReadAsync([Write(name, text)], format);

    internal static byte[] Zip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    public void Dispose()
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
            File.SetAttributes(file, FileAttributes.Normal);
        Directory.Delete(Folder, recursive: true);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}

internal sealed class Imported
{
    public List<Episode> Episodes { get; } = [];

    public List<ImportProblem> Problems { get; } = [];

    public List<string> Notes { get; } = [];

    public List<long> Read { get; } = [];

    public long Length { get; set; }

    public void Add(ImportRecord record)
    {
        if (record.Episode is not null)
            Episodes.Add(record.Episode);
        if (record.Problem is not null)
            Problems.Add(record.Problem);
        if (record.Note is not null)
            Notes.Add(record.Note);
        Read.Add(record.Read);
    }
}
