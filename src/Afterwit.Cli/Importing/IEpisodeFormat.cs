namespace Afterwit.Cli.Importing;

/// <summary>Reads the episodes of one kind of log.</summary>
internal interface IEpisodeFormat
{
    /// <summary>The word for <c>--format</c>.</summary>
    string Name { get; }

    /// <summary>Decides by content; the name of a file says little, and a download's nothing.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="head">The first bytes after decompression; empty for a folder.</param>
    bool Recognises(string path, ReadOnlyMemory<byte> head);

    /// <summary>Reads every record. What is wrong with the content is a record of its own, never an exception.</summary>
    IAsyncEnumerable<ImportRecord> ReadAsync(ImportSource source, CancellationToken cancellationToken);
}
