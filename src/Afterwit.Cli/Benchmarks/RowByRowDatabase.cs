using Afterwit.Storage;

namespace Afterwit.Cli.Benchmarks;

/// <summary>The baseline of imports: the same statements with the same rows, but each row in a transaction of its own.</summary>
internal sealed class RowByRowDatabase(IDatabase inner) : IDatabase
{
    public string Name => inner.Name;

    public Version EngineVersion => inner.EngineVersion;

    public DatabaseStatistics Statistics => inner.Statistics;

    public Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken) => inner.ReadAsync(queries, cancellationToken);

    public async Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        var results = new List<CommandResult>(unitOfWork.Count);
        foreach (var command in unitOfWork)
        {
            if (command.IsScript)
            {
                results.AddRange(await inner.WriteAsync([command], cancellationToken));
                continue;
            }

            foreach (var row in command.Rows)
                await inner.WriteAsync([command with { Rows = [row], EachChangesOne = false }], cancellationToken);
            results.Add(new(command.Rows.Count, null));
        }

        return results;
    }

    public void AnnounceCommits() => inner.AnnounceCommits();

    public Task<long> ForeignChangesAsync(CancellationToken cancellationToken) => inner.ForeignChangesAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
