using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Writing;

/// <summary>
/// Units of work as one batch in one transaction, sent in one round trip. A unit that fails is undone alone, by a savepoint of its own; the others are kept.
/// Every step looks whether the transaction is still open: after an error with which the engine undoes all of it, nothing runs outside of it.
/// </summary>
internal sealed class GroupBatch
{
    private static readonly PreparedStatement Begin = new("BEGIN IMMEDIATE");
    private static readonly PreparedStatement Commit = new("COMMIT");
    private static readonly PreparedStatement Rollback = new("ROLLBACK");
    private static readonly PreparedStatement Savepoint = new("SAVEPOINT unit");
    private static readonly PreparedStatement Release = new("RELEASE unit");
    private static readonly PreparedStatement RollbackTo = new("ROLLBACK TO unit");

    /// <summary>Fails, and so ends the unit, when the statement before it changed another number of rows: an integer overflow is an error that plain SQL can raise.</summary>
    private static readonly PreparedStatement Guard = new("SELECT CASE changes() WHEN ?1 THEN 1 ELSE abs(-9223372036854775807 - 1) END");

    private static readonly BatchCondition InTransaction = BatchCondition.Not(BatchCondition.IsAutocommit);

    private readonly List<BoundStep> _steps = [];
    private readonly List<(int First, int Last)> _units = [];
    private readonly List<(int Step, int Guard)> _statements = [];
    private readonly IReadOnlyList<WriteUnit> _group;
    private readonly int _last;
    private readonly int _commit;

    /// <summary>A group as one transaction.</summary>
    /// <param name="group">The units.</param>
    /// <param name="last">A statement that the transaction ends with and is not kept without; null when there is none.</param>
    public GroupBatch(IReadOnlyList<WriteUnit> group, BoundStatement? last = null)
    {
        _group = group;
        Add(Begin, null);
        foreach (var unit in group)
            Add(unit, alone: group.Count == 1);
        var complete = group.Count == 1 ? BatchCondition.Ok(_units[0].Last) : InTransaction;
        _last = last is { } statement ? Add(statement, complete) : -1;
        _commit = Add(Commit, _last < 0 ? complete : BatchCondition.Ok(_last));
        Add(Rollback, InTransaction);
    }

    /// <summary>The steps to send.</summary>
    public IReadOnlyList<BoundStep> Steps => _steps;

    /// <summary>Whether it is one unit that no message holds.</summary>
    public bool IsLarge => _group is [{ IsLarge: true }];

    /// <summary>The steps of a large group in several messages. Whoever sends them stops behind one of which a step did not run.</summary>
    public IEnumerable<IReadOnlyList<BoundStep>> Messages()
    {
        var (message, bytes) = (new List<BoundStep>(), 0L);
        for (var i = 0; i < _steps.Count; i++)
        {
            var statement = _steps[i].Statement;
            if (message.Count > 0 && bytes + statement.Bytes > WriteUnit.Part)
            {
                yield return message;
                (message, bytes) = ([], 0);
            }

            // Each step of a unit alone needs the one before it; but for the last, which undoes what is still open.
            message.Add(new(statement, i == 0 ? null : message.Count == 0 || i == _steps.Count - 1 ? InTransaction : BatchCondition.Ok(message.Count - 1)));
            bytes += statement.Bytes;
        }

        yield return message;
    }

    /// <summary>
    /// What became of each unit: its results, or its error. With neither it was undone through no known fault of its own, because another one made the engine
    /// undo all, or because the commit failed: it may be done again.
    /// </summary>
    public IReadOnlyList<(IReadOnlyList<ResultSet>? Results, LibSqlException? Error)> Settle(BatchResult result)
    {
        var outcomes = new (IReadOnlyList<ResultSet>?, LibSqlException?)[_group.Count];
        var kept = result.Results[_commit] is not null;
        var forAll = kept ? null : result.Errors[0] ?? (_last < 0 ? null : result.Errors[_last]) ?? (result.Errors[_commit] is { } error && (error.IsBusy() || _group.Count == 1) ? error : null);
        for (var u = 0; u < outcomes.Length; u++)
        {
            if (Failure(result, u) is { } failure)
                outcomes[u] = (null, failure);
            else if (kept && Enumerable.Range(_units[u].First, _group[u].Steps.Count).All(s => result.Results[_statements[s].Step] is not null))
                outcomes[u] = ([.. Enumerable.Range(_units[u].First, _group[u].Steps.Count).Select(s => result.Results[_statements[s].Step]!)], null);
            else if (forAll is not null || _group.Count == 1)
                outcomes[u] = (null, new LibSqlServerException(forAll ?? new("The transaction was undone by the server.", null)));
        }

        return outcomes;
    }

    private LibSqlException? Failure(BatchResult result, int unit)
    {
        for (var s = _units[unit].First; s < _units[unit].First + _group[unit].Steps.Count; s++)
        {
            var (step, guard) = _statements[s];
            if (result.Errors[step] is { } error)
                return new LibSqlServerException(error);
            if (guard > 0 && result.Results[guard] is null && result.Results[step] is { } changed)
                return new UnexpectedRowsException(s - _units[unit].First, _group[unit].Steps[s - _units[unit].First].ExpectedRows!.Value, changed.AffectedRows);
        }

        return null;
    }

    private void Add(WriteUnit unit, bool alone)
    {
        var first = _statements.Count;
        var whole = unit.Steps is [{ ExpectedRows: null }]; // one statement is undone by itself when it fails
        var savepoint = alone || whole ? -1 : Add(Savepoint, InTransaction);
        var last = savepoint;
        foreach (var (statement, expected) in unit.Steps)
        {
            var step = last = Add(statement, last < 0 ? InTransaction : BatchCondition.Ok(last));
            if (expected is { } rows)
                last = Add(new BoundStatement(Guard, [rows]), BatchCondition.Ok(step));
            _statements.Add((step, expected is null ? 0 : last));
        }

        _units.Add((first, last));
        if (savepoint < 0)
            return;
        var release = Add(Release, BatchCondition.Ok(last));
        var undo = Add(RollbackTo, BatchCondition.All(BatchCondition.Ok(savepoint), BatchCondition.Error(release)));
        Add(Release, BatchCondition.Ok(undo));
    }

    private int Add(PreparedStatement statement, BatchCondition? condition) => Add(new BoundStatement(statement, []), condition);

    private int Add(BoundStatement statement, BatchCondition? condition)
    {
        _steps.Add(new(statement, condition));
        return _steps.Count - 1;
    }
}
