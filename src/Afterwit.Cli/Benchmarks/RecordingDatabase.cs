using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>Keeps the units of work that pass, so that the very same rows can be written again without anything around them.</summary>
internal sealed class RecordingDatabase(IDatabase inner) : IDatabase
{
    public List<IReadOnlyList<Command>> Units { get; } = [];

    public string Name => inner.Name;

    public Version EngineVersion => inner.EngineVersion;

    public DatabaseStatistics Statistics => inner.Statistics;

    public Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken) => inner.ReadAsync(queries, cancellationToken);

    public Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        Units.Add(unitOfWork);
        return inner.WriteAsync(unitOfWork, cancellationToken);
    }

    public void AnnounceCommits() => inner.AnnounceCommits();

    public Task<long> ForeignChangesAsync(CancellationToken cancellationToken) => inner.ForeignChangesAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
