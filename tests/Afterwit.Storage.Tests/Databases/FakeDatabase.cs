namespace Afterwit.Storage.Tests.Databases;

/// <summary>A database that hands everything on to another: what a fake does differently, it overrides.</summary>
internal abstract class FakeDatabase(IDatabase inner) : IDatabase
{
    public string Name => inner.Name;

    public Version EngineVersion => inner.EngineVersion;

    public DatabaseStatistics Statistics => inner.Statistics;

    public virtual Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken) => inner.ReadAsync(queries, cancellationToken);

    public virtual Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken) => inner.WriteAsync(unitOfWork, cancellationToken);

    public virtual void AnnounceCommits() => inner.AnnounceCommits();

    public virtual Task<long> ForeignChangesAsync(CancellationToken cancellationToken) => inner.ForeignChangesAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
