using System.IO.Compression;

namespace Afterwit.Cli.Importing;

/// <summary>A file or folder that is being imported. A file that begins like gzip is decompressed, whatever its name.</summary>
internal sealed class ImportSource : IAsyncDisposable
{
    private const int HeadBytes = 64 * 1024;
    private const int BufferBytes = 128 * 1024;

    private readonly PrefixedStream? _raw;
    private readonly PrefixedStream? _content;

    private ImportSource(string path, TimeProvider time, PrefixedStream? raw, PrefixedStream? content, long length)
    {
        Path = path;
        Time = time;
        ImportedAt = time.GetUtcNow();
        _raw = raw;
        _content = content;
        Length = length;
    }

    /// <summary>The file or folder as it was named.</summary>
    public string Path { get; }

    public TimeProvider Time { get; }

    /// <summary>When an episode began whose source does not say.</summary>
    public DateTimeOffset ImportedAt { get; }

    public bool IsFolder => _content is null;

    /// <summary>The first bytes after decompression.</summary>
    public ReadOnlyMemory<byte> Head => _content?.Prefix ?? ReadOnlyMemory<byte>.Empty;

    /// <summary>The content after decompression.</summary>
    public Stream Content => _content ?? Stream.Null;

    /// <summary>The size on disk in bytes; for a repository the number of commits, known once reading has begun; 0 when it cannot be known, as for a pipe.</summary>
    public long Length { get; set; }

    /// <summary>How much of <see cref="Length"/> has been read.</summary>
    public long Position { get => _raw?.BytesRead ?? field; set; }

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
            return new(path, time, null, null, 0);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferBytes, FileOptions.Asynchronous | FileOptions.SequentialScan);
        try
        {
            var raw = await PrefixedStream.LookAsync(file, 2, cancellationToken);
            Stream plain = raw.Prefix.Span.SequenceEqual<byte>([0x1F, 0x8B]) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
            var content = await PrefixedStream.LookAsync(plain, HeadBytes, cancellationToken);
            return new(path, time, raw, content, file.CanSeek ? file.Length : 0);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _content?.DisposeAsync() ?? ValueTask.CompletedTask;
}
