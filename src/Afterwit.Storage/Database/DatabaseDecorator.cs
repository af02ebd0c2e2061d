namespace Afterwit.Storage;

/// <summary>A database that hands everything on to another: what one does differently, it overrides.</summary>
internal abstract class DatabaseDecorator(IDatabase inner) : IDatabase
{
    /// <inheritdoc/>
    public string Name => Inner.Name;

    /// <inheritdoc/>
    public Version EngineVersion => Inner.EngineVersion;

    /// <inheritdoc/>
    public DatabaseStatistics Statistics => Inner.Statistics;

    /// <summary>The database below.</summary>
    public IDatabase Inner { get; } = inner;

    /// <inheritdoc/>
    public virtual Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken) => Inner.ReadAsync(queries, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken) => Inner.WriteAsync(unitOfWork, cancellationToken);

    /// <inheritdoc/>
    public virtual void AnnounceCommits() => Inner.AnnounceCommits();

    /// <inheritdoc/>
    public virtual Task<long> ForeignChangesAsync(IReadOnlyList<Query> along, CancellationToken cancellationToken) => Inner.ForeignChangesAsync(along, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Inner.DisposeAsync();
}
