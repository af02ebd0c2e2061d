namespace Afterwit.Storage;

/// <summary>How a memory is opened. Each engine takes its own part; the options of one engine alone can be given in its place.</summary>
public sealed class StorageOptions
{
    /// <summary>For a file, or a memory that is kept in memory alone.</summary>
    public SqliteOptions Sqlite { get; init; } = new();

    /// <summary>For what is kept in this process's memory.</summary>
    public CacheOptions Cache { get; init; } = new();

    /// <summary>For a server.</summary>
    public LibSqlOptions Server { get; init; } = new();

    /// <summary>How payloads are compressed.</summary>
    public CompressionOptions Compression { get; init; } = new();

    /// <summary>How the numbers of embeddings are written. What is stored is read whatever it was written with.</summary>
    /// <value>The default is <see cref="EmbeddingFormat.Int8"/>.</value>
    public EmbeddingFormat EmbeddingFormat { get; set; } = EmbeddingFormat.Int8;

    /// <summary>What moves by itself with the load.</summary>
    public TuningOptions Tuning { get; init; } = new();

    /// <summary>What is measured, and who may see it.</summary>
    public MetricsOptions Metrics { get; init; } = new();

    /// <summary>Options for files; a server gets its defaults.</summary>
    public static implicit operator StorageOptions(SqliteOptions options) => new() { Sqlite = options };

    /// <summary>Options for servers; a file gets its defaults.</summary>
    public static implicit operator StorageOptions(LibSqlOptions options) => new() { Server = options };
}
