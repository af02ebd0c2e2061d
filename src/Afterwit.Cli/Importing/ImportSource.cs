using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;

namespace Afterwit.Cli.Importing;

/// <summary>A file or folder that is being imported. A file that begins like gzip is decompressed, whatever its name.</summary>
internal sealed class ImportSource : IAsyncDisposable
{
    private const int HeadBytes = 64 * 1024;
    private static readonly StreamPipeReaderOptions Pieces = new(bufferSize: 64 * 1024);

    private readonly FileStream? _file;

    private ImportSource(string path, TimeProvider time, FileStream? file, PipeReader? content, byte[] head)
    {
        Path = path;
        Time = time;
        ImportedAt = time.GetUtcNow();
        _file = file;
        Content = content ?? PipeReader.Create(Stream.Null);
        Head = head;
        Length = file is { CanSeek: true } ? file.Length : 0;
    }

    /// <summary>The file or folder as it was named.</summary>
    public string Path { get; }

    public TimeProvider Time { get; }

    /// <summary>When an episode began whose source does not say.</summary>
    public DateTimeOffset ImportedAt { get; }

    public bool IsFolder => _file is null;

    /// <summary>The first bytes after decompression.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>The content after decompression.</summary>
    public PipeReader Content { get; }

    /// <summary>The size on disk in bytes; for a repository the number of commits, known once reading has begun; 0 when it cannot be known, as for a pipe.</summary>
    public long Length { get; set; }

    /// <summary>How much of <see cref="Length"/> has been read.</summary>
    public long Position { get => _file is { CanSeek: true } ? _file.Position : field; set; }

    /// <summary>The file's name without <c>.gz</c>.</summary>
    public string Name
    {
        get
        {
            var name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(Path));
            return name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
        }
    }

    /// <summary>Opens a file or folder.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static async Task<ImportSource> OpenAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path))
            return new(path, time, null, null, []);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        try
        {
            var content = PipeReader.Create(file, Pieces);
            if ((await LookAsync(content, 2, cancellationToken)).AsSpan().SequenceEqual<byte>([0x1F, 0x8B]))
                content = PipeReader.Create(new GZipStream(content.AsStream(), CompressionMode.Decompress), Pieces);
            return new(path, time, file, content, await LookAsync(content, HeadBytes, cancellationToken));
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Content.CompleteAsync();

    /// <summary>Looks at the first bytes; they stay to be read. An error is left to whoever reads so far, so that what precedes it is not lost.</summary>
    private static async Task<byte[]> LookAsync(PipeReader content, int bytes, CancellationToken cancellationToken)
    {
        ReadResult read;
        try
        {
            read = await content.ReadAtLeastAsync(bytes, cancellationToken);
        }
        catch (Exception e) when (SourceProblems.Concerns(e))
        {
            if (!content.TryRead(out read))
                return [];
        }

        var head = read.Buffer.Slice(0, Math.Min(bytes, read.Buffer.Length)).ToArray();
        content.AdvanceTo(read.Buffer.Start);
        return head;
    }
}
