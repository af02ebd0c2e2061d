
namespace Afterwit.Storage.Tests.Metrics;

/// <summary>Counts by itself what reaches the database.</summary>
internal sealed class FakeCounter(IDatabase inner) : DatabaseDecorator(inner)
{
    private long _rows;
    private long _statements;

    public long Reads { get; private set; }

    public long Writes { get; private set; }

    public long FailedWrites { get; private set; }

    public long Rows => _rows;

    /// <summary>Statements with those that begin and end a transaction on a file: around several queries, and around each unit of work.</summary>
    public long Statements => _statements;

    public override Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
    {
        Reads++;
        _statements += queries.Count + (queries.Count > 1 ? 2 : 0);
        return base.ReadAsync([.. queries.Select(q => q with { OnRow = row => { _rows++; q.OnRow(row); } })], cancellationToken);
    }

    public override async Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        Writes++;
        _statements += unitOfWork.Count(c => c.Rows.Count > 0) + 2;
        try
        {
            return await base.WriteAsync(unitOfWork, cancellationToken);
        }
        catch
        {
            FailedWrites++;
            throw;
        }
    }
}
